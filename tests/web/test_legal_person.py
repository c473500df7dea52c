"""For whom the citizen acts: chosen at a portal that asks, told to that portal alone, for as long as it holds."""

import json
from pathlib import Path

import pytest
from lxml import html

from adapters.sandbox.credentials import registry_settings
from idp.domain.audit_organisations import ActingChosen, StandingProved, StandingRemoved
from idp.domain.channel import Scan
from idp.domain.claims import ClaimName
from idp.domain.client import ConsentPolicy
from idp.domain.organisations import ACTING_SECONDS
from idp.stores.redis.wire import Wire
from tests.adapters.registry import TEST_COMPANY, decide
from tests.adapters.rigs import SANDBOX
from tests.provider import answer_of, open_provider

QIAN = {"name": "钱大", "id_number": "37010219040404001X"}
CLAIM = ClaimName.LEGAL_PERSON.value
ASKS = {"scope": "openid legal_person"}
COMPANY = {
    "organisation_name": "山东测试科技有限公司",
    "credit_code": "91370100MA0TEXT00H",
    "role": "legal_representative",
}
INSISTS = json.dumps({"userinfo": {CLAIM: {"essential": True}}})


@pytest.fixture
def way():
    """How the register confirms who stands for an organisation."""
    return "four_elements"


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire, way: str):
    settings = {"business_registry": registry_settings(way, SANDBOX)}
    with open_provider(tmp_path, _database_template, fast_wire, more=["business_registry"], changes=settings) as made:
        yield made


@pytest.fixture
def qian(provider):
    """The legal representative of the sandbox's company, at level 2."""
    person = provider.citizen(**QIAN)
    provider.possesses(person)
    return person


@pytest.fixture
def browser(provider, qian):
    browser = provider.browser()
    assert browser.sign_in(qian).status_code == 200
    return browser


def asked(provider, browser, party=None, **changes):
    party = party or provider.party()
    return browser.follow(party.authorize(browser, **(ASKS | changes)))


def prove(browser, page):
    """From the page of the choice over the register's own page to what comes next."""
    address = html.fromstring(page.text).xpath("//a[@class='way']/@href")[0]
    return browser.submit(browser.follow(browser.get(address)), **TEST_COMPANY)


def told(party, answer):
    tokens = party.redeem(answer_of(answer)["code"]).json
    return party.userinfo(tokens["access_token"]).json, tokens


def at_choice(page):
    return page.request.path.endswith("/act-for")


def buttons(page):
    return html.fromstring(page.text).xpath("//button[@name='choice']/@value")


def test_who_proves_an_organisation_acts_for_it_and_the_portal_is_told(provider, browser):
    party = provider.party()
    page = asked(provider, browser, party)
    assert at_choice(page)
    assert buttons(page) == ["myself"]
    claims, tokens = told(party, prove(browser, page))
    verified_at = claims[CLAIM].pop("verified_at")
    assert claims[CLAIM] == COMPANY
    assert verified_at.endswith("Z")
    assert set(claims) == {"sub", CLAIM}  # nothing of it mixes with the person's own claims
    assert CLAIM not in tokens["id_token"]


def test_a_live_organisation_is_chosen_and_another_portal_is_not_told(provider, browser):
    party, other = provider.party(), provider.party("other")
    told(party, prove(browser, asked(provider, browser, party)))
    quiet, _ = told(other, browser.follow(other.authorize(browser)))
    assert CLAIM not in quiet
    page = asked(provider, browser, other)
    assert at_choice(page)
    organisation, _myself = buttons(page)
    assert "山东测试科技有限公司" in page.text
    claims, _ = told(other, browser.submit(page, choice=organisation))
    assert claims[CLAIM]["credit_code"] == COMPANY["credit_code"]


def test_for_oneself_alone_nothing_is_told(provider, browser):
    party = provider.party()
    claims, _ = told(party, browser.submit(asked(provider, browser, party), choice="myself"))
    assert claims == {"sub": claims["sub"]}


