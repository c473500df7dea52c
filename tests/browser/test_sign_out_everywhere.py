"""Signing out in real Chromium: portals that watch by the provider's frame, and portals that are told by frames."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from playwright.sync_api import Page, expect
from werkzeug import Request, Response

from tests.browser.place import password
from tests.browser.serving import served
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.visitor import DESKTOP, Visitor
from tests.provider import Party, Person, Provider, open_provider

WATCHING = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Portal</title>
<main><h1>Portal</h1><p id="said"></p></main>
<iframe id="op" src="{provider}/session/check" title="session" hidden></iframe>
<script>
  addEventListener("message", (event) => {{
    if (event.origin === "{provider}") document.getElementById("said").textContent = event.data;
  }});
  function ask(text) {{
    document.getElementById("said").textContent = "";
    document.getElementById("op").contentWindow.postMessage(text, "{provider}");
  }}
</script></html>"""
TOLD = '<!doctype html><html lang="en"><title>out</title>'


@dataclass
class Portal:
    """A portal on a port of its own: it watches the session, and remembers what the browser brought."""

    name: str
    provider_origin: str
    origin: str = ""
    party: Party | None = None
    answers: list[dict[str, str]] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    hold: threading.Event | None = None

    def __call__(self, environ: Any, start: Any) -> Any:
        request = Request(environ)
        body = WATCHING.format(provider=self.provider_origin)
        if request.path == "/cb":
            self.answers.append(request.args.to_dict())
        elif request.path == "/front":
            if self.hold is not None:
                self.hold.wait(8)
            self.told.append(request.args.to_dict())
            body = TOLD
        elif request.path == "/bye":
            body = '<!doctype html><html lang="en"><title>Bye</title><main><h1>Bye</h1></main></html>'
        return Response(body, mimetype="text/html")(environ, start)

    def register(self, provider: Provider) -> None:
        self.party = provider.party(
            self.name,
            redirect_uris=frozenset({f"{self.origin}/cb"}),
            post_logout_redirect_uris=frozenset({f"{self.origin}/bye"}),
            frontchannel_logout_uri=f"{self.origin}/front",
            frontchannel_session_required=True,
        )

    def begin(self) -> str:
        assert self.party is not None
        return f"{self.provider_origin}/authorize?{urlencode(self.party.parameters())}"

    def tokens(self) -> dict[str, Any]:
        assert self.party is not None
        response = self.party.redeem(self.answers[-1]["code"])
        assert response.status_code == 200, response.text
        return dict(response.json)

    def asks(self, tab: Page, expected: str, text: str = "") -> None:
        """The portal's page asks the provider's frame, which answers in a moment."""
        tab.evaluate("text => ask(text)", text or f"{self.name} {self.answers[-1]['session_state']}")
        expect(tab.locator("#said")).to_have_text(expected)


@dataclass
class Town:
    """A provider and two portals; ``demo`` is what a :class:`Visitor` asks for origins."""

    provider: Provider
    origins: dict[str, str]
    hall: Portal
    fund: Portal

    def origin(self, name: str) -> str:
        return self.origins[name]


@pytest.fixture
def town(tmp_path, _database_template, fast_wire) -> Iterator[Town]:
    apps: dict[str, Any] = {}
    with ExitStack() as open_:

        def at(name: str) -> str:
            def late(environ: Any, start: Any) -> Any:
                return apps[name](environ, start)

            return open_.enter_context(served(late))

        origins = {name: at(name) for name in ("PROVIDER", "PORTAL_A", "PORTAL_B")}
        made = open_provider(tmp_path, _database_template, fast_wire, issuer=origins["PROVIDER"])
        provider = open_.enter_context(made)
        hall, fund = (Portal(name, origins["PROVIDER"]) for name in ("hall", "fund"))
        for name, portal in (("PORTAL_A", hall), ("PORTAL_B", fund)):
            portal.origin = origins[name]
            portal.register(provider)
        apps |= {"PROVIDER": provider.app.wsgi_app, "PORTAL_A": hall, "PORTAL_B": fund}
        yield Town(provider, origins, hall, fund)


@pytest.fixture
def visit(town, chromium, tmp_path) -> Iterator[Callable[..., Visitor]]:
    album = tmp_path / "album"
    album.mkdir()
    visitors: list[Visitor] = []

    def begin(*, language: str = "en", size: Any = DESKTOP, script: bool = True) -> Visitor:
        visitors.append(Visitor(chromium, town, album, language=language, size=size, script=script))  # type: ignore[arg-type]
        return visitors[-1]

    yield begin
    for visitor in visitors:
        visitor.leave()


