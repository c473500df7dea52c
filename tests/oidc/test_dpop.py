"""Proofs of possession (RFC 9449) as a relying party and a thief meet them."""

import pytest
from joserfc.jwk import ECKey
from werkzeug.test import Client

from idp.domain.client import AuthMethod
from tests import client_keys
from tests.dpop import TOKEN, USERINFO, Holder, public
from tests.provider import ISSUER


@pytest.fixture
def party(provider):
    return provider.party()


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def holder(party):
    return Holder(party)


@pytest.mark.parametrize("alg", ["ES256", "PS256", "EdDSA"])
def test_a_bound_token_works_for_the_holder_of_its_key(party, browser, alg):
    holder = Holder(party, alg)
    tokens = holder.tokens(browser)
    assert tokens["token_type"] == "DPoP"
    assert holder.userinfo(tokens["access_token"]).status_code == 200


def test_a_bound_token_is_useless_without_the_key_and_is_not_taken_as_bearer(provider, party, holder, browser):
    token = holder.tokens(browser)["access_token"]
    plain = party.userinfo(token)
    assert plain.status_code == 401
    assert plain.headers["WWW-Authenticate"].startswith("DPoP ")
    assert 'algs="ES256 EdDSA PS256"' in plain.headers["WWW-Authenticate"]
    assert Client(provider.app.wsgi_app).post("/userinfo", data={"access_token": token}).status_code == 401
    thief = Holder(party)
    assert thief.userinfo(token).json["error"] == "invalid_token"
    assert holder.userinfo(token).status_code == 200


def test_an_unbound_token_is_not_taken_with_a_proof(party, holder, browser):
    token = party.tokens(browser)["access_token"]
    assert holder.userinfo(token).status_code == 401
    assert party.userinfo(token).status_code == 200


SHORT = {"alg": "PS256", "jwk": {"kty": "RSA", "e": "AQAB", "n": "A" * 171}}
WRONG = {
    "typ": {"header_typ": "JWT"},
    "no typ": {"header_typ": None},
    "no jwk": {"header_jwk": None},
    "a jwk of another kind": {"header_jwk": {"kty": "RSA", "n": "AQAB", "e": "AQAB"}},
    "another method": {"htm": "GET"},
    "no method": {"htm": None},
    "another endpoint": {"htu": f"{ISSUER}/revoke"},
    "another host": {"htu": "https://evil.example/token"},
    "another scheme": {"htu": "http://id.example/token"},
    "another port": {"htu": "https://id.example:8443/token"},
    "an address that is none": {"htu": "https://[id.example/token"},
    "no address": {"htu": None},
    "an old one": {"iat": 1_735_689_600 - 301},
    "one of the future": {"iat": 1_735_689_600 + 61},
    "no time": {"iat": None},
    "a time that is text": {"iat": "1735689600"},
    "a time that is true": {"iat": True},
    "no jti": {"jti": None},
    "a jti that is a number": {"jti": 7},
    "a jti without end": {"jti": "x" * 257},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_a_wrong_proof_is_refused_and_the_code_survives(party, holder, browser, changes):
    code = party.code(browser)
    refused = holder.redeem(code, holder.proof("POST", TOKEN, **changes))
    assert refused.status_code == 400
    assert refused.json["error"] == "invalid_dpop_proof"
    assert holder.redeem(code).status_code == 200


@pytest.mark.parametrize(
    "spelling",
    [
        "https://ID.example/token",
        "https://id.example:443/token",
        f"{TOKEN}?a=b",
        f"{TOKEN}#there",
        "HTTPS://id.example/token",
    ],
)
def test_the_address_is_compared_normalised_without_query_and_fragment(party, holder, browser, spelling):
    assert holder.redeem(party.code(browser), holder.proof("POST", TOKEN, htu=spelling)).status_code == 200


def test_algorithms_that_are_too_weak_or_symmetric_are_refused(party, browser):
    code = party.code(browser)
    rsa = Holder(party, "RS256")
    assert rsa.redeem(code).json["error"] == "invalid_dpop_proof"
    holder = Holder(party)
    good = holder.proof("POST", TOKEN)
    for header in ("eyJhbGciOiJub25lIiwidHlwIjoiZHBvcCtqd3QifQ", "eyJhbGciOiJIUzI1NiIsInR5cCI6ImRwb3Arand0In0"):
        assert holder.redeem(code, ".".join([header, *good.split(".")[1:]])).json["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "more", [{"jwk": "x"}, {"jwk": {}}, {"crit": ["exp"], "exp": 1}, {"b64": False}, {"alg": ["ES256"]}, SHORT]
)
def test_a_header_that_nobody_may_send_is_refused_before_its_signature_is_looked_at(party, holder, browser, more):
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public(holder.key)} | more
    proof = ".".join([client_keys.b64(header), *holder.proof("POST", TOKEN).split(".")[1:]])
    assert holder.redeem(party.code(browser), proof).json["error"] == "invalid_dpop_proof"


