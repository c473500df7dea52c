"""A relying party by idpyoidc, strict, with a second opinion on every token by joserfc and hashlib.

The library checks state, issuer, audience, signature, nonce, times and PKCE; :func:`Portal.check` repeats what matters
from the raw token and the published keys, so that a mistake would have to be made twice.
"""

import base64
import hashlib
import logging
import queue
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import requests
from cryptojwt.key_jar import KeyJar
from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient
from idpyoidc.message.oidc.session import BackChannelLogoutRequest
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from tests.journeys.surfer import Page, query_of

ROOM = "idpyoidc.client.oidc."
EVENT = "http://schemas.openid.net/event/backchannel-logout"
POLL = 0.02  # seconds in which a server notices that it should stop
for noisy in ("idpyoidc", "cryptojwt"):  # they log what they receive, and it is the portal's log, not the provider's
    logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class SignedOn:
    """What a portal has after a sign-on."""

    state: str
    claims: dict[str, Any]
    userinfo: dict[str, Any]
    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)

    @property
    def sub(self) -> str:
        return str(self.claims["sub"])

    @property
    def sid(self) -> str:
        return str(self.claims["sid"])


class Portal:
    """One client at one provider, discovered over HTTP."""

    def __init__(self, issuer: str, client_id: str, secret: str, redirect_uri: str, *, method: str, alg: str) -> None:
        self.issuer, self.client_id, self.secret = issuer, client_id, secret
        self.redirect_uri, self.method, self.alg = redirect_uri, method, alg
        self.library = StandAloneClient(
            keyjar=KeyJar(httpc=_call),
            httpc=_call,
            services=_services(method),
            config={
                "client_type": "oidc",
                "issuer": issuer,
                "client_id": client_id,
                "client_secret": secret,
                "redirect_uris": [redirect_uri],
                "post_logout_redirect_uris": [f"https://{client_id}.example/bye"],
                "response_types": ["code"],
                "scope": ["openid"],
                "token_endpoint_auth_methods_supported": [method],
                "id_token_signing_alg_values_supported": [alg],
                "provider_info": {"issuer": issuer},
                "add_ons": {
                    "pkce": {
                        "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
                        "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
                    }
                },
            },
        )
        assert self.library.do_provider_info() == issuer
        self.library.do_client_registration()

    @property
    def metadata(self) -> dict[str, Any]:
        return dict(self.library.get_context().provider_info)

    def begin(self, **asked: Any) -> str:
        """The address to send a browser to."""
        return str(self.library.init_authorization(req_args={"scope": ["openid"], **asked}))

    def finish(self, page: Page, begun: str) -> SignedOn:
        """Take the answer that the browser brought: code, tokens, claims, all checked."""
        answer, sent = self._answer(page, begun)
        assert set(answer) - {"session_state"} == {"code", "state", "iss"}, answer
        done = self.library.finalize(dict(answer))
        assert "error" not in done, done
        kept = self.library.get_context().cstate.get(answer["state"])
        claims = self.check(kept["id_token"], kept["access_token"], nonce=sent["nonce"])
        userinfo = done["userinfo"].to_dict()
        assert userinfo["sub"] == claims["sub"] == done["id_token"]["sub"]
        assert kept["token_type"] == "Bearer"
        return SignedOn(
            answer["state"], claims, userinfo, kept["id_token"], kept["access_token"], kept.get("refresh_token")
        )

    def error(self, page: Page, begun: str) -> str:
        """The error that the browser brought, from the right issuer and for the right state."""
        answer, _ = self._answer(page, begun)
        assert "code" not in answer
        assert set(answer) <= {"error", "error_description", "state", "iss"}
        return answer["error"]

    def _answer(self, page: Page, begun: str) -> tuple[dict[str, str], dict[str, str]]:
        answer, sent = query_of(page.left_for), dict(parse_qsl(urlsplit(begun).query))
        assert page.left_for is not None
        assert page.left_for.split("?")[0] == self.redirect_uri
        assert page.status == 303
        assert answer["iss"] == self.issuer
        assert answer["state"] == sent["state"]
        return answer, sent

    def check(self, id_token: str, access_token: str, *, nonce: str | None) -> dict[str, Any]:
        """The claims of an ID token (Core 3.1.3.7 and 3.1.3.8), by another library than the first."""
        keys = _fetch(self.metadata["jwks_uri"])["keys"]
        token = jwt.decode(id_token, KeySet.import_key_set({"keys": keys}), algorithms=[self.alg])
        (key,) = [k for k in keys if k["kid"] == token.header["kid"]]
        assert key["kty"] == {"RS256": "RSA", "ES256": "EC"}[self.alg]
        assert not {"d", "p", "q"} & set(key)
        claims: dict[str, Any] = token.claims
        assert token.header["typ"] == "JWT"
        assert claims["iss"] == self.issuer
        assert claims["aud"] == self.client_id
        assert claims.get("nonce") == nonce
        assert claims["at_hash"] == _half(access_token)
        assert claims["exp"] > claims["iat"] >= claims["auth_time"]
        assert claims["acr"].startswith("urn:yihaotong:realname:")
        assert claims["amr"]
        assert claims["sid"]
        assert not {"name", "birthdate", "phone_number"} & set(claims)
        return claims

    def refresh(self, held: SignedOn, scope: str = "") -> SignedOn:
        """New tokens by the library."""
        answer = self.library.refresh_access_token(held.state, scope=scope)
        claims = self.check(answer["id_token"], answer["access_token"], nonce=None)
        return SignedOn(held.state, claims, {}, answer["id_token"], answer["access_token"], answer.get("refresh_token"))

    def token(self, **form: str) -> httpx.Response:
        """The token endpoint without the library: for what it would not send."""
        basic = (self.client_id, self.secret) if self.method == "client_secret_basic" else None
        own = {} if basic else {"client_id": self.client_id, "client_secret": self.secret}
        with httpx.Client(trust_env=False) as http:
            return http.post(self.metadata["token_endpoint"], data={**own, **form}, auth=basic)

    def refuses_refresh(self, held: SignedOn) -> bool:
        assert held.refresh_token is not None
        answer = self.token(grant_type="refresh_token", refresh_token=held.refresh_token)
        return answer.status_code == 400 and answer.json()["error"] == "invalid_grant"

    def userinfo(self, held: SignedOn) -> httpx.Response:
        with httpx.Client(trust_env=False) as http:
            return http.get(
                self.metadata["userinfo_endpoint"], headers={"Authorization": f"Bearer {held.access_token}"}
            )

    def sign_out_url(self, held: SignedOn) -> str:
        """RP-initiated logout by the library: hint, return address and state."""
        return str(self.library.logout(held.state)["url"])

    def check_logout_token(self, unverified: str, *, now: float) -> dict[str, Any]:
        """The claims of a logout token (Back-Channel Logout 1.0 sections 2.4 and 2.6)."""
        request = BackChannelLogoutRequest(logout_token=unverified)
        jar = self.library.get_attribute("keyjar")
        request.verify(keyjar=jar, iss=self.issuer, aud=self.client_id, allowed_sign_alg=self.alg, skew=60)
        token = jwt.decode(unverified, KeySet.import_key_set(_fetch(self.metadata["jwks_uri"])), algorithms=[self.alg])
        claims: dict[str, Any] = token.claims
        assert token.header["typ"] == "logout+jwt"
        assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}
        assert claims["iss"] == self.issuer
        assert claims["aud"] == self.client_id
        assert claims["events"] == {EVENT: {}}
        assert len(claims["jti"]) >= 16
        assert abs(claims["iat"] - now) <= 1
        assert 0 < claims["exp"] - claims["iat"] <= 120
        return claims


