"""The demo portal as its visitors see it when the provider has news of them: its level, its end."""

import hashlib
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from werkzeug.serving import make_server

from examples.portal.facts import PortalAddresses
from examples.portal.pages import create_portal
from examples.portal_a import FACTS
from idp.domain.assurance import Level
from idp.domain.client import AuthMethod, ConsentPolicy, PushEndpoint, SigningAlg
from idp.domain.ports import EventState
from tests.journeys.portal import POLL


class Visitor:
    """Somebody at the demo portal, signed in by way of the provider."""

    def __init__(self, origin: str, house, surfer, citizen) -> None:
        self.http = httpx.Client(base_url=origin, trust_env=False)
        at_provider = surfer.get(self.http.get("/sign-in").headers["Location"])
        back = house.sign_in(surfer, at_provider, citizen).left_for
        parts = urlsplit(back)
        assert self.http.get(f"{parts.path}?{parts.query}").headers["Location"] == "/"

    @property
    def page(self) -> str:
        return self.http.get("/").text


@pytest.fixture
def portal(house, surfer, citizen) -> Iterator[Visitor]:
    apps: list[Any] = []  # the application needs its address to be made, so the server comes first

    def answer(environ: Any, start_response: Any) -> Any:
        return apps[0](environ, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    origin = f"http://127.0.0.1:{server.server_port}"
    addresses = PortalAddresses(own=origin, neighbour="http://127.0.0.1:9", issuer=house.issuer)
    apps.append(create_portal(FACTS, addresses, clock=house.clock.now).wsgi_app)
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True)
    thread.start()
    house.provider.party(
        FACTS.client_id,
        auth_method=AuthMethod(FACTS.auth_method),
        id_token_alg=SigningAlg(FACTS.signing_alg),
        secret_digests=(hashlib.sha256(FACTS.client_secret.encode()).digest(),),
        redirect_uris=frozenset({addresses.callback}),
        security_events=PushEndpoint(f"{origin}/security-events"),
        consent=ConsentPolicy.IMPLIED,
    )
    visitor = Visitor(origin, house, surfer, citizen)
    yield visitor
    visitor.http.close()
    server.shutdown()
    thread.join()
    server.server_close()


def _told(house) -> None:
    """Wait until the portal has taken everything."""
    house.provider.app.extensions["yihaotong"].delivery.close()
    assert house.provider.stores.events.count(EventState.WAITING) == 0
    assert house.provider.stores.events.count(EventState.UNDELIVERED) == 0


def test_a_changed_level_is_shown(house, portal, citizen):
    assert "level-now" not in portal.page
    house.provider.app.extensions["yihaotong"].announcements.level_changed(citizen.id, Level.BASIC, Level.MEDIUM)
    _told(house)
    assert "变为：中级实名" in portal.page


@pytest.mark.parametrize("news", ["sessions_revoked", "account_disabled"])
def test_revoked_sessions_end_at_the_portal_too(house, portal, citizen, news):
    assert "sign-out" in portal.page
    getattr(house.provider.app.extensions["yihaotong"].announcements, news)(citizen.id)
    _told(house)
    assert 'id="sign-in"' in portal.page


@pytest.mark.parametrize("content_type", ["application/secevent+jwt", "application/x-www-form-urlencoded"])
def test_what_anybody_posts_changes_nothing(portal, content_type):
    answer = portal.http.post("/security-events", content=b"e30.e30.e30", headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["err"]) == (400, "invalid_request")
    assert "sign-out" in portal.page
