"""Dynamic OP (``oidcc-dynamic-certification-test-plan``) and third-party initiated login OP, module by module."""

import pytest
from werkzeug.test import Client

from tests import client_keys
from tests.conformance.dynamic_party import CALLBACK, DynamicParty, registration, signed_in
from tests.provider import ISSUER, Provider

OFFLINE = {"grant_types": ["authorization_code", "refresh_token"], "scope": "openid offline_access"}


def discovered(provider: Provider) -> dict[str, object]:
    found = Client(provider.app.wsgi_app).get("/.well-known/openid-configuration", base_url=ISSUER)
    return dict(found.json)


def test_oidcc_idtoken_rs256(provider: Provider):
    party = DynamicParty.register(provider, id_token_signed_response_alg="RS256")
    token = party.read(party.tokens(signed_in(provider))["id_token"], "RS256")
    assert token.header["alg"] == "RS256"
    assert token.claims["aud"] == party.told["client_id"]


def test_oidcc_idtoken_unsigned(provider: Provider):
    assert "none" not in discovered(provider)["id_token_signing_alg_values_supported"]
    refused = registration(provider, id_token_signed_response_alg="none")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")


def test_oidcc_userinfo_rs256(provider: Provider):
    party = DynamicParty.register(provider, userinfo_signed_response_alg="RS256")
    tokens = party.tokens(signed_in(provider))
    answer = party.get("/userinfo", tokens["access_token"])
    assert answer.mimetype == "application/jwt"
    token = party.read(answer.text, "RS256")
    assert token.claims["iss"] == ISSUER
    assert token.claims["aud"] == party.told["client_id"]
    assert token.claims["sub"] == party.read(tokens["id_token"], "RS256").claims["sub"]


def test_oidcc_ensure_redirect_uri_in_authorization_request(provider: Provider):
    party = DynamicParty.register(provider, redirect_uris=[CALLBACK, f"{CALLBACK}2"])
    page = party.authorize(signed_in(provider), redirect_uri=None)
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_oidcc_redirect_uri_query_OK(provider: Provider):
    party = DynamicParty.register(provider, redirect_uris=[f"{CALLBACK}?foo=bar"])
    response = party.authorize(signed_in(provider))
    assert response.status_code == 303
    assert response.headers["Location"].startswith(f"{CALLBACK}?foo=bar&")
    assert "code=" in response.headers["Location"]


@pytest.mark.parametrize("sent", [f"{CALLBACK}?foo=baz", f"{CALLBACK}?foo=bar&x=y", CALLBACK])
def test_oidcc_redirect_uri_query_mismatch(provider: Provider, sent: str):
    party = DynamicParty.register(provider, redirect_uris=[f"{CALLBACK}?foo=bar"])
    page = party.authorize(signed_in(provider), redirect_uri=sent)
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_oidcc_redirect_uri_query_added(provider: Provider):
    party = DynamicParty.register(provider)
    page = party.authorize(signed_in(provider), redirect_uri=f"{CALLBACK}?foo=bar")
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_oidcc_redirect_uri_regfrag(provider: Provider):
    refused = registration(provider, redirect_uris=[f"{CALLBACK}#foobar"])
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_redirect_uri")


def test_oidcc_discovery_endpoint_verification(provider: Provider):
    found = discovered(provider)
    assert found["issuer"] == ISSUER
    assert found["registration_endpoint"] == f"{ISSUER}/clients"
    assert found["response_types_supported"] == ["code"]
    assert "RS256" in found["id_token_signing_alg_values_supported"]
    assert "openid" in found["scopes_supported"]
    endpoints = [value for name, value in found.items() if name.endswith("_endpoint") or name == "jwks_uri"]
    assert all(str(address).startswith("https://") for address in endpoints)
    keys = Client(provider.app.wsgi_app).get("/jwks", base_url=ISSUER).json["keys"]
    assert not any({"d", "p", "q", "k"} & key.keys() for key in keys)


def test_oidcc_server(provider: Provider):
    party = DynamicParty.register(provider)
    tokens = party.tokens(signed_in(provider))
    claims = party.read(tokens["id_token"], "RS256").claims
    assert (claims["iss"], claims["nonce"]) == (ISSUER, "no")
    assert party.get("/userinfo", tokens["access_token"]).json["sub"] == claims["sub"]


def test_oidcc_registration_logo_uri(provider: Provider):
    party = DynamicParty.register(provider, logo_uri="https://pictures.example/logo.png")
    browser = provider.browser()
    page = browser.follow(browser.get("/authorize", query_string=party.asked()))
    assert 'src="https://pictures.example/logo.png"' in page.text
    assert 'referrerpolicy="no-referrer"' in page.text
    assert "img-src 'self' data: https://pictures.example;" in page.headers["Content-Security-Policy"]


def test_oidcc_registration_policy_uri(provider: Provider):
    party = DynamicParty.register(provider, policy_uri="https://rp.example/policy?a=1&b=%22")
    browser = provider.browser()
    page = browser.follow(browser.get("/authorize", query_string=party.asked()))
    assert 'href="https://rp.example/policy?a=1&amp;b=%22"' in page.text
    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"]


