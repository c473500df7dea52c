"""What a portal wishes for, as citizens are told: ways, levels, a second factor, verified claims, and ways that are shut."""

import json
from typing import Any

import pyotp
import pytest

from idp.domain.channel import Redirect
from idp.domain.client import ChannelPolicy, ConsentPolicy
from idp.domain.evidence import Strength
from tests.browser.place import ACR, ask, choose, open_place, password, visits
from tests.browser.road import tab_to
from tests.browser.test_steps_of_a_channel import VIEWS
from tests.browser.test_whose_number import prove
from tests.browser.visitor import DESKTOP
from tests.people.doubles import ScriptedChannel, facts_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
EVIDENCE = [{"type": {"value": "electronic_record"}, "check_details": [{"check_method": None}]}]


@pytest.fixture
def channels():
    def channel(name: str, zh: str, en: str, strength: Strength, **more: Any) -> ScriptedChannel:
        words = {"label_zh": zh, "label_en": en, "hint_zh": f"使用{zh}核验", "hint_en": f"By way of: {en}"}
        return ScriptedChannel(facts_of(name, strength=strength, source=name, **words, **more))

    return {
        "wallet": channel("wallet", "电子钱包", "Wallet", Strength.POSSESSION),
        "card": channel("card", "银行卡", "Bank card", Strength.POSSESSION),
        "counter": channel("counter", "政务服务大厅窗口", "Service counter", Strength.PRESENCE),
    }


@pytest.fixture
def place(tmp_path, _database_template, fast_wire, channels):
    with open_place(tmp_path, _database_template, fast_wire, channels=channels) as made:
        for channel in channels.values():
            channel.begins_with = Redirect(f"{made.origin('PORTAL_A')}/elsewhere")
        yield made


@pytest.fixture
def visit(place, chromium, tmp_path):
    with visits(chromium, place, tmp_path) as begin:
        yield begin


@VIEWS
def test_suggested_ways_stand_first_and_required_ones_alone(visit, place, language, size):
    visitor, person = visit(language=language, size=size), place.provider.citizen()
    ask(visitor, place.party(channels=("counter", "card")), acr_values=f"{ACR}2")
    password(visitor, person)
    visitor.look("suggested")
    assert visitor.page.locator("main a.way").count() == 3
    required = place.party(client_id="strict", channels=("counter",), channel_policy=ChannelPolicy.REQUIRE)
    ask(visitor, required, acr_values=f"{ACR}2")
    visitor.look("required")
    assert visitor.page.locator("main a.way").count() == 1
    choose(visitor, "counter")
    visitor.look("the-only-way")
    assert not visitor.shows(visitor.words("Choose another way")), "there is no other"


@VIEWS
def test_a_way_that_is_shut_says_until_when_and_can_be_tried_all_the_same(visit, place, language, size):
    visitor, person = visit(language=language, size=size), place.provider.citizen()
    now = place.provider.clock.now()
    place.provider.stores.channel_states.pause("card", until=now + 1200, now=now)
    ask(visitor, place.party(), acr_values=f"{ACR}2")
    password(visitor, person)
    visitor.look("ways")
    assert visitor.page.locator(".way-closed").count() == 1


@VIEWS
def test_the_highest_level_asks_for_the_authenticator_besides_the_counter(visit, place, channels, language, size):
    visitor, person = visit(language=language, size=size), place.provider.citizen()
    place.provider.stores.credentials.set_totp_secret(person.id, SECRET, now=place.provider.clock.now())
    words = visitor.words
    party = place.party()
    ask(visitor, party, acr_values=f"{ACR}1")
    password(visitor, person)
    visitor.look("second-factor-at-sign-in")
    visitor.fill("otp", pyotp.TOTP(SECRET).at(int(place.provider.clock.now())))
    visitor.press(words("Confirm"))
    assert visitor.at("PORTAL_A")


@VIEWS
def test_a_running_sign_in_is_stepped_up_by_the_authenticator(visit, place, channels, language, size):
    visitor, person = visit(language=language, size=size), place.provider.citizen()
    words = visitor.words
    ask(visitor, place.party(), acr_values=f"{ACR}3")
    password(visitor, person)
    visitor.look("ways-to-the-highest")
    prove(visitor, channels, "counter")
    visitor.look("a-second-factor-is-missing-and-there-is-none")
    place.provider.stores.credentials.set_totp_secret(person.id, SECRET, now=place.provider.clock.now())
    visitor.page.reload()
    visitor.look("a-second-factor-is-missing")
    visitor.press(words("Use the code of my authenticator app"))
    visitor.look("second-factor")
    visitor.fill("otp", pyotp.TOTP(SECRET).at(int(place.provider.clock.now())))
    visitor.press(words("Confirm"))
    assert visitor.at("PORTAL_A")


@VIEWS
def test_consent_says_which_claims_are_verified_and_by_what(visit, place, language, size):
    visitor, person = visit(language=language, size=size), place.provider.citizen()
    verification = {"trust_framework": None, "assurance_level": None, "evidence": EVIDENCE}
    name, number = {"name": None, "birthdate": None}, {"urn:yihaotong:claims:id_number": None}
    asked = {"userinfo": {"verified_claims": {"verification": verification, "claims": name | number}, "gender": None}}
    ask(visitor, place.party(consent=ConsentPolicy.EXPLICIT, verified_claims=True), claims=json.dumps(asked))
    password(visitor, person)
    visitor.look("consent")
    assert visitor.shows(visitor.words("It also asks how we know"))
    visitor.press(visitor.words("Agree and go on"))
    visitor.go("PROVIDER", "/account")
    visitor.look("account-with-what-was-agreed")


def test_the_keyboard_alone_goes_by_the_way_that_a_portal_requires(visit, place, channels):
    visitor, person = visit(language="zh-CN", size=DESKTOP, script=True), place.provider.citizen()
    required = place.party(channels=("counter",), channel_policy=ChannelPolicy.REQUIRE)
    ask(visitor, required, acr_values=f"{ACR}2")
    password(visitor, person)
    tab_to(visitor, tag="A", text="政务服务大厅窗口\n      使用政务服务大厅窗口核验")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    tab_to(visitor, text=visitor.words("Go to the check"))
