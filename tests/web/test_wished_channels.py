"""Channels a portal suggests or requires, where citizens choose; and the second factor that level 3 needs."""

import base64
import json
from pathlib import Path

import pyotp
import pytest
from lxml import html

from idp.domain.channel import Redirect, Verified
from idp.domain.claims import ClaimName
from idp.domain.client import ChannelPolicy
from idp.domain.evidence import Strength
from idp.stores.redis.wire import Wire
from tests.people.doubles import ScriptedChannel, facts_of
from tests.provider import answer_of, open_provider

NAME, NUMBER = "张三", "370102190103070012"
ACR = "urn:yihaotong:realname:"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def channel(name, strength, source, label, **more):
    facts = facts_of(name, strength=strength, source=source, label_zh=label, label_en=label, **more)
    return ScriptedChannel(facts, begins_with=Redirect(f"https://{name}.example/go"))


@pytest.fixture
def channels():
    return {
        "wallet": channel("wallet", Strength.POSSESSION, "ant", "钱包"),
        "card": channel("card", Strength.POSSESSION, "bank", "银行卡"),
        "scan": channel("scan", Strength.PRESENCE, "scan", "刷脸", amr="face"),
        "counter": channel("counter", Strength.PRESENCE, "counter", "窗口"),
    }


@pytest.fixture
def provider(tmp_path: Path, _database_template: Path, fast_wire: Wire, channels):
    with open_provider(tmp_path, _database_template, fast_wire, channels=channels) as made:
        yield made


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def ways(page):
    return [href.rsplit("/", 1)[1] for href in html.fromstring(page.text).xpath("//a[@class='way']/@href")]


def main(page):
    return " ".join(html.fromstring(page.text).xpath("//main")[0].text_content().split())


def contents(token):
    middle = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def prove(provider, browser, channels, page, name):
    channels[name].answers = [Verified({ClaimName.NAME: NAME, ClaimName.ID_NUMBER: NUMBER}, "T1")]
    start = "/".join(page.request.path.split("/")[:3])
    page = browser.get(f"{start}/prove/{name}")
    return browser.follow(browser.get(f"{page.request.path}/return", query_string={"code": "c"}))


def test_suggested_channels_come_first_and_the_citizen_is_told(provider, browser):
    party = provider.party(channels=("counter", "card"))
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}2"))
    assert ways(page)[:2] == ["counter", "card"]
    assert len(ways(page)) == 4
    assert "办事大厅建议使用：窗口；银行卡" in main(page)
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}2", channel_hint="card wallet nonsense"))
    assert ways(page)[:2] == ["card", "counter"]


def test_required_channels_are_the_only_ones_offered(provider, browser):
    party = provider.party(channels=("counter", "card"), channel_policy=ChannelPolicy.REQUIRE)
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}2"))
    assert ways(page) == ["counter", "card"]
    assert "办事大厅要求使用：" in main(page)
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}2", channel_hint="card"))
    assert ways(page) == ["card"]
    start = "/".join(page.request.path.split("/")[:3])
    assert browser.follow(browser.get(f"{start}/prove/wallet")).request.path == f"{start}/prove"


def test_a_hint_of_a_client_without_channels_changes_nothing(provider, browser):
    page = browser.follow(provider.party().authorize(browser, acr_values=f"{ACR}2", channel_hint="counter"))
    assert ways(page)[0] == "wallet"
    assert "建议使用" not in main(page)


def test_a_face_check_in_this_sign_in_is_its_second_factor(provider, browser, channels):
    party = provider.party()
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}3"))
    answer = prove(provider, browser, channels, page, "scan")
    token = contents(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert token["acr"] == f"{ACR}3"
    assert token["amr"] == ["pwd", "face", "mfa"]
    assert token["auth_time"] == int(provider.clock.now())


def test_the_counter_alone_does_not_make_a_password_two_factors(provider, browser, channels):
    party = provider.party()
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}3"))
    page = prove(provider, browser, channels, page, "counter")
    assert page.request.path.endswith("/prove")
    assert ways(page) == ["scan"]
    assert "本次登录除密码外再验证一次" in main(page)
    assert "身份验证器中的验证码" not in html.fromstring(page.text).xpath("string(//main//form)")


def test_an_authenticator_steps_the_running_session_up(provider, browser, channels, person):
    party = provider.party()
    page = prove(provider, browser, channels, browser.follow(party.authorize(browser, acr_values=f"{ACR}3")), "counter")
    provider.stores.credentials.set_totp_secret(person.id, SECRET, now=provider.clock.now())
    page = browser.get(page.request.path)
    [action] = html.fromstring(page.text).xpath("//form[contains(@action, 'prove-second-factor')]/@action")
    [token] = html.fromstring(page.text).xpath(f"//form[@action='{action}']//input[@name='csrf_token']/@value")
    before = browser.cookie("__Host-yht_session")
    page = browser.follow(browser.post(action, {"csrf_token": token}))
    assert page.request.path.endswith("/second-factor")
    answer = browser.submit(page, otp=pyotp.TOTP(SECRET).at(int(provider.clock.now())))
    told = contents(party.redeem(answer_of(answer)["code"]).json["id_token"])
    assert told["acr"] == f"{ACR}3"
    assert told["amr"] == ["pwd", "otp", "mfa"]
    assert browser.cookie("__Host-yht_session") != before


def test_a_step_up_whose_session_ended_begins_at_the_password(provider, browser, channels, person):
    party = provider.party()
    provider.stores.credentials.set_totp_secret(person.id, SECRET, now=provider.clock.now())
    page = browser.follow(party.authorize(browser, acr_values=f"{ACR}3"))
    [action] = html.fromstring(page.text).xpath("//form[contains(@action, 'prove-second-factor')]/@action")
    [token] = html.fromstring(page.text).xpath(f"//form[@action='{action}']//input[@name='csrf_token']/@value")
    page = browser.follow(browser.post(action, {"csrf_token": token}))
    assert page.request.path.endswith("/second-factor")
    provider.stores.sessions.end(browser.cookie("__Host-yht_session"), now=provider.clock.now())
    assert browser.follow(browser.get(page.request.path)).request.path.endswith("/sign-in")
