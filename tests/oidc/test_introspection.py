"""Introspection (RFC 7662, RFC 9701): resource servers learn of tokens for them, and nobody learns anything else."""

import pytest
from joserfc import jwe
from werkzeug.test import Client

from idp.domain.client import AuthMethod, ClientKeys, Encryption, KeyAlg, SigningAlg
from idp.domain.client import ResourceServer as Server
from tests import client_keys
from tests.dpop import Holder
from tests.oidc.test_access_tokens import code_for
from tests.provider import ISSUER
from tests.resource_servers import FUND, TAX, decoded, introspect, resource, revoke

JWT = "application/token-introspection+jwt"


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def party(provider):
    return provider.party(resources=frozenset({FUND}))


@pytest.fixture
def fund(provider):
    return resource(provider, "fund", FUND)


@pytest.fixture
def tokens(party, fund, browser):
    return party.redeem(code_for(party, browser, FUND)).json


def test_the_resource_learns_what_it_needs_in_one_round_trip(provider, fund, tokens):
    provider.wire.round_trips = 0
    answer = introspect(fund, tokens["access_token"])
    assert provider.wire.round_trips == 1
    assert answer.headers["Cache-Control"] == "no-store"
    now = int(provider.clock.now())
    assert answer.json == {
        "active": True, "token_type": "Bearer", "iss": ISSUER, "aud": FUND, "client_id": "hall", "scope": "openid",
        "sub": decoded(provider, tokens["id_token"]).claims["sub"], "iat": now, "exp": now + tokens["expires_in"],
        "auth_time": answer.json["auth_time"], "acr": "urn:yihaotong:realname:1", "amr": ["pwd"],
    }  # fmt: skip


def test_a_bound_token_tells_its_key(party, fund, browser):
    holder = Holder(party)
    token = holder.redeem(code_for(party, browser, FUND)).json["access_token"]
    told = introspect(fund, token).json
    assert (told["token_type"], told["cnf"]) == ("DPoP", {"jkt": holder.jkt})


def test_everybody_else_learns_that_it_is_inactive_and_nothing_more(provider, party, tokens):
    other = resource(provider, "tax", TAX)
    for stranger in (other, party, provider.party("nobodys")):
        answer = introspect(stranger, tokens["access_token"])
        assert (answer.status_code, answer.json) == (200, {"active": False})


def test_rubbish_and_every_other_kind_of_token_is_inactive(party, fund, tokens, browser):
    code = code_for(party, browser, FUND)
    for token in ("rubbish", "a.b", "令牌", code, tokens["refresh_token"], tokens["id_token"]):
        assert introspect(fund, token).json == {"active": False}
    assert party.redeem(code).status_code == 200


def test_a_token_that_is_not_for_a_resource_is_inactive_to_every_resource(party, fund, browser):
    assert introspect(fund, party.tokens(browser)["access_token"]).json == {"active": False}


def test_revoked_expired_and_orphaned_tokens_are_inactive(provider, party, fund, tokens, browser):
    other = party.redeem(code_for(party, browser, FUND)).json["access_token"]
    revoke(party, tokens["access_token"])
    assert introspect(fund, tokens["access_token"]).json == {"active": False}
    assert introspect(fund, other).json["active"]
    provider.registry.remove("hall")
    assert introspect(fund, other).json == {"active": False}
    provider.registry.add(party.client)
    provider.clock.advance(tokens["expires_in"])
    assert introspect(fund, other).json == {"active": False}


def test_introspection_needs_authentication_a_token_and_a_post(provider, fund, tokens):
    http = Client(provider.app.wsgi_app)
    bare = http.post("/introspect", base_url=ISSUER, data={"token": tokens["access_token"]})
    assert (bare.status_code, bare.json["error"]) == (401, "invalid_client")
    assert bare.headers["WWW-Authenticate"].startswith("Basic ")
    assert introspect(fund, None).json["error"] == "invalid_request"
    assert http.get("/introspect", base_url=ISSUER).status_code == 405


def test_a_public_client_is_told_nothing(provider, tokens):
    public = provider.party("app", auth_method=AuthMethod.NONE)
    refused = introspect(public, tokens["access_token"])
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("accept", [JWT, f"application/json;q=0.5, {JWT}", JWT.upper()])
def test_the_answer_comes_signed_to_who_asks_for_it(provider, party, browser, accept):
    fund = resource(provider, "fund", FUND, introspection_alg=SigningAlg.ES256)
    token = party.redeem(code_for(party, browser, FUND)).json["access_token"]
    answer = introspect(fund, token, accept)
    assert answer.headers["Content-Type"] == JWT
    signed = decoded(provider, answer.text, "ES256")
    assert signed.header["typ"] == "token-introspection+jwt"
    assert signed.claims["iss"] == ISSUER
    assert signed.claims["aud"] == "fund"
    assert signed.claims["iat"] == int(provider.clock.now())
    assert signed.claims["token_introspection"] == introspect(fund, token).json
    assert {"sub", "exp", "client_id"}.isdisjoint(signed.claims)


def test_an_inactive_answer_is_signed_too(provider, fund):
    signed = decoded(provider, introspect(fund, "rubbish", JWT).text)
    assert signed.claims["token_introspection"] == {"active": False}


def test_a_signed_answer_is_no_access_token(provider, party, fund, tokens):
    answer = introspect(fund, tokens["access_token"], JWT).text
    assert introspect(fund, answer).json == {"active": False}
    assert party.userinfo(answer).status_code == 401


def test_the_answer_is_encrypted_where_that_is_registered(provider, party, browser):
    key = client_keys.make_key("RSA-OAEP-256")
    server = Server(frozenset({FUND}), introspection_encryption=Encryption(KeyAlg.RSA_OAEP_256))
    fund = provider.party("fund", resource_server=server, keys=ClientKeys(client_keys.jwks(key)))
    token = party.redeem(code_for(party, browser, FUND)).json["access_token"]
    sealed = introspect(fund, token, JWT).text
    registry = jwe.JWERegistry(algorithms=["RSA-OAEP-256", "A128CBC-HS256"])
    opened = jwe.decrypt_compact(sealed, key, registry=registry)
    assert opened.protected["cty"] == "JWT"
    assert decoded(provider, opened.plaintext.decode()).claims["token_introspection"]["active"]


def test_discovery_tells_of_it(provider):
    announced = Client(provider.app.wsgi_app).get("/.well-known/openid-configuration").json
    assert announced["introspection_endpoint"] == f"{ISSUER}/introspect"
    methods = announced["introspection_endpoint_auth_methods_supported"]
    assert "private_key_jwt" in methods
    assert "none" not in methods
    assert "ES256" in announced["introspection_signing_alg_values_supported"]
