"""The protocol side of a portal: OpenID Connect by idpyoidc, and the checks that library leaves to its caller.

idpyoidc checks the state, the signature against the provider's JWKS, ``iss``, ``aud``, ``azp``, ``exp``, ``iat`` and
the nonce of the ID token, ``sub`` at userinfo, and does PKCE with S256. Left to us, and done here:

* ``iss`` must stand in every answer, errors included (RFC 9207 section 2.4: mix-up);
* an ID token must be there at all, signed with the algorithm we registered, and say ``at_hash`` (Core 3.1.3.8);
* ``acr`` must reach what was asked for; a provider may answer with less (Core 5.5.1.1);
* redirects of the token endpoint are never followed, and no proxy of the environment sees a secret.
"""

import base64
import hashlib
import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from cryptojwt.key_jar import KeyJar
from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient

from examples.portal.facts import PortalAddresses, PortalFacts
from examples.portal.sessions import SignedIn

TIMEOUT = 10.0  # seconds for one call to the provider
ACR = "urn:yihaotong:realname:"  # one digit follows; a higher level serves who asked for a lower one
SERVICES: Mapping[str, Mapping[str, Any]] = {
    "discovery": {"class": "idpyoidc.client.oidc.provider_info_discovery.ProviderInfoDiscovery"},
    "authorization": {"class": "idpyoidc.client.oidc.authorization.Authorization"},
    "access_token": {"class": "idpyoidc.client.oidc.access_token.AccessToken"},
    "userinfo": {"class": "idpyoidc.client.oidc.userinfo.UserInfo"},
    "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"},
}
PKCE = {
    "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
    "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
}
for noisy in ("idpyoidc", "cryptojwt"):  # they log tokens and claims
    logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)


class SignInFailed(Exception):
    """No one is signed in. ``code`` is the provider's error code, or one of our own from texts.ERRORS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def call(method: str, url: str, **options: Any) -> requests.Response:
    """One HTTP call to the provider: fresh connection, no redirects, no proxies, no cookies."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, **(options | {"timeout": TIMEOUT, "allow_redirects": False}))


class RelyingParty:
    """One client of one provider. Discovery happens at the first sign-in, so a portal starts without its provider."""

    def __init__(self, facts: PortalFacts, addresses: PortalAddresses) -> None:
        self._facts = facts
        self._addresses = addresses
        self._lock = threading.Lock()
        self._ready = False
        self._client = StandAloneClient(
            keyjar=KeyJar(httpc=call),
            httpc=call,
            httpc_params={"verify": True},
            services=_services(facts.auth_method),
            config={
                "client_type": "oidc",
                "issuer": addresses.issuer,
                "client_id": facts.client_id,
                "client_secret": facts.client_secret,
                "redirect_uris": [addresses.callback],
                "post_logout_redirect_uris": [addresses.signed_out],
                "response_types": ["code"],
                "token_endpoint_auth_methods_supported": [facts.auth_method],
                "id_token_signing_alg_values_supported": [facts.signing_alg],
                "provider_info": {"issuer": addresses.issuer},
                "add_ons": {"pkce": PKCE},
            },
        )

    def begin(self, *, locale: str, login_hint: str | None = None) -> tuple[str, str]:
        """Start a sign-in: its state, and the address to send the browser to. Raises SignInFailed."""
        client = self._discovered()
        wanted: dict[str, Any] = {"scope": list(self._facts.scope), "ui_locales": [locale]}
        if self._facts.acr_values:
            wanted["acr_values"] = list(self._facts.acr_values)
        if login_hint:
            wanted["login_hint"] = login_hint
        url: str = client.init_authorization(req_args=wanted)
        state = parse_qs(urlsplit(url).query)["state"][0]
        return state, url

    def finish(self, answer: Sequence[tuple[str, str]]) -> SignedIn:
        """The provider's answer, its parameters in order, becomes a signed-in person. Raises SignInFailed."""
        client, parameters = self._discovered(), dict(answer)
        if len(parameters) != len(answer):
            raise SignInFailed("bad_answer")  # RFC 6749 section 3.1: no parameter twice
        if not secrets.compare_digest(parameters.get("iss", "").encode(), self._addresses.issuer.encode()):
            raise SignInFailed("wrong_issuer")
        if "error" in parameters:
            raise SignInFailed(parameters["error"])
        try:
            done = client.finalize(dict(parameters))
        except requests.RequestException as error:
            raise SignInFailed("provider_unreachable") from error
        except Exception as error:  # the library has forty kinds of them; each means: not signed in
            raise SignInFailed("bad_answer") from error
        if "error" in done or not done.get("id_token") or not done.get("token"):
            raise SignInFailed("bad_answer")
        id_token = done["id_token"]
        self._check(id_token, id_token.jws_header, str(done["token"]))
        return SignedIn(
            state=parameters["state"],
            sub=id_token["sub"],
            sid=id_token.get("sid"),
            acr=id_token.get("acr"),
            id_token=id_token.to_dict(),
            userinfo=done["userinfo"].to_dict(),
        )

    def sign_out_url(self, person: SignedIn) -> str:
        """Where to send the browser to sign out everywhere (RP-Initiated Logout 1.0 section 2)."""
        url: str = self._discovered().logout(person.state, post_logout_redirect_uri=self._addresses.signed_out)["url"]
        return url

    def forget(self, state: str) -> None:
        """Drop what the library keeps about a sign-in."""
        self._client.clear_session(state)

    def keys(self) -> KeyJar:
        """The provider's published keys. Raises SignInFailed when it cannot be reached."""
        jar: KeyJar = self._discovered().get_attribute("keyjar")
        return jar

    def _check(self, id_token: Mapping[str, Any], header: Mapping[str, Any], access_token: str) -> None:
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        at_hash = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        checks = (
            (header.get("alg") != self._facts.signing_alg, "bad_answer"),
            (not secrets.compare_digest(str(id_token.get("at_hash", "")), at_hash), "bad_answer"),
            (bool(self._facts.acr_values) and not self._reaches(str(id_token.get("acr", ""))), "level_not_reached"),
        )
        for wrong, code in checks:
            if wrong:
                raise SignInFailed(code)

    def _reaches(self, acr: str) -> bool:
        return any(acr.startswith(ACR) and wanted <= acr for wanted in self._facts.acr_values)

    def _discovered(self) -> StandAloneClient:
        with self._lock:
            if not self._ready:
                try:
                    issuer = self._client.do_provider_info()
                    self._client.do_client_registration()
                except Exception as error:  # unreachable, or its metadata make no sense
                    raise SignInFailed("provider_unreachable") from error
                if issuer != self._addresses.issuer:
                    raise SignInFailed("wrong_issuer")
                self._ready = True
        return self._client


def _services(auth_method: str) -> dict[str, Any]:
    """The library's services; the token endpoint's knows the one way this client is registered for."""
    ways = {"client_authn_methods": [auth_method], "default_authn_method": auth_method}
    return {**SERVICES, "access_token": {**SERVICES["access_token"], "kwargs": ways}}