class Receiver:
    """Where back-channel logout arrives: one real address for every portal of a test."""

    def __init__(self) -> None:
        self._arrived: queue.Queue[tuple[str, str]] = queue.Queue()
        self._server: BaseWSGIServer = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), daemon=True)
        self._thread.start()

    def address(self, client_id: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{client_id}"

    def take(self, count: int) -> dict[str, str]:
        """Exactly ``count`` tokens by client id, and nothing else that has arrived by then."""
        found = dict(self._arrived.get(timeout=10) for _ in range(count))
        assert len(found) == count
        assert self._arrived.empty()
        return found

    @property
    def empty(self) -> bool:
        return self._arrived.empty()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        assert request.method == "POST"
        assert request.mimetype == "application/x-www-form-urlencoded"
        assert list(request.form) == ["logout_token"]
        self._arrived.put((request.path.strip("/"), request.form["logout_token"]))
        return Response(status=200)(environ, start_response)


def _call(method: str, url: str, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, **(options | {"timeout": 20, "allow_redirects": False}))


def _fetch(url: str) -> Any:
    with httpx.Client(trust_env=False) as http:
        answer = http.get(url)
    assert answer.status_code == 200
    return answer.json()


def _half(access_token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def _services(method: str) -> dict[str, Any]:
    ways = {"kwargs": {"client_authn_methods": [method], "default_authn_method": method}}
    return {
        "discovery": {"class": ROOM + "provider_info_discovery.ProviderInfoDiscovery"},
        "authorization": {"class": ROOM + "authorization.Authorization"},
        "access_token": {"class": ROOM + "access_token.AccessToken", **ways},
        "refresh_token": {"class": ROOM + "refresh_access_token.RefreshAccessToken", **ways},
        "userinfo": {"class": ROOM + "userinfo.UserInfo"},
        "end_session": {"class": ROOM + "end_session.EndSession"},
    }
