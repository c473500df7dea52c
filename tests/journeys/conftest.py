"""The provider on a real loopback socket, portals that speak to it over HTTP, and citizens with browsers."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.domain.assurance import Level
from idp.domain.client import AuthMethod, ConsentPolicy, SigningAlg
from idp.outbound import EventPusher, LogoutPoster
from idp.stores.redis.wire import Wire
from tests.journeys.portal import POLL, Portal, Receiver
from tests.journeys.surfer import Page, Surfer
from tests.provider import PASSWORD, Person, Provider, open_provider

NEW_PASSWORD = "泰山日出 1545 metres"
# Where the portals' library reads the time: it is given the provider's, for it refuses tokens of other days.
CLOCKS = ("idpyoidc.time_util", "idpyoidc.message.oidc", "idpyoidc.message.oidc.session")


class House:
    """One provider at one address, and whoever comes to it."""

    def __init__(self, provider: Provider, receiver: Receiver, database: Path) -> None:
        self.provider = provider
        self.receiver = receiver
        self.database = database
        self.issuer = provider.settings.issuer
        self._surfers: list[Surfer] = []

    @property
    def clock(self) -> Any:
        return self.provider.clock

    def surfer(self, language: str = "zh-CN") -> Surfer:
        made = Surfer(self.issuer, language)
        self._surfers.append(made)
        return made

    def portal(
        self,
        client_id: str = "hall",
        *,
        alg: str = "RS256",
        method: str = "basic",
        consent: str = "explicit",
        level: int = 0,
        **facts: Any,
    ) -> Portal:
        """A registered relying party that has discovered the provider."""
        auth = {"basic": AuthMethod.BASIC, "post": AuthMethod.POST}[method]
        asked = {
            "auth_method": auth,
            "id_token_alg": SigningAlg(alg),
            "backchannel_logout_uri": self.receiver.address(client_id),
            "consent": ConsentPolicy(consent),
            "minimum_level": Level(level),
            "initiate_login_uri": f"https://{client_id}.example/login",
        }
        party = self.provider.party(client_id, **(asked | facts))
        return Portal(self.issuer, client_id, party.secret, party.redirect_uri, method=str(auth), alg=alg)

    def code_for(self, mobile: str) -> str:
        """The newest code on a phone, read where a citizen of the sandbox reads it."""
        messages = self.provider.sandbox.control.get(f"/sms/inbox/{mobile}.json").json
        return str(messages[0]["code"])

    def texts(self, mobile: str) -> list[str]:
        return [m["text"] for m in self.provider.sandbox.control.get(f"/sms/inbox/{mobile}.json").json]

    def register(self, surfer: Surfer, page: Page, mobile: str, login_name: str = "") -> Page:
        """From a sign-in page through registration to whatever comes next."""
        page = surfer.submit(surfer.click(page, "注册"), mobile=mobile)
        page = surfer.submit(page, code=self.code_for(mobile))
        assert page.step == "register/password", page.main
        return surfer.submit(page, login_name=login_name, password=NEW_PASSWORD, password_again=NEW_PASSWORD)

    def sign_in(self, surfer: Surfer, page: Page, person: Person) -> Page:
        assert page.step == "sign-in", page.main
        return surfer.submit(page, username=person.mobile, password=PASSWORD)

    def signed_in(self, person: Person) -> Surfer:
        """A browser that is signed in at its account page."""
        surfer = self.surfer()
        assert self.sign_in(surfer, surfer.get("/account"), person).path == "/account"
        return surfer

    def drained(self) -> int:
        """Move what waits into the audit log."""
        return self.provider.drain()

    def close(self) -> None:
        for surfer in self._surfers:
            surfer.close()


@pytest.fixture
def house(tmp_path: Path, _database_template: Path, fast_wire: Wire) -> Iterator[House]:
    with Served(tmp_path, _database_template, fast_wire) as made:
        yield made


class Served:
    """A house while it is open. The application needs its address to be made, so the server comes first."""

    def __init__(self, directory: Path, template: Path, wire: Wire, *, registry: Any = None) -> None:
        self._app: Callable[..., Any] | None = None
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), daemon=True)
        self._receiver = Receiver()
        self._patch = pytest.MonkeyPatch()
        self._poster = LogoutPoster(loopback_allowed=True)
        self._pusher = EventPusher(loopback_allowed=True)
        issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._opened = open_provider(
            directory, template, wire, issuer=issuer, registry=registry, post=self._poster, push=self._pusher
        )
        self._database = directory / "provider.db"

    def __enter__(self) -> House:
        provider = self._opened.__enter__()
        for module in CLOCKS:
            self._patch.setattr(f"{module}.utc_time_sans_frac", lambda: int(provider.clock.now()))
        self._app = provider.app.wsgi_app
        self._thread.start()
        self._house = House(provider, self._receiver, self._database)
        return self._house

    def __exit__(self, *error: object) -> None:
        self._patch.undo()
        self._house.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._opened.__exit__(*error)
        self._poster.close()
        self._pusher.close()
        self._receiver.close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        assert self._app is not None
        return self._app(environ, start_response)


class _Handler(WSGIRequestHandler):
    """Logs every address as servers do: the detector of personal data reads along."""

    protocol_version = "HTTP/1.1"


@pytest.fixture
def citizen(house: House) -> Person:
    """Somebody with an account of level 1."""
    return house.provider.citizen(1, login_name="zhangsan")


@pytest.fixture
def surfer(house: House) -> Surfer:
    return house.surfer()
