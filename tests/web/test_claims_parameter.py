"""Asking by the ``claims`` parameter: what arrives, where, at which level, and after which agreement."""

import base64
import json

import pytest
from lxml import html

from adapters import unionpay_card
from idp.domain.assurance import Level
from idp.domain.client import ConsentPolicy
from idp.domain.evidence import CheckMethod, Evidence, Strength
from tests.people.doubles import ScriptedChannel
from tests.provider import ISSUER, answer_of, open_provider

ACR = "urn:yihaotong:realname:"
NUMBER = "urn:yihaotong:claims:id_number"
ALL = {"trust_framework": None, "assurance_level": None, "evidence": [
    {"type": {"value": "electronic_record"}, "check_details": [{"check_method": None}], "record": {"type": None}}]}  # fmt: skip


def asking(**places) -> str:
    return json.dumps(places)


def verified(*claims: str, **verification):
    return {"verification": {**ALL, **verification}, "claims": dict.fromkeys(claims)}


def contents(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def possession(provider, person):
    evidence = Evidence(
        id="f" * 32, citizen_id=person.id, channel="unionpay_card", source="unionpay",
        check_methods=(CheckMethod.DATA, CheckMethod.AUTH), strength=Strength.POSSESSION, txn="t2",
        verified_at=provider.clock.now() + 1,
    )  # fmt: skip
    provider.stores.citizens.record_proof(evidence, name="张三", id_number="370102190103070012")


@pytest.fixture
def provider(tmp_path, _database_template, fast_wire):
    card = ScriptedChannel(unionpay_card.FACTS)
    with open_provider(tmp_path, _database_template, fast_wire, channels={"unionpay_card": card}) as made:
        yield made


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def received(party, browser, **asked):
    """The ID token's and userinfo's claims of one sign-on."""
    tokens = party.tokens(browser, **asked)
    return contents(tokens["id_token"]), party.userinfo(tokens["access_token"]).json


def test_each_claim_arrives_where_it_was_asked_for(provider, browser):
    party = provider.party()
    asked = asking(userinfo={"gender": None}, id_token={"name": {"essential": True}, "auth_time": None})
    token, info = received(party, browser, claims=asked)
    assert token["name"] == "张三"
    assert "gender" not in token
    assert set(info) == {"sub", "gender"}
    assert token["auth_time"]


def test_a_later_request_that_does_not_ask_gets_nothing_of_it(provider, browser):
    party = provider.party()
    received(party, browser, claims=asking(id_token={"name": None}, userinfo={"birthdate": None}))
    token, info = received(party, browser)
    assert "name" not in token
    assert set(info) == {"sub"}


def test_the_same_request_again_is_answered_in_one_round_trip(provider, browser):
    party = provider.party()
    asked = asking(id_token={"name": None})
    received(party, browser, claims=asked)
    before = provider.wire.round_trips
    answer = answer_of(party.authorize(browser, claims=asked))
    assert provider.wire.round_trips == before + 1
    assert contents(party.redeem(answer["code"]).json["id_token"])["name"] == "张三"


def test_a_claim_that_is_not_registered_or_needs_a_higher_level_is_left_out(provider, browser):
    everything = asking(userinfo={"name": None, NUMBER: None, "phone_number": None, "email": None})
    _, info = received(provider.party(), browser, claims=everything)
    assert set(info) == {"sub", "name"}
    _, info = received(provider.party("plain", scopes=frozenset({"openid"})), browser, claims=everything)
    assert set(info) == {"sub"}


def test_a_value_that_is_not_the_citizens_is_left_out(provider, browser):
    party = provider.party()
    _, info = received(
        party, browser, claims=asking(userinfo={"name": {"value": "李四"}, "gender": {"values": ["male"]}})
    )
    assert set(info) == {"sub", "gender"}


def test_refreshed_tokens_keep_what_was_asked_for(provider, browser):
    party = provider.party()
    tokens = party.tokens(browser, scope="openid offline_access", claims=asking(id_token={"name": None}))
    fresh = party.refresh(tokens["refresh_token"]).json
    assert contents(fresh["id_token"])["name"] == "张三"


def test_malformed_claims_go_back_as_an_invalid_request(provider, browser):
    answer = answer_of(provider.party().authorize(browser, claims="{"))
    assert answer["error"] == "invalid_request"
    assert answer["state"] == "s-123"


# ---- acr and sub ----------------------------------------------------------------------------------------------------


def essential(*levels: int):
    return asking(id_token={"acr": {"essential": True, "values": [f"{ACR}{level}" for level in levels]}})


def test_an_essential_level_is_named_as_it_was_asked_for(provider, browser):
    token, _ = received(provider.party(), browser, claims=essential(0))
    assert token["acr"] == f"{ACR}0"
    token, _ = received(provider.party(), browser, claims=essential(0, 1, 3))
    assert token["acr"] == f"{ACR}1"
    token, _ = received(provider.party(), browser)
    assert token["acr"] == f"{ACR}1"


def test_an_essential_level_leads_to_the_ways_and_cannot_be_put_off(provider, browser):
    page = browser.follow(provider.party().authorize(browser, claims=essential(2)))
    assert page.request.path.endswith("/prove")
    assert "prove-later" not in page.text


def test_a_voluntary_level_can_be_put_off(provider, browser):
    asked = asking(id_token={"acr": {"value": f"{ACR}2"}})
    page = browser.follow(provider.party().authorize(browser, claims=asked))
    [action] = html.fromstring(page.text).xpath("//form[contains(@action, 'prove-later')]/@action")
    token = html.fromstring(page.text).xpath(
        "//form[contains(@action, 'prove-later')]//input[@name='csrf_token']/@value"
    )
    answer = browser.follow(browser.post(action, {"csrf_token": token[0]}))
    assert "code" in answer_of(answer)


def test_an_essential_level_that_nobody_can_reach_here_is_answered_at_once(provider, browser):
    asked = asking(id_token={"acr": {"essential": True, "value": "loa9"}})
    answer = answer_of(provider.party().authorize(browser, claims=asked))
    assert answer["error"] == "unmet_authentication_requirements"
    assert answer["iss"] == ISSUER


def test_only_the_named_subject_will_do(provider, browser):
    party = provider.party()
    token, _ = received(party, browser)
    asked = asking(id_token={"sub": {"value": token["sub"]}})
    assert received(party, browser, claims=asked)[0]["sub"] == token["sub"]
    asked = asking(userinfo={"sub": {"value": "somebody-else"}})
    assert answer_of(party.authorize(browser, prompt="none", claims=asked))["error"] == "login_required"


# ---- verified_claims ------------------------------------------------------------------------------------------------


def test_verified_claims_arrive_where_they_were_asked_for(provider, browser):
    party = provider.party(verified_claims=True)
    asked = asking(
        userinfo={"verified_claims": verified("name")}, id_token={"verified_claims": [verified("birthdate")]}
    )
    token, info = received(party, browser, claims=asked)
    expected = {
        "trust_framework": "cn_real_name",
        "assurance_level": "1",
        "evidence": [
            {
                "type": "electronic_record",
                "check_details": [{"check_method": "data"}],
                "record": {"type": "population_register"},
            }
        ],
    }
    assert info["verified_claims"] == {"verification": expected, "claims": {"name": "张三"}}
    assert token["verified_claims"] == [{"verification": expected, "claims": {"birthdate": "1901-03-07"}}]


def test_a_request_that_is_not_met_returns_no_member(provider, browser):
    party = provider.party(verified_claims=True)
    asked = asking(userinfo={"verified_claims": verified("name", assurance_level={"value": "2"})})
    assert set(received(party, browser, claims=asked)[1]) == {"sub"}


def test_verified_claims_are_told_to_registered_clients_only(provider, browser):
    asked = asking(userinfo={"verified_claims": verified("name")}, id_token={"verified_claims": verified("name")})
    token, info = received(provider.party(), browser, claims=asked)
    assert "verified_claims" not in token
    assert set(info) == {"sub"}


def test_the_number_is_told_to_clients_registered_for_it_at_level_two(provider, browser, person):
    party = provider.party(verified_claims=True)
    asked = asking(userinfo={"verified_claims": verified("name", NUMBER)})
    assert set(received(party, browser, claims=asked)[1]["verified_claims"]["claims"]) == {"name"}
    possession(provider, person)
    again = provider.browser()
    again.sign_in(person)
    told = received(party, again, claims=asked)[1]["verified_claims"]
    assert told["claims"] == {"name": "张三", NUMBER: "370102190103070012"}
    assert told["verification"]["assurance_level"] == "2"
    plain = provider.party("plain", verified_claims=True, scopes=frozenset({"openid", "profile"}))
    assert set(received(plain, again, claims=asked)[1]["verified_claims"]["claims"]) == {"name"}


def test_verified_claims_follow_the_evidence_and_not_an_earlier_release(provider, browser, person):
    party = provider.party(verified_claims=True)
    asked = asking(userinfo={"verified_claims": verified("name")})
    assert received(party, browser, claims=asked)[1]["verified_claims"]["verification"]["assurance_level"] == "1"
    possession(provider, person)  # proved elsewhere, while this session goes on
    told = received(party, browser, claims=asked)[1]["verified_claims"]["verification"]
    assert told["assurance_level"] == "2"
    assert [each["record"]["type"] for each in told["evidence"]] == ["population_register", "bank_account"]


def test_identifiers_of_a_verification_differ_from_portal_to_portal(provider, browser):
    ids = set()
    asked = asking(userinfo={"verified_claims": verified("name", verification_process=None)})
    for client_id in ("hall", "tax"):
        party = provider.party(client_id, verified_claims=True)
        told = received(party, browser, claims=asked)[1]["verified_claims"]
        ids.add(told["verification"]["verification_process"])
    assert len(ids) == 2


# ---- agreement ------------------------------------------------------------------------------------------------------


def test_the_consent_page_says_what_was_asked_for_by_name_and_remembers_it(provider, browser, person):
    party = provider.party(consent=ConsentPolicy.EXPLICIT, verified_claims=True)
    asked = asking(userinfo={"birthdate": None, "verified_claims": verified("name")})
    page = browser.follow(party.authorize(browser, claims=asked))
    text = " ".join(html.fromstring(page.text).xpath("//main")[0].text_content().split())
    assert "您的出生日期" in text
    assert "您的姓名" in text
    assert "它还想知道我们怎样核实了您" in text
    assert "由哪个部门或机构" in text
    answer = browser.submit(page, decision="agree")
    assert party.userinfo(party.redeem(answer_of(answer)["code"]).json["access_token"]).json["birthdate"]
    assert "code" in answer_of(party.authorize(browser, claims=asked))
    kept = provider.stores.consents.of(person.id, "hall")
    assert kept.scopes == {"openid", "claim:name", "claim:birthdate", "verified", "verified:evidence"}
    assert "由谁、用哪类方式核实" in browser.get("/account").text


def test_agreeing_to_a_scope_is_not_agreeing_to_more_by_name(provider, browser):
    party = provider.party(consent=ConsentPolicy.EXPLICIT)
    browser.submit(browser.follow(party.authorize(browser)), decision="agree")
    assert "code" in answer_of(party.authorize(browser))
    page = browser.follow(party.authorize(browser, claims=asking(id_token={"name": None})))
    assert page.request.path.endswith("/consent")
    assert answer_of(party.authorize(browser, prompt="none", claims=asking(id_token={"name": None})))["error"] == (
        "consent_required"
    )


# ---- RFC 9470 -------------------------------------------------------------------------------------------------------


def test_userinfo_challenges_a_token_below_the_level_that_its_client_needs_now(provider, browser):
    party = provider.party()
    tokens = party.tokens(browser)
    provider.party(minimum_level=Level.MEDIUM)
    refused = party.userinfo(tokens["access_token"])
    assert refused.status_code == 401
    assert refused.json["error"] == "insufficient_user_authentication"
    challenge = refused.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'error="insufficient_user_authentication"' in challenge
    assert f'acr_values="{ACR}2"' in challenge


def test_a_challenge_for_level_and_freshness_is_honoured_together(provider, browser, person):
    party = provider.party()
    first, _ = received(party, browser)
    provider.clock.advance(600)
    asked = {"acr_values": f"{ACR}1", "max_age": "300"}
    page = browser.follow(party.authorize(browser, **asked))
    assert page.request.path.endswith("/sign-in")
    answer = browser.submit(page, username=person.mobile, password="correct horse 9 battery")
    second = contents(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert second["auth_time"] >= first["auth_time"] + 600
    assert second["acr"] == f"{ACR}1"
