"""oidcc-config-certification-test-plan, the discovery line of FAPI 2.0, and the rotation of our keys."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from werkzeug.test import Client

from tests.provider import ISSUER, Provider

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k", "oth"}
STRONG = {"PS256", "ES256", "EdDSA"}


@pytest.fixture
def http(provider: Provider) -> Client:
    return Client(provider.app.wsgi_app)


@pytest.fixture
def metadata(http: Client) -> dict[str, Any]:
    response = http.get("/.well-known/openid-configuration", base_url=ISSUER)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    return dict(response.json)


def test_oidcc_discovery_endpoint_verification(http: Client, metadata: dict[str, Any]):
    assert metadata["issuer"] == ISSUER
    for name, value in metadata.items():
        if name.endswith("_endpoint") or name in {"jwks_uri", "check_session_iframe"}:
            parts = urlsplit(value)
            assert (parts.scheme, bool(parts.hostname), parts.fragment) == ("https", True, ""), name
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint"):
        assert name in metadata
    assert "openid" in metadata["scopes_supported"]
    assert "code" in metadata["response_types_supported"]
    assert set(metadata["subject_types_supported"]) <= {"public", "pairwise"}
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert metadata["claims_supported"]
    assert isinstance(metadata["request_uri_parameter_supported"], bool)
    for name, value in metadata.items():
        if name.endswith("_supported") and isinstance(value, list):
            assert value, f"{name}: a list that is empty should be left out"
            assert len(set(value)) == len(value), name
    keys = http.get(urlsplit(metadata["jwks_uri"]).path, base_url=ISSUER).json
    KeySet.import_key_set(keys)
    assert len({key["kid"] for key in keys["keys"]}) == len(keys["keys"])
    for key in keys["keys"]:
        assert not PRIVATE & key.keys()
        assert key["use"] == "sig"
    assert {key["alg"] for key in keys["keys"]} >= set(metadata["id_token_signing_alg_values_supported"])


def test_fapi2_security_profile_final_discovery_end_point_verification(http: Client, metadata: dict[str, Any]):
    """RFC 8414's place holds the same, and nothing that FAPI 2.0 forbids is a default."""
    assert http.get("/.well-known/oauth-authorization-server", base_url=ISSUER).json == metadata
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["pushed_authorization_request_endpoint"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["response_types_supported"] == ["code"]
    assert "authorization_code" in metadata["grant_types_supported"]
    assert not {"implicit", "password"} & set(metadata["grant_types_supported"])
    methods = set(metadata["token_endpoint_auth_methods_supported"])
    assert "private_key_jwt" in methods
    assert methods & {"tls_client_auth", "self_signed_tls_client_auth"}
    for name in ("token_endpoint_auth_signing_alg_values_supported", "id_token_signing_alg_values_supported"):
        assert set(metadata[name]) & STRONG
        assert "none" not in metadata[name]
    assert set(metadata["dpop_signing_alg_values_supported"]) <= STRONG
    assert set(metadata["request_object_signing_alg_values_supported"]) & STRONG
    assert metadata["tls_client_certificate_bound_access_tokens"] is True


def test_oidcc_server_rotate_keys(provider: Provider, http: Client):
    before = {key["kid"] for key in http.get("/jwks", base_url=ISSUER).json["keys"]}
    made = {provider.vault.keys.rotate(alg).kid for alg in ("RS256", "ES256")}
    after = {key["kid"] for key in http.get("/jwks", base_url=ISSUER).json["keys"]}
    assert after == before | made
    provider.clock.advance(provider.settings.key_announce)
    party, browser = provider.party(), provider.browser()
    browser.sign_in(provider.citizen())
    token = jws.deserialize_compact(
        party.tokens(browser)["id_token"], KeySet.import_key_set(http.get("/jwks", base_url=ISSUER).json)
    )
    assert token.headers()["kid"] in made
