"""The holder of a DPoP key, as a relying party writes one: joserfc, and nothing of ours."""

import base64
import hashlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client, TestResponse

from tests import client_keys
from tests.provider import ISSUER, Party

TOKEN = f"{ISSUER}/token"
USERINFO = f"{ISSUER}/userinfo"


def b64_sha256(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def public(key: Any) -> dict[str, Any]:
    return {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}


@dataclass
class Holder:
    """A key, and a relying party that shows it. Its clock is the provider's."""

    party: Party
    alg: str = "ES256"
    key: Any = None
    nonce: str | None = field(default=None)

    def __post_init__(self) -> None:
        self.key = self.key or client_keys.make_key(self.alg)
        self.http = Client(self.party.provider.app.wsgi_app)

    @property
    def jkt(self) -> str:
        return str(self.key.thumbprint())

    def proof(self, method: str, address: str, token: str | None = None, **changes: Any) -> str:
        """A proof; ``header_<name>`` changes the header, other names the claims, None takes a member away."""
        header = {"typ": "dpop+jwt", "alg": self.alg, "jwk": public(self.key)}
        claims = {
            "jti": str(uuid.uuid4()), "htm": method, "htu": address, "iat": int(self.party.provider.clock.now()),
            "ath": b64_sha256(token) if token else None, "nonce": self.nonce,
        }  # fmt: skip
        header |= {name[7:]: value for name, value in changes.items() if name.startswith("header_")}
        claims |= {name: value for name, value in changes.items() if not name.startswith("header_")}
        header = {"kid": None} | header
        return client_keys.sign(
            {n: v for n, v in claims.items() if v is not None}, self.key, header.pop("alg"), **header
        )

    def token(self, proof: str | None = None, **form: str | None) -> TestResponse:
        """POST /token with a proof, authenticated as registered."""
        credentials, headers = self.party.credentials()
        data = credentials | {name: value for name, value in form.items() if value is not None}
        headers = {**headers, "DPoP": proof or self.proof("POST", TOKEN)}
        return self.http.post("/token", base_url=ISSUER, data=data, headers=headers)

    def redeem(self, code: str, proof: str | None = None, **changes: str | None) -> TestResponse:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.party.redirect_uri,
            "code_verifier": self.party.verifier,
        }  # fmt: skip
        return self.token(proof, **(form | changes))

    def refresh(self, refresh_token: str, proof: str | None = None, **changes: str | None) -> TestResponse:
        return self.token(proof, **({"grant_type": "refresh_token", "refresh_token": refresh_token} | changes))

    def tokens(self, browser: Any, **changes: str | None) -> dict[str, Any]:
        response = self.redeem(self.party.code(browser, **changes))
        assert response.status_code == 200, response.text
        return dict(response.json)

    def userinfo(self, token: str, proof: str | None = None, scheme: str = "DPoP") -> TestResponse:
        headers = {"Authorization": f"{scheme} {token}", "DPoP": proof or self.proof("GET", USERINFO, token)}
        return self.http.get("/userinfo", base_url=ISSUER, headers=headers)