def test_the_choice_lasts_for_the_session_in_one_round_trip(provider, browser):
    party = provider.party()
    told(party, prove(browser, asked(provider, browser, party)))
    before = provider.wire.round_trips
    answer = party.authorize(browser, **ASKS)
    assert provider.wire.round_trips - before == 1
    claims, _ = told(party, answer)
    assert claims[CLAIM]["credit_code"] == COMPANY["credit_code"]
    again = party.authorize(
        browser, prompt="none", scope="openid legal_person phone"
    )  # another release: the same choice
    assert told(party, again)[0][CLAIM]["credit_code"] == COMPANY["credit_code"]


def test_a_request_that_does_not_ask_keeps_the_choice_for_one_that_does(provider, browser):
    party = provider.party()
    told(party, prove(browser, asked(provider, browser, party)))
    quiet, _ = told(party, browser.follow(party.authorize(browser, claims=json.dumps({"userinfo": {"name": None}}))))
    assert CLAIM not in quiet
    assert CLAIM in told(party, asked(provider, browser, party))[0]


@pytest.mark.parametrize("prompt", ["select_account", "consent"])
def test_a_portal_may_have_it_asked_again(provider, browser, prompt):
    party = provider.party()
    told(party, prove(browser, asked(provider, browser, party)))
    provider.clock.advance(1)
    page = asked(provider, browser, party, prompt=prompt)
    assert at_choice(page) is (prompt == "consent")
    if prompt == "select_account":
        page = browser.submit(page, choice="continue")
    assert at_choice(page)
    page = browser.submit(page, choice="myself")
    if prompt == "consent":
        assert "代表的企业" not in page.text
        page = browser.submit(page, decision="agree")
    assert CLAIM not in told(party, page)[0]


def test_without_pages_an_open_choice_is_an_interaction(provider, browser):
    party = provider.party()
    assert answer_of(party.authorize(browser, prompt="none", **ASKS))["error"] == "interaction_required"


def test_what_ran_out_is_told_no_more_and_asked_again(provider, browser):
    party = provider.party()
    tokens = told(party, prove(browser, asked(provider, browser, party, scope="openid legal_person offline_access")))[1]
    provider.clock.advance(ACTING_SECONDS - 60)
    fresh = party.refresh(tokens["refresh_token"]).json
    assert CLAIM in party.userinfo(fresh["access_token"]).json
    provider.clock.advance(61)
    assert CLAIM not in party.userinfo(fresh["access_token"]).json


def test_in_a_running_session_the_choice_ends_with_its_organisation(provider, browser, qian):
    party = provider.party()
    told(party, prove(browser, asked(provider, browser, party)))
    provider.clock.advance(ACTING_SECONDS - 600)
    browser.sign_in(qian)
    organisation, _myself = buttons(page := asked(provider, browser, party))
    told(party, browser.submit(page, choice=organisation))
    provider.clock.advance(599)
    assert answer_of(party.authorize(browser, **ASKS))["code"]
    provider.clock.advance(1)
    assert buttons(asked(provider, browser, party)) == ["myself"]


def test_who_takes_it_away_is_asked_again_and_what_the_portal_had_ends(provider, browser, qian):
    party = provider.party()
    _claims, tokens = told(party, prove(browser, asked(provider, browser, party)))
    account = browser.follow(browser.get("/account"))
    assert "山东测试科技有限公司" in account.text
    (address,) = html.fromstring(account.text).xpath("//a[contains(@href, '/account/organisations/')]/@href")
    page = browser.get(address)
    form = html.fromstring(page.text).xpath(f"//form[@action='{address}']")[0]
    done = browser.follow(browser.post(address, dict(form.form_values())))
    assert "山东测试科技有限公司" not in done.text
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert buttons(asked(provider, browser, party)) == ["myself"]
    provider.drain()
    kinds = [entry.kind for entry in provider.stores.audit.recent(qian.id, limit=50)]
    assert {StandingProved.kind, ActingChosen.kind, StandingRemoved.kind} <= set(kinds)


def test_below_level_two_nobody_is_asked_and_nothing_is_told(provider):
    person, browser, party = provider.citizen(**QIAN), provider.browser(), provider.party()
    browser.sign_in(person)
    assert told(party, party.authorize(browser, **ASKS))[0].keys() == {"sub"}


