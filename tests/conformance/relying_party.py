"""A relying party by the book, black box: what it knows it read at the well-known address, what it checks it checks itself.

``party`` (tests.provider) is only how it was registered and how it authenticates.
"""

import base64
import hashlib
import html
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from werkzeug.test import Client, TestResponse

from tests import client_keys
from tests.provider import ISSUER, PASSWORD, Browser, Person, Provider


class RelyingParty:
    """One client. ``mode``: the response mode that it asks for."""

    def __init__(self, provider: Provider, client_id: str = "hall", *, mode: str = "query", **registered: Any) -> None:
        self.provider = provider
        self.party = provider.party(client_id, **registered)
        self.http = Client(provider.app.wsgi_app)
        self.mode = mode
        self.metadata = self.get("/.well-known/openid-configuration").json
        self.verifier = secrets.token_urlsafe(32)
        self.dpop_key: Any = None

    # ---- HTTP ----------------------------------------------------------------------------------------------------

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.http.get(path, base_url=ISSUER, **more)

    def post(self, path: str, data: Any = None, **more: Any) -> TestResponse:
        return self.http.post(path, base_url=ISSUER, data=data or {}, **more)

    def endpoint(self, name: str) -> str:
        return str(self.metadata[f"{name}_endpoint"]).removeprefix(ISSUER)

    # ---- the request ---------------------------------------------------------------------------------------------

    def request(self, **changes: Any) -> dict[str, str]:
        """The parameters; None takes one out."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": self.party.client.client_id, "redirect_uri": self.redirect_uri,
            "scope": "openid", "state": "state-1", "nonce": "nonce-1", "code_challenge": challenge,
            "code_challenge_method": "S256", "response_mode": None if self.mode == "query" else self.mode,
        } | changes  # fmt: skip
        return {name: value for name, value in asked.items() if value is not None}

    @property
    def redirect_uri(self) -> str:
        return self.party.redirect_uri

    def ask(self, browser: Browser, **changes: Any) -> TestResponse:
        """Send the browser to the provider; the answer, or the page where somebody has to act."""
        return browser.follow(browser.get(self.endpoint("authorization"), query_string=self.request(**changes)))

    def sign_on(self, browser: Browser, person: Person, **changes: Any) -> dict[str, str]:
        """The answer at the redirect URI; whoever is asked for the password gives it."""
        return self.answer(self.password(browser, person, self.ask(browser, **changes)))

    def password(self, browser: Browser, person: Person, page: TestResponse) -> TestResponse:
        return browser.submit(page, username=person.mobile, password=PASSWORD) if asks_password(page) else page

    def answer(self, response: TestResponse) -> dict[str, str]:
        """The parameters as they reach the redirect URI in the asked mode, from this issuer (RFC 9207)."""
        found = posted(response, self.redirect_uri) if self.mode == "form_post" else sent(response, self.redirect_uri)
        assert found["iss"] == ISSUER
        return found

    def push(self, **changes: Any) -> TestResponse:
        """POST to the PAR endpoint, authenticated as registered."""
        form, headers = self.party.credentials()
        return self.post(self.endpoint("pushed_authorization_request"), {**self.request(**changes), **form},
                         headers=headers | self.proof("pushed_authorization_request"))  # fmt: skip

    def open(self, browser: Browser, request_uri: str, **changes: str) -> TestResponse:
        """With client_id and request_uri alone (or ``changes``)."""
        asked = {"client_id": self.party.client.client_id, "request_uri": request_uri} | changes
        return browser.follow(browser.get(self.endpoint("authorization"), query_string=asked))

    def pushed_sign_on(self, browser: Browser, person: Person, **changes: Any) -> dict[str, str]:
        pushed = self.push(**changes)
        assert pushed.status_code == 201, pushed.text
        return self.answer(self.password(browser, person, self.open(browser, pushed.json["request_uri"])))

    def object(
        self, *, key: Any = None, alg: str = "ES256", header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """A signed request object; ``changes`` are to its members, None takes one out."""
        now = int(self.provider.clock.now())
        members = {**self.request(), "iss": self.party.client.client_id, "aud": ISSUER, "nbf": now, "exp": now + 300}
        members = {name: value for name, value in (members | changes).items() if value is not None}
        return client_keys.sign(
            members, key or self.party.key, alg, **({"typ": "oauth-authz-req+jwt"} | (header or {}))
        )

    # ---- tokens --------------------------------------------------------------------------------------------------

    def proof(self, endpoint: str, *, method: str = "POST", key: Any = None, **changes: Any) -> dict[str, str]:
        """The header of a DPoP proof, where this client has a key for them."""
        key = key or self.dpop_key
        if key is None:
            return {}
        claims = {"jti": secrets.token_urlsafe(16), "htm": method, "htu": self.metadata[f"{endpoint}_endpoint"],
                  "iat": int(self.provider.clock.now())} | changes  # fmt: skip
        return {
            "DPoP": client_keys.sign(claims, key, "ES256", typ="dpop+jwt", kid=None, jwk=key.as_dict(private=False))
        }

    def redeem(self, code: str, *, proof_key: Any = None, **changes: Any) -> TestResponse:
        form, headers = self.party.credentials()
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
                 "code_verifier": self.verifier, **form} | changes  # fmt: skip
        data = {name: value for name, value in asked.items() if value is not None}
        return self.post(self.endpoint("token"), data, headers=headers | self.proof("token", key=proof_key))

    def tokens(self, answer: dict[str, str]) -> dict[str, Any]:
        response = self.redeem(answer["code"])
        assert response.status_code == 200, response.text
        return dict(response.json)

    def refresh(self, refresh_token: str) -> TestResponse:
        form, headers = self.party.credentials()
        data = {"grant_type": "refresh_token", "refresh_token": refresh_token, **form}
        return self.post(self.endpoint("token"), data, headers=headers | self.proof("token"))

    def id_token(self, tokens: dict[str, Any], alg: str = "RS256") -> dict[str, Any]:
        """Its claims, after every check of OpenID Connect Core 3.1.3.7."""
        keys = KeySet.import_key_set(self.get(self.metadata["jwks_uri"].removeprefix(ISSUER)).json)
        token = jwt.decode(tokens["id_token"], keys, algorithms=[alg], registry=JWSRegistry(algorithms=[alg]))
        claims, now = token.claims, self.provider.clock.now()
        assert token.header["alg"] == alg
        assert claims["iss"] == ISSUER
        assert claims["aud"] == self.party.client.client_id
        assert claims["iat"] - 1 <= now < claims["exp"]
        digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
        assert claims["at_hash"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return dict(claims)

    def userinfo(self, access_token: str) -> TestResponse:
        if self.dpop_key is None:
            return self.get(self.endpoint("userinfo"), headers={"Authorization": f"Bearer {access_token}"})
        ath = base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()).rstrip(b"=").decode()
        headers = {"Authorization": f"DPoP {access_token}", **self.proof("userinfo", method="GET", ath=ath)}
        return self.get(self.endpoint("userinfo"), headers=headers)


def asks_password(page: TestResponse) -> bool:
    return page.status_code == 200 and 'name="password"' in page.text


def is_page(response: TestResponse) -> bool:
    """A page of the provider that sends nobody anywhere: how a request is refused whose return address is not trusted."""
    return response.status_code == 400 and "Location" not in response.headers and "<form" not in _main(response.text)


def _main(page: str) -> str:
    found = re.search(r"<main.*?</main>", page, re.DOTALL)
    return found.group() if found else page


def sent(response: TestResponse, redirect_uri: str) -> dict[str, str]:
    """What a redirect carries to exactly this address."""
    location = response.headers.get("Location", "")
    assert response.status_code == 303, (response.status_code, response.text[:600])
    assert location.startswith(redirect_uri + ("&" if "?" in redirect_uri else "?"))
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def posted(response: TestResponse, redirect_uri: str) -> dict[str, str]:
    """What a page posts to exactly this address (Form Post Response Mode 1.0), by itself or by its button."""
    assert response.status_code == 200, (response.status_code, response.headers.get("Location"))
    assert f'<form method="post" action="{html.escape(redirect_uri)}">' in response.text, response.text[:600]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', response.text)
    return {html.unescape(name): html.unescape(value) for name, value in fields}


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, unchecked."""
    middle = token.split(".")[1]
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found