def test_oidcc_registration_tos_uri(provider: Provider):
    party = DynamicParty.register(provider, tos_uri="https://rp.example/terms")
    browser = signed_in(provider)
    page = browser.follow(browser.get("/authorize", query_string=party.asked()))
    assert 'value="agree"' in page.text
    assert 'href="https://rp.example/terms"' in page.text


def test_oidcc_registration_jwks_uri(provider: Provider):
    key, where = client_keys.make_key("RS256"), "https://rp.example/jwks"
    provider.published.at[where] = client_keys.jwks(key)
    party = DynamicParty.register(provider, key, token_endpoint_auth_method="private_key_jwt", jwks_uri=where)
    assert "client_secret" not in party.told
    assert "id_token" in party.tokens(signed_in(provider))
    assert provider.published.fetched == [where]


def test_oidcc_registration_sector_uri(provider: Provider):
    uris, where = [CALLBACK, "https://other.example/cb"], "https://rp.example/sector"
    provider.published.at[where] = uris
    party = DynamicParty.register(provider, redirect_uris=uris, sector_identifier_uri=where)
    assert party.told["sector_identifier_uri"] == where
    assert "id_token" in party.tokens(signed_in(provider))


def test_oidcc_registration_sector_bad(provider: Provider):
    where = "https://rp.example/sector"
    provider.published.at[where] = ["https://elsewhere.example/cb"]
    refused = registration(provider, sector_identifier_uri=where)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")


def test_oidcc_server_rotate_keys(provider: Provider):
    party = DynamicParty.register(provider)
    browser = signed_in(provider)
    before = party.tokens(browser)["id_token"]
    old = {key["kid"] for key in party.get("/jwks").json["keys"]}
    provider.vault.keys.rotate("RS256")
    new = {key["kid"] for key in party.get("/jwks").json["keys"]}
    assert old < new
    assert party.read(before, "RS256").claims["iss"] == ISSUER


def test_oidcc_refresh_token_rp_key_rotation(provider: Provider):
    old, where = client_keys.make_key("RS256"), "https://rp.example/jwks"
    provider.published.at[where] = client_keys.jwks(old)
    party = DynamicParty.register(
        provider, old, token_endpoint_auth_method="private_key_jwt", jwks_uri=where, **OFFLINE
    )
    tokens = party.tokens(signed_in(provider), scope="openid offline_access", prompt="consent")
    party.key = client_keys.make_key("RS256")
    provider.published.at[where] = client_keys.jwks(party.key)
    assert party.refresh(tokens["refresh_token"]).status_code == 200


def test_oidcc_request_uri_unsigned(provider: Provider):
    found = discovered(provider)
    assert found["request_uri_parameter_supported"] is False
    assert "none" not in found.get("request_object_signing_alg_values_supported", [])
    party = DynamicParty.register(provider)
    answer = party.authorize(signed_in(provider), request_uri="https://rp.example/request")
    assert "code=" not in answer.headers.get("Location", "")


def test_oidcc_request_uri_signed_rs256(provider: Provider):
    key = client_keys.make_key("RS256")
    party = DynamicParty.register(
        provider, request_object_signing_alg="RS256", jwks=client_keys.jwks(key), request_uris=["https://rp.example/r"]
    )
    answer = party.authorize(signed_in(provider), request_uri="https://rp.example/r")
    assert "code=" not in answer.headers.get("Location", "")
    assert provider.published.fetched == []  # announced as unsupported, so nothing is fetched


def test_oidcc_refresh_token(provider: Provider):
    party = DynamicParty.register(provider, **OFFLINE)
    other = DynamicParty.register(provider, **OFFLINE)
    tokens = party.tokens(signed_in(provider), scope="openid offline_access", prompt="consent")
    stolen = other.refresh(tokens["refresh_token"])
    assert (stolen.status_code, stolen.json["error"]) == (400, "invalid_grant")
    again = party.refresh(tokens["refresh_token"])
    assert again.status_code == 200, again.text
    first, second = (party.read(each["id_token"], "RS256").claims for each in (tokens, again.json))
    assert [first[name] for name in ("iss", "sub", "aud")] == [second[name] for name in ("iss", "sub", "aud")]


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(provider: Provider):
    key = client_keys.make_key("RS256")
    party = DynamicParty.register(
        provider, key, token_endpoint_auth_method="private_key_jwt", jwks=client_keys.jwks(key)
    )
    assert party.audience == ISSUER
    assert "id_token" in party.tokens(signed_in(provider))


def test_oidcc_3rd_party_init_login(provider: Provider):
    party = DynamicParty.register(provider, initiate_login_uri="https://rp.example/login")
    path = party.told["registration_client_uri"].removeprefix(ISSUER)
    found = party.get(path, party.told["registration_access_token"])
    assert found.json["initiate_login_uri"] == "https://rp.example/login"


def test_oidcc_3rd_party_init_login_nohttps(provider: Provider):
    refused = registration(provider, initiate_login_uri="http://rp.example/login")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_client_metadata")