def test_the_account_page_proves_one_beforehand(provider, browser):
    account = browser.follow(browser.get("/account"))
    action = "/account/organisations"
    form = html.fromstring(account.text).xpath(f"//form[@action='{action}']")[0]
    page = browser.follow(browser.post(action, dict(form.form_values())))
    assert at_choice(page)
    assert buttons(page) == []
    account = prove(browser, page)
    assert account.request.path == "/account"
    assert "山东测试科技有限公司" in account.text
    assert len(buttons(asked(provider, browser))) == 2


def test_asked_for_by_name_it_is_told_where_it_was_asked_for(provider, browser):
    party = provider.party(scopes=frozenset({"openid", "legal_person"}))
    claims = json.dumps({"userinfo": {CLAIM: None}})
    told_claims, _ = told(party, prove(browser, asked(provider, browser, party, scope="openid", claims=claims)))
    assert told_claims[CLAIM]["role"] == "legal_representative"


def test_a_portal_that_insists_is_for_those_who_act(provider, browser):
    party = provider.party()
    page = asked(provider, browser, party, scope="openid", claims=INSISTS)
    assert at_choice(page)
    assert buttons(page) == ["back"]
    refused = browser.post(page.request.path, {"csrf_token": token_of(page), "choice": "myself"})
    assert at_choice(browser.follow(refused))
    assert answer_of(browser.submit(page, choice="back"))["error"] == "access_denied"


def test_a_client_that_is_not_registered_for_it_is_told_nothing_however_it_asks(provider, browser):
    party = provider.party(scopes=frozenset({"openid", "profile"}))
    assert told(party, party.authorize(browser, **ASKS, claims=INSISTS))[0].keys() == {"sub"}


def test_the_consent_names_the_organisation_that_was_chosen(provider, browser):
    party = provider.party(consent=ConsentPolicy.EXPLICIT)
    page = prove(browser, asked(provider, browser, party))
    assert page.request.path.endswith("/consent")
    assert "山东测试科技有限公司" in page.text
    assert CLAIM in told(party, browser.submit(page, decision="agree"))[0]


def test_a_wrong_company_lets_nobody_act(provider, browser):
    page = asked(provider, browser)
    address = html.fromstring(page.text).xpath("//a[@class='way']/@href")[0]
    form = browser.follow(browser.get(address))
    again = browser.submit(form, organisation_name="山东试测科技有限公司", credit_code=COMPANY["credit_code"])
    assert again.request.path.endswith("/prove/business_registry")
    assert buttons(asked(provider, browser)) == ["myself"]


@pytest.mark.parametrize("way", ["record"])
def test_the_record_check_alone_lets_nobody_act(provider, browser):
    party = provider.party()
    assert told(party, party.authorize(browser, **ASKS))[0].keys() == {"sub"}  # there is nothing to choose from
    page = asked(provider, browser, party, claims=INSISTS)
    assert at_choice(page)
    assert html.fromstring(page.text).xpath("//a[@class='way']") == []
    register = page.request.path.replace("/act-for", "/prove/business_registry")
    assert at_choice(browser.follow(browser.get(register)))


@pytest.mark.parametrize("way", ["e_licence"])
def test_who_shows_the_licence_of_an_organisation_acts_for_it(provider):
    person, browser, party = provider.citizen(**QIAN), provider.browser(), provider.party()
    provider.possesses(person)
    browser.sign_in(person)
    page = asked(provider, browser, party)
    waiting = browser.follow(browser.get(html.fromstring(page.text).xpath("//a[@class='way']/@href")[0]))
    scanned = html.fromstring(waiting.text).xpath("//details//code/text()")[0]
    assert decide(provider.sandbox, Scan(scanned), 0) == 200
    claims, _ = told(party, browser.follow(browser.get(waiting.request.path)))
    assert claims[CLAIM]["credit_code"] == COMPANY["credit_code"]


def test_somebody_elses_standing_is_no_choice(provider, browser):
    page = asked(provider, browser)
    sent = browser.post(page.request.path, {"csrf_token": token_of(page), "choice": "0" * 32})
    assert at_choice(browser.follow(sent))


def token_of(page):
    return html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