def test_a_private_key_in_the_header_is_refused(party, holder, browser):
    proof = holder.proof("POST", TOKEN, header_jwk=holder.key.as_dict(private=True))
    assert holder.redeem(party.code(browser), proof).json["error"] == "invalid_dpop_proof"


def test_a_proof_signed_by_another_key_is_refused(party, holder, browser):
    proof = holder.proof("POST", TOKEN, header_jwk=ECKey.generate_key("P-256").as_dict(private=False))
    assert holder.redeem(party.code(browser), proof).json["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "mangle", [lambda p: f"{p},{p}", lambda p: p + "x", lambda _: "x", lambda _: "a.b.c", lambda p: p * 20]
)
def test_what_is_no_single_proof_is_refused(party, holder, browser, mangle):
    refused = holder.redeem(party.code(browser), mangle(holder.proof("POST", TOKEN)))
    assert refused.json["error"] == "invalid_dpop_proof"


def test_a_proof_is_accepted_once_at_the_token_endpoint_whatever_it_comes_with(party, holder, browser):
    first, second = party.code(browser), party.code(browser)
    proof = holder.proof("POST", TOKEN)
    assert holder.redeem(first, proof).status_code == 200
    assert holder.redeem(second, proof).json["error"] == "invalid_dpop_proof"
    assert holder.redeem(second).status_code == 200


def test_a_proof_is_accepted_once_at_userinfo_in_one_round_trip(provider, holder, browser):
    token = holder.tokens(browser)["access_token"]
    proof = holder.proof("GET", USERINFO, token)
    provider.wire.round_trips = 0
    assert holder.userinfo(token, proof).status_code == 200
    assert provider.wire.round_trips == 1
    again = holder.userinfo(token, proof)
    assert again.status_code == 401
    assert 'error="invalid_dpop_proof"' in again.headers["WWW-Authenticate"]
    assert provider.wire.round_trips == 2
    assert holder.userinfo(token).status_code == 200


def test_a_proof_is_for_one_access_token(holder, browser):
    one, two = holder.tokens(browser)["access_token"], holder.tokens(browser)["access_token"]
    assert holder.userinfo(one, holder.proof("GET", USERINFO, two)).status_code == 401
    assert holder.userinfo(one, holder.proof("GET", USERINFO)).status_code == 401


def test_a_bound_redemption_takes_two_round_trips_and_an_unbound_one_stays_at_one(provider, party, holder, browser):
    bound, plain = party.code(browser), party.code(browser)
    provider.wire.round_trips = 0
    holder.redeem(bound)
    assert provider.wire.round_trips == 2
    party.redeem(plain)
    assert provider.wire.round_trips == 3


def test_a_client_registered_for_bound_tokens_gets_no_others(provider, browser):
    party = provider.party(dpop_bound=True)
    code = party.code(browser)
    refused = party.redeem(code)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_dpop_proof")
    assert Holder(party).redeem(code).json["token_type"] == "DPoP"


def test_the_code_is_bound_to_the_key_that_the_request_names(party, holder, browser):
    code = party.code(browser, dpop_jkt=holder.jkt)
    assert Holder(party).redeem(code).json["error"] == "invalid_grant"
    assert party.redeem(code).json["error"] == "invalid_grant"
    assert holder.redeem(code).status_code == 200


def test_a_public_clients_refresh_token_is_bound_to_its_key(provider, browser):
    party = provider.party(auth_method=AuthMethod.NONE)
    holder = Holder(party)
    tokens = holder.tokens(browser)
    assert Holder(party).refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert party.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    again = holder.refresh(tokens["refresh_token"])
    assert again.json["token_type"] == "DPoP"
    assert holder.userinfo(again.json["access_token"]).status_code == 200


def test_a_confidential_client_may_change_its_key_but_not_go_without(party, holder, browser):
    tokens = holder.tokens(browser)
    assert party.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    other = Holder(party)
    again = other.refresh(tokens["refresh_token"]).json
    assert other.userinfo(again["access_token"]).status_code == 200
    assert holder.userinfo(again["access_token"]).status_code == 401
    assert holder.userinfo(tokens["access_token"]).status_code == 200


def test_what_is_announced_is_what_is_accepted(provider):
    announced = Client(provider.app.wsgi_app).get("/.well-known/openid-configuration").json
    assert announced["dpop_signing_alg_values_supported"] == ["ES256", "EdDSA", "PS256"]
