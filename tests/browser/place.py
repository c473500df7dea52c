"""A provider of one test alone, at ports of its own, with its sandbox and a portal: for pages of programmed channels."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Browser
from werkzeug import Request, Response

from tests.browser.serving import served
from tests.browser.visitor import Visitor
from tests.provider import PASSWORD, Party, Person, Provider, open_provider

PORTAL = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Portal</title>
<main><h1>Portal</h1></main></html>"""
ACR = "urn:yihaotong:realname:"


@dataclass(frozen=True)
class Place:
    """Where visitors go; ``demo`` is what a :class:`Visitor` asks for origins."""

    provider: Provider
    origins: dict[str, str]

    @property
    def demo(self) -> "Place":
        return self

    def origin(self, name: str) -> str:
        return self.origins[name]

    def party(self, **changes: Any) -> Party:
        """A relying party that the portal's page stands for."""
        return self.provider.party(redirect_uris=frozenset({f"{self.origins['PORTAL_A']}/cb"}), **changes)


@contextmanager
def open_place(directory: Path, template: Path, wire: Any, **how: Any) -> Iterator[Place]:
    """Serve provider, sandbox and portal. ``how`` is for :func:`tests.provider.open_provider`."""
    apps: dict[str, Any] = {}

    @Request.application
    def portal(_request: Request) -> Response:
        return Response(PORTAL, mimetype="text/html")

    with ExitStack() as open_:

        def at(name: str) -> str:
            def late(environ: Any, start: Any) -> Any:
                return apps[name](environ, start)

            return open_.enter_context(served(late))

        origins = {name: at(name) for name in ("PROVIDER", "SANDBOX", "PORTAL_A")}
        made = open_provider(directory, template, wire, issuer=origins["PROVIDER"], upstreams=origins["SANDBOX"], **how)
        provider = open_.enter_context(made)
        apps |= {"PROVIDER": provider.app.wsgi_app, "SANDBOX": provider.sandbox.app.wsgi_app, "PORTAL_A": portal}
        yield Place(provider, origins)


@contextmanager
def visits(chromium: Browser, place: Place, directory: Path) -> Iterator[Callable[..., Visitor]]:
    """Begin visits to a place; each is judged as a whole when the test ends."""
    album = directory / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(*, script: bool = False, **how: Any) -> Visitor:
        visitors.append(Visitor(chromium, place.demo, album, script=script, **how))  # type: ignore[arg-type]
        return visitors[-1]

    yield begin
    for visitor in visitors:
        visitor.leave()


def ask(visitor: Visitor, party: Party, **parameters: str) -> None:
    """The portal sends the browser here."""
    visitor.go("PROVIDER", f"/authorize?{urlencode(party.parameters(**parameters))}")


def password(visitor: Visitor, person: Person) -> None:
    """Sign in on the page that asks for it."""
    visitor.fill("username", person.mobile)
    visitor.fill("password", PASSWORD)
    visitor.press(visitor.words("Sign in"))


def choose(visitor: Visitor, channel: str) -> None:
    visitor.page.locator(f"main a.way[href$='/prove/{channel}']").click()