def _signed_on(visitor: Visitor, town: Town, person: Person) -> Page:
    """Signed on at both; the first portal's page stays open in another tab."""
    visitor.page.goto(town.hall.begin())
    password(visitor, person)
    assert visitor.at("PORTAL_A")
    first = visitor.page
    visitor.page = visitor.context.new_page()
    visitor.page.goto(town.fund.begin())
    assert visitor.at("PORTAL_B")
    return first


def _sign_out(town: Town, hint: str, **more: str) -> str:
    return f"{town.origin('PROVIDER')}/logout?{urlencode({'id_token_hint': hint, **more})}"


def test_portals_see_the_session_change_and_are_told_by_frames_before_the_browser_goes_on(town, visit):
    visitor, person = visit(), town.provider.citizen()
    tab = _signed_on(visitor, town, person)
    town.hall.asks(tab, "unchanged")
    town.fund.asks(visitor.page, "unchanged")
    town.fund.asks(visitor.page, "changed", f"hall {town.hall.answers[-1]['session_state']}")
    town.hall.asks(tab, "error", "no such message")
    held = {portal.name: portal.tokens() for portal in (town.hall, town.fund)}
    sids = {name: _sid(town, tokens) for name, tokens in held.items()}
    hint = held["fund"]["id_token"]
    visitor.page.goto(_sign_out(town, hint, post_logout_redirect_uri=f"{town.fund.origin}/bye", state="s 1"))
    visitor.page.wait_for_url(f"{town.fund.origin}/bye?state=s%201")
    issuer = town.origin("PROVIDER")
    assert town.hall.told == [{"iss": issuer, "sid": sids["hall"]}]
    assert town.fund.told == [{"iss": issuer, "sid": sids["fund"]}]
    town.hall.asks(tab, "changed")
    assert sorted(town.provider.notified()) == ["https://fund.example/logout", "https://hall.example/logout"]


def _sid(town: Town, tokens: dict[str, Any]) -> str:
    keys = KeySet.import_key_set(dict(town.provider.vault.keys.public_jwks()))
    return str(jwt.decode(tokens["id_token"], keys, algorithms=["RS256"]).claims["sid"])


def test_a_portal_that_does_not_answer_holds_the_browser_up_for_a_few_seconds_only(town, visit):
    visitor, person = visit(), town.provider.citizen()
    _signed_on(visitor, town, person)
    town.hall.hold = threading.Event()
    hint = town.fund.tokens()["id_token"]
    visitor.page.goto(_sign_out(town, hint, post_logout_redirect_uri=f"{town.fund.origin}/bye"), wait_until="commit")
    visitor.page.wait_for_url(f"{town.fund.origin}/bye")
    assert town.fund.told
    town.hall.hold.set()
    visitor.forgive("/front")


@VIEWS
def test_signing_out_at_the_provider_tells_every_portal_and_stays(town, visit, language, size):
    visitor, person = visit(language=language, size=size), town.provider.citizen()
    tab = _signed_on(visitor, town, person)
    visitor.go("PROVIDER", "/sign-out")
    visitor.look("sign-out")
    visitor.press(visitor.words("Sign out"))
    visitor.page.wait_for_load_state("load")
    visitor.look("signed-out-with-frames")
    assert len(town.hall.told) == len(town.fund.told) == 1
    town.hall.asks(tab, "changed")


@VIEWS
def test_without_scripts_frames_are_loaded_and_a_link_leads_on(town, visit, language, size):
    visitor, person = visit(language=language, size=size, script=False), town.provider.citizen()
    _signed_on(visitor, town, person)
    hint = town.fund.tokens()["id_token"]
    visitor.page.goto(_sign_out(town, hint, post_logout_redirect_uri=f"{town.fund.origin}/bye", state="s"))
    visitor.look("signed-out-and-on")
    assert len(town.hall.told) == len(town.fund.told) == 1
    visitor.page.locator("main a.main").click()
    assert visitor.page.url == f"{town.fund.origin}/bye?state=s"


def test_every_device_is_signed_out_and_every_portal_told(town, visit):
    here, there, person = visit(), visit(), town.provider.citizen()
    _signed_on(here, town, person)
    there.page.goto(town.hall.begin())
    password(there, person)
    here.go("PROVIDER", "/sign-out")
    here.page.locator("button[value=everywhere]").click()
    here.page.wait_for_load_state("load")
    assert sorted(town.provider.notified()) == ["https://fund.example/logout", *["https://hall.example/logout"] * 2]
    assert len(town.hall.told) == len(town.fund.told) == 1, "frames are for the portals of this browser"
    there.go("PROVIDER", "/account")
    assert "/sign-in" in there.page.url
