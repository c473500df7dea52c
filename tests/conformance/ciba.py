"""The relying party of the FAPI-CIBA plan: it signs its requests, authenticates by its key, binds its tokens to a
certificate, and polls or is pinged. Fixtures and checks of both files of the plan.
"""

import itertools
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from idp.domain.client import AuthMethod, Ciba, CibaDelivery, ClientKeys, Profile
from tests import client_keys
from tests.decoupled import CIBA, approve, look_at_request
from tests.provider import ISSUER, Browser, Party, Person, Provider

ENDPOINT = "https://rp.example/ciba-notification"
NOTIFICATION_TOKEN = "notification-token-0123456789abcdef"
ALG = "ES256"
_count = itertools.count()


class Rp:
    """The relying party of the plan."""

    def __init__(self, provider: Provider, client_id: str, delivery: CibaDelivery, **changes: Any) -> None:
        self.provider, self.delivery = provider, delivery
        self.key, self.rsa = client_keys.make_key(ALG), client_keys.make_key("RS256")
        self.certificate = client_keys.certificate(client_keys.make_key(ALG))
        endpoint = ENDPOINT if delivery is CibaDelivery.PING else None
        facts: dict[str, Any] = {
            "auth_method": AuthMethod.PRIVATE_KEY_JWT,
            "auth_alg": ALG,
            "profile": Profile.FAPI2,
            "keys": ClientKeys(jwks=client_keys.jwks(self.key, self.rsa)),
            "id_token_alg": ALG,
            "tls_bound": True,
            "ciba": Ciba(delivery, endpoint, ALG),
        }
        self.party: Party = provider.party(client_id, **(facts | changes))
        self.answered: dict[str, Any] = {}

    @property
    def client_id(self) -> str:
        return self.party.client.client_id

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A request object's; None takes one out."""
        now = int(self.provider.clock.now())
        found = {
            "iss": self.client_id, "aud": ISSUER, "iat": now, "nbf": now, "exp": now + 300, "jti": f"r{next(_count)}",
            "scope": "openid profile offline_access", "login_hint": "19900000001",
        }  # fmt: skip
        if self.delivery is CibaDelivery.PING:
            found["client_notification_token"] = NOTIFICATION_TOKEN
        return {name: value for name, value in (found | changes).items() if value is not None}

    def credentials(self, **changes: Any) -> dict[str, str]:
        alg = changes.pop("alg", ALG)
        made = client_keys.assertion_claims(self.client_id, ISSUER, self.provider.clock.now(), **changes)
        key = self.rsa if alg == "RS256" else self.key
        return {
            "client_assertion_type": client_keys.ASSERTION_TYPE,
            "client_assertion": client_keys.sign(made, key, alg),
        }

    def post(self, path: str, form: dict[str, Any], *, certificate: bool = True) -> TestResponse:
        headers = client_keys.certificate_headers(self.certificate) if certificate else {}
        data = {name: value for name, value in form.items() if value is not None}
        return Client(self.provider.app.wsgi_app).post(path, base_url=ISSUER, data=data, headers=headers)

    def ask(self, *, signed: str | None = None, beside: dict[str, Any] | None = None, **changes: Any) -> TestResponse:
        signed = signed or client_keys.sign(self.claims(**changes), self.key, ALG)
        return self.post("/bc-authorize", {**self.credentials(), "request": signed, **(beside or {})})

    def begin(self, **changes: Any) -> "Rp":
        response = self.ask(**changes)
        assert response.status_code == 200, response.text
        self.answered = dict(response.json)
        assert {"auth_req_id", "expires_in"} <= self.answered.keys()
        return self

    def token(self, *, certificate: bool = True, at_once: bool = False, **form: Any) -> TestResponse:
        if not at_once:
            self.provider.clock.advance(self.answered["interval"])
        asked = {"grant_type": CIBA, "auth_req_id": self.answered["auth_req_id"], **self.credentials(), **form}
        return self.post("/token", asked, certificate=certificate)

    def userinfo(self, access_token: str, *, certificate: bool = True) -> TestResponse:
        headers = client_keys.certificate_headers(self.certificate) if certificate else {}
        headers["Authorization"] = f"Bearer {access_token}"
        return Client(self.provider.app.wsgi_app).get("/userinfo", base_url=ISSUER, headers=headers)


@pytest.fixture
def person(provider: Provider) -> Person:
    return provider.citizen()


@pytest.fixture
def browser(provider: Provider, person: Person) -> Browser:
    browser = provider.browser()
    browser.sign_in(person)
    return browser


@pytest.fixture(params=list(CibaDelivery))
def rp(provider: Provider, person: Person, request: pytest.FixtureRequest) -> Rp:
    return Rp(provider, "rp", request.param)


@pytest.fixture
def other(provider: Provider) -> Rp:
    return Rp(provider, "rp2", CibaDelivery.POLL)


@pytest.fixture
def pinged(provider: Provider, person: Person) -> Rp:
    return Rp(provider, "rp", CibaDelivery.PING)


def on_the_device(browser: Browser, rp: Rp) -> None:
    approve(browser, look_at_request(browser), rp.answered["match_number"])


def refused(response: TestResponse, *errors: str, status: int = 400) -> None:
    assert response.json["error"] in errors, response.text
    assert response.status_code == status
    assert "no-store" in response.headers["Cache-Control"]
    assert response.content_type == "application/json"
