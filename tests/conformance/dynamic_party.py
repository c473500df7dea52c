"""A relying party that registers itself and speaks to the provider over HTTP alone."""

import hashlib
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import Client, TestResponse

from tests import client_keys
from tests.provider import ISSUER, Browser, Provider, basic
from tests.web.test_registration import initial_token

CALLBACK = "https://rp.example/cb"
VERIFIER = "a-verifier-of-at-least-forty-three-characters"


@dataclass
class DynamicParty:
    """``told``: the client information response. ``key``: by what its assertions are signed."""

    provider: Provider
    told: dict[str, Any]
    key: Any = None
    alg: str = "RS256"
    audience: Any = ISSUER
    claims: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def register(cls, provider: Provider, key: Any = None, **metadata: Any) -> "DynamicParty":
        response = registration(provider, **metadata)
        assert response.status_code == 201, response.text
        return cls(provider, dict(response.json), key)

    def asked(self, **changes: str | None) -> dict[str, str]:
        challenge = client_keys.b64(hashlib.sha256(VERIFIER.encode()).digest())
        parameters: dict[str, str | None] = {
            "response_type": "code", "client_id": self.told["client_id"], "redirect_uri": self.told["redirect_uris"][0],
            "scope": "openid", "state": "st", "nonce": "no", "code_challenge": challenge,
            "code_challenge_method": "S256",
        }  # fmt: skip
        return {name: value for name, value in (parameters | changes).items() if value is not None}

    def authorize(self, browser: Browser, **changes: str | None) -> TestResponse:
        """Through consent, where it is asked for; what comes last."""
        page = browser.follow(browser.get("/authorize", query_string=self.asked(**changes)))
        return browser.submit(page, decision="agree") if 'value="agree"' in page.text else page

    def code(self, browser: Browser, **changes: str | None) -> str:
        response = self.authorize(browser, **changes)
        assert response.status_code == 303, response.text[:500]
        return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]

    def token(self, **form: str) -> TestResponse:
        headers = {}
        if self.key is not None:
            claims = client_keys.assertion_claims(
                self.told["client_id"], self.audience, self.provider.clock.now(), **self.claims
            )
            form |= {
                "client_assertion_type": client_keys.ASSERTION_TYPE,
                "client_assertion": client_keys.sign(claims, self.key, self.alg),
            }
        else:
            headers["Authorization"] = basic(self.told["client_id"], self.told["client_secret"])
        return Client(self.provider.app.wsgi_app).post("/token", base_url=ISSUER, data=form, headers=headers)

    def tokens(self, browser: Browser, **changes: str | None) -> dict[str, Any]:
        asked = self.asked(**changes)
        code = self.code(browser, **changes)
        response = self.token(
            grant_type="authorization_code", code=code, redirect_uri=asked["redirect_uri"], code_verifier=VERIFIER
        )
        assert response.status_code == 200, response.text
        return dict(response.json)

    def refresh(self, refresh_token: str) -> TestResponse:
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def get(self, path: str, token: str | None = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Client(self.provider.app.wsgi_app).get(path, base_url=ISSUER, headers=headers)

    def read(self, token: str, alg: str) -> jwt.Token:
        """A JWT of the provider, checked by its published keys."""
        keys = KeySet.import_key_set(self.get("/jwks").json)
        return jwt.decode(token, keys, algorithms=[alg])


def registration(provider: Provider, **metadata: Any) -> TestResponse:
    """The answer of the registration endpoint; None takes a member out."""
    body = {"redirect_uris": [CALLBACK], "client_name": "Conformance"} | metadata
    body = {name: value for name, value in body.items() if value is not None}
    headers = {"Authorization": f"Bearer {initial_token(provider)}"}
    return Client(provider.app.wsgi_app).post("/clients", base_url=ISSUER, json=body, headers=headers)


def signed_in(provider: Provider) -> Browser:
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser
