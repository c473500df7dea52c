"""What was approved once and is no more: a client that is gone, a scope, a claim, a resource, all with tokens alive."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from werkzeug.test import Client

from idp.domain.claims import ClaimName
from idp.domain.client import AuthMethod, ClientKeys, Encryption, KeyAlg
from tests import client_keys
from tests.decoupled import Terminal, approve, enter
from tests.oidc.test_access_tokens import code_for
from tests.oidc.test_token_exchange import exchange
from tests.provider import ISSUER, Browser, Party, Provider, basic
from tests.resource_servers import FUND, TAX, decoded, introspect, resource
from tests.web.test_registration import CALLBACK, code_of, managed, office, registered

NAME, NUMBER = ClaimName.NAME.value, ClaimName.ID_NUMBER.value
ASKED = {NUMBER: None, "verified_claims": {"verification": {"trust_framework": None}, "claims": {NAME: None}}}


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """Of a citizen who has shown everything."""
    person, browser = provider.citizen(), Browser(provider)
    provider.possesses(person)
    browser.sign_in(person)
    return browser


def now_registered(party: Party, **changes: Any) -> None:
    """The registration of the same client, changed while its grants live."""
    party.provider.registry.add(replace(party.client, **changes))


@pytest.mark.parametrize("how", ["removed", "disabled"])
def test_the_token_of_a_client_that_is_gone_opens_nothing(provider: Provider, browser: Browser, how: str):
    told = registered(provider)
    form = {
        "grant_type": "authorization_code", "code": code_of(provider, browser, told), "redirect_uri": CALLBACK,
        "code_verifier": "v" * 43,
    }  # fmt: skip
    headers = {"Authorization": basic(told["client_id"], told["client_secret"])}
    http = Client(provider.app.wsgi_app)
    token = http.post("/token", base_url=ISSUER, data=form, headers=headers).json["access_token"]
    shown = {"Authorization": f"Bearer {token}"}
    assert http.get("/userinfo", base_url=ISSUER, headers=shown).status_code == 200
    if how == "removed":
        assert managed(provider, told, "DELETE").status_code == 204
    else:
        office(provider).disable(told["client_id"])
    answer = http.get("/userinfo", base_url=ISSUER, headers=shown)
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_claims_that_were_encrypted_for_a_client_never_come_in_clear(provider: Provider, browser: Browser):
    key = client_keys.make_key("RSA-OAEP-256")
    party = provider.party(keys=ClientKeys(client_keys.jwks(key)), userinfo_encryption=Encryption(KeyAlg.RSA_OAEP_256))
    token = party.tokens(browser, scope="openid profile")["access_token"]
    assert party.userinfo(token).content_type == "application/jwt"
    provider.registry.remove("hall")
    answer = party.userinfo(token)
    assert answer.status_code == 401
    assert NAME not in (answer.json or {})


def test_a_withdrawn_scope_is_withdrawn_from_live_grants(provider: Provider, browser: Browser):
    party = provider.party()
    tokens = party.tokens(browser, scope="openid profile id_number offline_access")
    assert NUMBER in party.userinfo(tokens["access_token"]).json
    now_registered(party, scopes=frozenset({"openid", "profile", "offline_access"}))
    assert NUMBER not in party.userinfo(tokens["access_token"]).json
    refreshed = party.refresh(tokens["refresh_token"]).json
    assert refreshed["scope"] == "openid profile offline_access"
    claims = party.userinfo(refreshed["access_token"]).json
    assert NUMBER not in claims
    assert NAME in claims


def test_a_scope_that_is_withdrawn_before_its_code_is_redeemed_is_not_granted(provider: Provider, browser: Browser):
    party = provider.party()
    code = party.code(browser, scope="openid id_number")
    now_registered(party, scopes=frozenset({"openid"}))
    tokens = party.redeem(code).json
    assert tokens["scope"] == "openid"
    assert NUMBER not in party.userinfo(tokens["access_token"]).json


def test_claims_asked_for_by_name_go_with_the_scope_that_allowed_them(provider: Provider, browser: Browser):
    party = provider.party(verified_claims=True)
    asked = orjson.dumps({"userinfo": ASKED, "id_token": ASKED}).decode()
    tokens = party.tokens(browser, claims=asked)
    first = decoded(provider, tokens["id_token"]).claims
    for told in (first, party.userinfo(tokens["access_token"]).json):
        assert told[NUMBER]
        assert told["verified_claims"]["claims"] == {NAME: "张三"}

    now_registered(party, scopes=frozenset({"openid", "profile"}))
    tokens = party.refresh(tokens["refresh_token"]).json
    for told in (decoded(provider, tokens["id_token"]).claims, party.userinfo(tokens["access_token"]).json):
        assert NUMBER not in told
        assert told["verified_claims"]["claims"] == {NAME: "张三"}

    for left in ({"verified_claims": False}, {"scopes": frozenset({"openid"})}):
        now_registered(party, **left)
        tokens = party.refresh(tokens["refresh_token"]).json
        for told in (decoded(provider, tokens["id_token"]).claims, party.userinfo(tokens["access_token"]).json):
            assert "verified_claims" not in told


@pytest.mark.parametrize("named", [FUND, None])
def test_a_withdrawn_resource_gets_no_more_tokens(provider: Provider, browser: Browser, named: str | None):
    resource(provider, "fund", FUND)
    party = provider.party(resources=frozenset({FUND}))
    waiting = code_for(party, browser, FUND)
    tokens = party.redeem(code_for(party, browser, FUND)).json
    now_registered(party, resources=frozenset())
    for answer in (party.refresh(tokens["refresh_token"], resource=named), party.redeem(waiting, resource=named)):
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_target")


def test_a_resource_is_told_no_more_of_tokens_than_is_approved_still(provider: Provider, browser: Browser):
    fund, tax = resource(provider, "fund", FUND), resource(provider, "tax", TAX, exchange=frozenset({"fund"}))
    party = provider.party(resources=frozenset({FUND}))
    token = party.redeem(code_for(party, browser, FUND, scope="openid profile")).json["access_token"]
    handed_on = exchange(fund, token).json["access_token"]
    now_registered(party, scopes=frozenset({"openid"}), resources=frozenset({FUND}))
    assert introspect(fund, token).json["scope"] == introspect(tax, handed_on).json["scope"] == "openid"
    assert exchange(fund, token, scope="openid profile").json["error"] == "invalid_scope"
    now_registered(party, resources=frozenset())
    assert introspect(fund, token).json == {"active": False}
    resource(provider, "tax", TAX)
    assert introspect(tax, handed_on).json == {"active": False}


def test_a_token_whose_holder_was_removed_is_exchanged_for_nothing(provider: Provider, browser: Browser):
    fund = resource(provider, "fund", FUND)
    tax = resource(provider, "tax", TAX, exchange=frozenset({"fund"}))
    resource(provider, "land", "https://land.example/api", exchange=frozenset({"tax"}))
    party = provider.party(resources=frozenset({FUND}))
    token = party.redeem(code_for(party, browser, FUND)).json["access_token"]
    held = exchange(fund, token).json["access_token"]
    assert exchange(tax, held, resource="https://land.example/api").status_code == 200
    provider.registry.remove("fund")
    refused = exchange(tax, held, resource="https://land.example/api")
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_request")


def test_a_poll_that_names_another_resource_does_not_lose_the_approval(provider: Provider, browser: Browser):
    resource(provider, "fund", FUND)
    resource(provider, "tax", TAX)
    party = provider.party(resources=frozenset({FUND, TAX}), auth_method=AuthMethod.BASIC)
    terminal = Terminal(provider, party).begin(scope="openid", resource=FUND)
    approve(browser, enter(browser, terminal.shown["user_code"]), terminal.shown["match_number"])
    for wrong in (TAX, "https://nobody.example/"):
        assert terminal.poll(resource=wrong).json["error"] == "invalid_target"
    assert terminal.poll(resource=FUND).status_code == 200
