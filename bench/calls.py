"""The relying party's calls of the hot path, over a kept connection or in process."""

import base64
import hashlib
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import Client

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
Ask = Callable[[str, str, str | None, dict[str, str]], tuple[int, str, bytes]]


@dataclass
class Party:
    """One relying party and the browser of one citizen. ``ask`` gives status, Location and body."""

    ask: Ask
    authorize_path: str
    redirect_uri: str
    cookie: dict[str, str]
    form_headers: dict[str, str]
    api_path: str
    api_headers: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)
    api_token: str = ""
    rotations: int = 0

    @classmethod
    def connected(cls, port: int, alg: str, secret: str, cookie: str) -> "Party":
        """Over one kept connection."""
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def ask(method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.headers.get("Location", ""), response.read()

        return cls._made(ask, alg, secret, cookie)

    @classmethod
    def in_process(cls, app: Any, alg: str, secret: str, cookie: str) -> "Party":
        """Without sockets."""
        client = Client(app, use_cookies=False)

        def ask(method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str, bytes]:
            response = client.open(path, method=method, data=body, headers=headers)
            return response.status_code, response.headers.get("Location", ""), response.get_data()

        return cls._made(ask, alg, secret, cookie)

    @classmethod
    def _made(cls, ask: Ask, alg: str, secret: str, cookie: str) -> "Party":
        client_id = f"bench-{alg}"
        redirect_uri = f"https://{client_id}.example/cb"
        query = {
            "response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri,
            "scope": "openid profile realname", "state": "s", "nonce": "n", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }  # fmt: skip
        credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        form_headers = {
            "Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        api = base64.b64encode(f"bench-api-{alg}:{secret}".encode()).decode()
        return cls(
            ask, "/authorize?" + urlencode(query), redirect_uri, {"Cookie": cookie}, form_headers,
            "/authorize?" + urlencode(query | {"resource": f"https://api-{alg}.example/"}),
            form_headers | {"Authorization": f"Basic {api}"},
        )  # fmt: skip

    def sign_on(self) -> None:
        """Authorize with a live session, redeem the code, read userinfo."""
        self.tokens = self._redeemed(self.authorize_path)
        self.userinfo()

    def introspect(self) -> None:
        """A resource server asks what a token for it is worth."""
        if not self.api_token:
            self.api_token = self._redeemed(self.api_path)["access_token"]
        body = urlencode({"token": self.api_token})
        status, _, answer = self.ask("POST", "/introspect", body, self.api_headers)
        if status != 200 or not json.loads(answer)["active"]:
            raise SystemExit(answer.decode())

    def refresh(self) -> None:
        """Rotate the refresh token; a new grant now and then, as a real one is rotated a few times an hour."""
        self.rotations += 1
        if self.rotations % 100 == 0:
            self.sign_on()
        self.tokens = self._token({"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]})

    def userinfo(self) -> None:
        """Read the claims."""
        status, _, body = self.ask("GET", "/userinfo", None, {"Authorization": f"Bearer {self.tokens['access_token']}"})
        if status != 200:
            raise SystemExit(body.decode())

    def _redeemed(self, path: str) -> dict[str, str]:
        _, location, _ = self.ask("GET", path, None, self.cookie)
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri,
            "code_verifier": VERIFIER,
        }  # fmt: skip
        return self._token(form)

    def _token(self, form: dict[str, str]) -> dict[str, str]:
        status, _, body = self.ask("POST", "/token", urlencode(form), self.form_headers)
        if status != 200:
            raise SystemExit(body.decode())
        answer: dict[str, str] = json.loads(body)
        return answer
