"""idpyoidc (Python): code with PKCE, a key instead of a secret, signed userinfo, request objects, refresh.

Not by this library: pushed requests, for which it takes only status 200 (RFC 9126 section 2.2 says 201), and DPoP, whose
``ath`` it writes in hex and whose nonce it leaves out (RFC 9449 sections 4.2 and 8).
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from cryptojwt.jwk.jwk import key_from_jwk_dict
from cryptojwt.key_bundle import KeyBundle
from cryptojwt.key_jar import KeyJar
from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient

from tests.interop.citizen import SHOWN, Citizen
from tests.interop.house import House

ROOM = "idpyoidc.client.oidc."
ADD_ON = "idpyoidc.client.oauth2.add_on."
PKCE = {
    "pkce": {
        "function": f"{ADD_ON}pkce.add_support",
        "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
    }
}
JAR = {
    "jar": {"function": f"{ADD_ON}jar.add_support", "kwargs": {"request_object_signing_alg": "ES256", "expires_in": 60}}
}
Make = Callable[..., StandAloneClient]
for noisy in ("idpyoidc", "cryptojwt"):  # they log what they receive, and it is the portal's log, not the provider's
    logging.getLogger(noisy).setLevel(logging.CRITICAL + 1)


def call(method: str, url: str, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, **(options | {"timeout": 20, "allow_redirects": False}))


@pytest.fixture
def library(house: House) -> Make:
    def make(client_id: str, **add_ons: Any) -> StandAloneClient:
        known = house.given(client_id)
        ways = {"kwargs": {"client_authn_methods": [known["method"]], "default_authn_method": known["method"]}}
        made = StandAloneClient(
            keyjar=_keys(known), httpc=call,
            services={
                "discovery": {"class": f"{ROOM}provider_info_discovery.ProviderInfoDiscovery"},
                "authorization": {"class": f"{ROOM}authorization.Authorization"},
                "access_token": {"class": f"{ROOM}access_token.AccessToken", **ways},
                "refresh_token": {"class": f"{ROOM}refresh_access_token.RefreshAccessToken", **ways},
                "userinfo": {"class": f"{ROOM}userinfo.UserInfo"},
            },
            config={
                "client_type": "oidc",
                "issuer": house.issuer,
                "client_id": client_id,
                "client_secret": known.get("secret", ""),
                "redirect_uris": [known["redirect_uri"]],
                "response_types": ["code"],
                "scope": known["scope"].split(),
                "token_endpoint_auth_methods_supported": [known["method"]],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
                "id_token_signing_alg_values_supported": [known["id_token_alg"]],
                "userinfo_signing_alg_values_supported": ["ES256"],
                "request_object_signing_alg_values_supported": ["ES256"],
                "provider_info": {"issuer": house.issuer},
                "add_ons": PKCE | add_ons,
            },
        )  # fmt: skip
        assert made.do_provider_info() == house.issuer
        made.do_client_registration()
        return made

    return make


def _keys(known: dict[str, Any]) -> KeyJar:
    jar = KeyJar(httpc=call)
    if "key" in known:
        bundle = KeyBundle()
        bundle.append(key_from_jwk_dict(known["key"]))
        jar.add_kb("", bundle)
        jar.add_kb(known["client_id"], bundle)
    return jar


def sign_on(library: StandAloneClient, citizen: Citizen) -> tuple[str, dict[str, Any]]:
    """The address that was opened, and what the library has at the end."""
    begun = str(library.init_authorization(req_args={"scope": ["openid", "realname"]}))
    answer = dict(parse_qsl(urlsplit(citizen.walk(begun).address).query))
    done = library.finalize(answer)
    assert "error" not in done, done
    assert done["userinfo"]["sub"] == done["id_token"]["sub"]
    assert done["userinfo"]["name"] == SHOWN
    return begun, {"state": answer["state"], **done}


def test_code_with_pkce_and_a_secret(library: Make, citizen: Citizen) -> None:
    begun, _done = sign_on(library("plain-secret"), citizen)
    assert "code_challenge_method=S256" in begun


def test_a_key_instead_of_a_secret_signed_userinfo_and_refresh(library: Make, citizen: Citizen) -> None:
    strict = library("strict")
    _begun, done = sign_on(strict, citizen)
    refreshed = strict.refresh_access_token(done["state"])
    assert refreshed["__verified_id_token"]["sub"] == done["id_token"]["sub"]


def test_a_request_object_that_idpyoidc_signs(library: Make, citizen: Citizen) -> None:
    begun, done = sign_on(library("strict", **JAR), citizen)
    asked = dict(parse_qsl(urlsplit(begun).query))
    assert "request" in asked
    assert not {"code_challenge", "nonce", "state"} & asked.keys()
    assert done["id_token"]["aud"] == ["strict"]
