"""Access tokens: whom they are for (RFC 8707), and those that resource servers read themselves (RFC 9068)."""

import json
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import Client

from idp.domain.client import SigningAlg, TokenFormat
from tests.dpop import Holder
from tests.provider import ISSUER, answer_of
from tests.resource_servers import FUND, TAX, decoded, introspect, jwt_resource, resource, revoke

BOTH = f"{FUND} {TAX}"


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def party(provider):
    return provider.party(resources=frozenset({FUND, TAX}))


@pytest.fixture
def fund(provider):
    return jwt_resource(provider)


def code_for(party, browser, *resources: str, **changes):
    """A code of an authorization request that names resources: the one parameter that may be repeated."""
    query = urlencode([*party.parameters(**changes).items(), *(("resource", each) for each in resources)])
    return answer_of(browser.follow(browser.get(f"/authorize?{query}")))["code"]


def test_tokens_are_opaque_unless_somebody_asks_for_another_form(party, browser):
    assert party.tokens(browser)["access_token"].count(".") == 1


def test_a_jwt_access_token_says_what_rfc_9068_wants(provider, party, fund, browser):
    tokens = party.redeem(code_for(party, browser, FUND)).json
    token = decoded(provider, tokens["access_token"])
    assert token.header["typ"] == "at+jwt"
    claims = token.claims
    now = int(provider.clock.now())
    assert claims["iss"] == ISSUER
    assert claims["aud"] == FUND
    assert claims["client_id"] == "hall"
    assert claims["sub"] == decoded(provider, tokens["id_token"]).claims["sub"]
    assert (claims["iat"], claims["exp"]) == (now, now + tokens["expires_in"])
    assert claims["scope"] == tokens["scope"] == "openid"
    assert claims["auth_time"] <= now
    assert (claims["acr"], claims["amr"]) == ("urn:yihaotong:realname:1", ["pwd"])
    assert claims["jti"]
    assert {"cnf", "act", "authorization_details", "name"}.isdisjoint(claims)


def test_its_jti_is_no_token(provider, fund, browser):
    party = provider.party(token_format=TokenFormat.JWT)
    token = party.tokens(browser)["access_token"]
    jti = decoded(provider, token).claims["jti"]
    assert party.userinfo(jti).status_code == 401
    assert party.userinfo(token).status_code == 200


def test_a_jwt_access_token_is_accepted_at_userinfo_in_one_round_trip_until_it_is_revoked(provider, browser):
    party = provider.party(token_format=TokenFormat.JWT)
    token = party.tokens(browser)["access_token"]
    assert decoded(provider, token).claims["aud"] == ISSUER
    provider.wire.round_trips = 0
    assert party.userinfo(token).status_code == 200
    assert provider.wire.round_trips == 1
    assert revoke(provider.party("thief"), token).status_code == 200
    assert party.userinfo(token).status_code == 200
    assert revoke(party, token).status_code == 200
    assert party.userinfo(token).status_code == 401


def test_a_jwt_access_token_dies_with_its_grant(party, fund, browser):
    tokens = party.redeem(code_for(party, browser, FUND)).json
    assert introspect(fund, tokens["access_token"]).json["active"]
    revoke(party, tokens["refresh_token"])
    assert introspect(fund, tokens["access_token"]).json == {"active": False}


def test_a_jwt_that_is_not_ours_or_is_another_kind_is_no_access_token(provider, browser):
    party = provider.party(token_format=TokenFormat.JWT)
    tokens = party.tokens(browser)
    token = decoded(provider, tokens["access_token"])
    forged = jwt.encode(token.header, token.claims, RSAKey.generate_key(2048))
    head, body, signature = tokens["access_token"].split(".")
    for wrong in (forged, tokens["id_token"], f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}", f"..{head}"):
        assert party.userinfo(wrong).status_code == 401


def test_a_jwt_is_signed_as_its_resource_server_reads(provider, party, browser):
    jwt_resource(provider, introspection_alg=SigningAlg.ES256)
    tokens = party.redeem(code_for(party, browser, FUND)).json
    assert decoded(provider, tokens["access_token"], "ES256").claims["aud"] == FUND


def test_a_bound_jwt_carries_the_key(provider, party, fund, browser):
    holder = Holder(party)
    tokens = holder.redeem(code_for(party, browser, FUND)).json
    assert tokens["token_type"] == "DPoP"
    assert decoded(provider, tokens["access_token"]).claims["cnf"] == {"jkt": holder.jkt}


def test_a_token_for_a_resource_opens_nothing_at_userinfo(provider, party, browser):
    resource(provider, "fund", FUND)
    tokens = party.redeem(code_for(party, browser, FUND)).json
    assert party.userinfo(tokens["access_token"]).status_code == 401
    ours = party.refresh(tokens["refresh_token"], resource=ISSUER).json
    assert party.userinfo(ours["access_token"]).status_code == 200


def test_of_several_resources_a_token_request_names_one(provider, party, fund, browser):
    tax = resource(provider, "tax", TAX)
    code = code_for(party, browser, FUND, TAX)
    assert party.redeem(code).json["error"] == "invalid_target"
    tokens = party.redeem(code, resource=FUND).json
    assert decoded(provider, tokens["access_token"]).claims["aud"] == FUND
    again = party.refresh(tokens["refresh_token"], resource=TAX).json
    assert introspect(tax, again["access_token"]).json["aud"] == TAX
    assert introspect(fund, again["access_token"]).json == {"active": False}


@pytest.mark.parametrize("wrong", [TAX, "https://nobody.example", "x", f"{FUND}/", f"{FUND}#a", "令牌"])
def test_a_resource_that_was_not_granted_or_that_nobody_serves_is_refused_and_the_code_survives(
    provider, party, fund, browser, wrong
):
    resource(provider, "tax", TAX)
    code = code_for(party, browser, FUND)
    assert party.redeem(code, resource=wrong).json["error"] == "invalid_target"
    assert party.redeem(code, resource=FUND).status_code == 200


def test_two_resources_for_one_token_are_refused(provider, party, fund, browser):
    code = code_for(party, browser, FUND)
    credentials, headers = party.credentials()
    body = f"grant_type=authorization_code&code={code}&redirect_uri={party.redirect_uri}&code_verifier={party.verifier}"
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    body += f"&resource={FUND}&resource={TAX}"
    answer = Client(provider.app.wsgi_app).post("/token", base_url=ISSUER, data=body, headers=headers)
    assert answer.json["error"] == "invalid_target"
    assert credentials == {}


def test_what_was_granted_in_detail_is_told_to_the_client_and_the_resource_but_not_in_the_id_token(
    provider, fund, browser
):
    party = provider.party(resources=frozenset({FUND}), details_types=frozenset({"matter"}))
    details = [{"type": "matter", "identifier": "11370000MB28", "name": "社会保险费缴纳"}]
    asked = {"authorization_details": json.dumps(details)}
    page = browser.follow(browser.get(f"/authorize?{urlencode(party.parameters(resource=FUND, **asked))}"))
    answer = page if page.status_code == 303 else browser.submit(page, decision="agree")
    tokens = party.redeem(answer_of(answer)["code"]).json
    told = tokens["authorization_details"]
    assert told == details
    assert decoded(provider, tokens["access_token"]).claims["authorization_details"] == told
    assert introspect(fund, tokens["access_token"]).json["authorization_details"] == told
    assert "authorization_details" not in decoded(provider, tokens["id_token"]).claims
    assert party.refresh(tokens["refresh_token"]).json["authorization_details"] == told
