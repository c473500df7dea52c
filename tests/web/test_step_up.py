"""Step-up in the running session: a client asks for more, the citizen proves more, and the next token says so."""

import base64
import json
from pathlib import Path

import pytest
from lxml import html

from idp.domain.assurance import Level
from idp.domain.channel import Reason, Redirect, Rejected, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import Unavailable
from idp.domain.evidence import Strength
from idp.stores.redis.wire import Wire
from tests.people.doubles import ScriptedChannel, facts_of
from tests.provider import PASSWORD, answer_of, open_provider

NAME, NUMBER = "张三", "370102190103070012"
LI = {"name": "李思", "id_number": "370102190204150003"}
ACR_2 = "urn:yihaotong:realname:2"


def _channel(name, strength, source, label):
    facts = facts_of(name, strength=strength, source=source, label_zh=label, label_en=label)
    return ScriptedChannel(facts, begins_with=Redirect(f"https://{name}.example/go"))


@pytest.fixture
def channels():
    return {
        "wallet": _channel("wallet", Strength.POSSESSION, "ant", "钱包"),
        "card": _channel("card", Strength.POSSESSION, "bank", "银行卡"),
        "counter": _channel("counter", Strength.PRESENCE, "counter", "窗口"),
        "record": _channel("record", Strength.KNOWLEDGE, "registry", "登记"),
    }


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire, channels):
    with open_provider(tmp_path, _database_template, fast_wire, channels=channels) as made:
        yield made


def _verified(name=NAME, number=NUMBER):
    return Verified({ClaimName.NAME: name, ClaimName.ID_NUMBER: number}, "T1")


def _ways(page):
    return [href.rsplit("/", 1)[1] for href in html.fromstring(page.text).xpath("//a[@class='way']/@href")]


def _journey(page):
    return "/".join(page.request.path.split("/")[:3])


def _claims(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def test_a_session_of_level_1_proves_more_and_the_token_says_level_2(provider, channels):
    party, browser, person = provider.party(), provider.browser(), provider.citizen()
    browser.sign_in(person)
    first = _claims(party.tokens(browser)["id_token"])
    assert first["acr"] == "urn:yihaotong:realname:1"
    before = browser.cookie("__Host-yht_session")
    provider.clock.advance(60)
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    assert page.request.path.endswith("/prove")  # no second sign-in
    assert _ways(page) == ["wallet", "card", "counter"]
    channels["wallet"].answers = [_verified()]
    page = browser.get(f"{_journey(page)}/prove/wallet")
    known = channels["wallet"].begun[0].known
    assert known == {ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}
    answer = browser.follow(browser.get(f"{page.request.path}/return", query_string={"code": "c"}))
    tokens = party.redeem(answer_of(answer)["code"]).json
    second = _claims(tokens["id_token"])
    assert second["acr"] == ACR_2
    assert second["sub"] == first["sub"]
    assert second["auth_time"] == first["auth_time"]  # a proof is no authentication
    assert browser.cookie("__Host-yht_session") not in {None, before}
    assert "code" in answer_of(party.authorize(browser, acr_values=ACR_2))  # no page any more


def test_the_channels_of_level_2_are_offered_only_after_level_1(provider, channels):
    party, browser, person = (
        provider.party(minimum_level=Level.MEDIUM),
        provider.browser(),
        provider.citizen(2, level=0),
    )
    page = browser.follow(party.authorize(browser))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    assert _ways(page) == ["police_population"]
    later = html.fromstring(page.text).xpath("//h2[.='之后还有一步']/following-sibling::ul/li/text()")
    assert later == ["钱包", "银行卡", "窗口"]
    journey = _journey(page)
    assert browser.follow(browser.get(f"{journey}/prove/wallet")).request.path == f"{journey}/prove"
    assert not channels["wallet"].begun
    page = browser.submit(browser.get(f"{journey}/prove/police_population"), **LI)
    assert page.request.path == f"{journey}/prove"
    assert _ways(page) == ["wallet", "card", "counter"]
    assert browser.follow(browser.get(f"{journey}/prove/police_population")).request.path == f"{journey}/prove"
    channels["card"].answers = [_verified(LI["name"], LI["id_number"])]
    browser.get(f"{journey}/prove/card")
    answer = browser.follow(browser.get(f"{journey}/prove/card/return"))
    assert _claims(party.redeem(answer_of(answer)["code"]).json["id_token"])["acr"] == ACR_2


def _at_level_2(provider):
    party, browser, person = provider.party(minimum_level=Level.MEDIUM), provider.browser(), provider.citizen()
    page = browser.follow(party.authorize(browser))
    return browser, browser.submit(page, username=person.mobile, password=PASSWORD)


def test_after_a_refusal_the_ways_of_the_same_strength_come_first_and_the_refused_one_after_them(provider, channels):
    browser, page = _at_level_2(provider)
    channels["counter"].answers = [Rejected(Reason.USER_CANCELLED)]
    browser.get(f"{_journey(page)}/prove/counter")
    refused = browser.follow(browser.get(f"{_journey(page)}/prove/counter/return"))
    assert _ways(refused) == ["wallet", "card"]
    channels["wallet"].answers = [Rejected(Reason.USER_CANCELLED)]
    browser.get(f"{_journey(page)}/prove/wallet")
    refused = browser.follow(browser.get(f"{_journey(page)}/prove/wallet/return"))
    assert _ways(refused) == ["card", "counter"]
    assert _ways(browser.get(f"{_journey(page)}/prove")) == ["card", "counter", "wallet"]


def test_a_way_that_does_not_answer_is_shown_last_with_when_it_is_expected_back(provider, channels):
    browser, page = _at_level_2(provider)
    channels["wallet"].begins_with = Unavailable("wallet", "night", retry_at=provider.clock.now() + 600)
    closed = browser.get(f"{_journey(page)}/prove/wallet")
    assert closed.status_code == 503
    assert closed.headers["Retry-After"] == "600"
    assert "没有消耗次数" in closed.text
    assert _ways(closed) == ["card", "counter"]
    page = browser.get(f"{_journey(page)}/prove")
    assert _ways(page) == ["card", "counter"]
    [told] = html.fromstring(page.text).xpath("//div[contains(@class, 'way-closed')]/span/text()")
    assert told.startswith("暂不可用，预计 ")
    provider.clock.advance(600)
    assert "wallet" in _ways(browser.get(f"{_journey(page)}/prove"))


def test_a_level_that_can_be_reached_half_way_leads_half_way(provider, channels):
    for name in ("wallet", "card", "counter"):
        del provider.channels[name]
    party, browser, person = provider.party(), provider.browser(), provider.citizen(2, level=0)
    page = browser.follow(party.authorize(browser, acr_values=ACR_2))
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    assert _ways(page) == ["police_population"]
    assert "本页的方式达不到这一等级" in page.text
