"""A bank card, an electronic business licence and a service counter, each walked from a portal to its answer."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pyotp
import pytest
import yaml
from playwright.sync_api import Page

from examples.demo.material import CITIZENS
from tests.browser.road import new_mobile, register, sign_in
from tests.browser.visitor import DESKTOP, PHONE, Visitor

CARD, LICENCE, COUNTER = "unionpay_card", "business_registry", "counter_verify"


def ask_for(visitor: Visitor, level: int) -> None:
    """Portal A asks for a level: its own request, with another ``acr_values``."""
    sign_in_here = f"{visitor.demo.origin('PORTAL_A')}/sign-in"
    speaks = {"Accept-Language": visitor.words.language}
    answer = visitor.context.request.get(sign_in_here, headers=speaks, max_redirects=0)
    parts = urlsplit(answer.headers["location"])
    asked = dict(parse_qsl(parts.query)) | {"acr_values": f"urn:yihaotong:realname:{level}"}
    visitor.page.goto(urlunsplit(parts._replace(query=urlencode(asked))))


def has_an_account(key: str) -> dict[str, str]:
    """Somebody whom ``make run`` opens an account for, at level 1."""
    return next(row for row in yaml.safe_load(CITIZENS.read_text(encoding="utf-8")) if row["login_name"] == key)


def choose(visitor: Visitor, channel: str) -> None:
    visitor.page.locator(f"main a.way[href$='{channel}']").click()


def answered(visitor: Visitor, level: int) -> None:
    """Consent where it is asked for, and the portal has what it asked for."""
    agree = visitor.page.get_by_role("button", name=visitor.words("Agree and go on"))
    visitor.page.locator("[data-claim='acr']").or_(agree).first.wait_for()
    if agree.is_visible():
        agree.click()
    assert visitor.at("PORTAL_A")
    assert visitor.page.locator("[data-claim='acr']").inner_text() == f"urn:yihaotong:realname:{level}"


@contextmanager
def other_screen(visitor: Visitor, address: str) -> Iterator[Page]:
    """The phone with the app, or the officer's desk."""
    tab = visitor.context.new_page()
    try:
        tab.goto(address)
        yield tab
    finally:
        tab.close()


@contextmanager
def broken(visitor: Visitor, channel: str) -> Iterator[None]:
    """The upstream is down meanwhile."""
    faults = f"{visitor.demo.origin('SANDBOX')}/__control/faults"
    token = re.search(r"/control\?token=(\S+)", visitor.demo.said)
    headers = {"Authorization": f"Bearer {token[1]}"} if token else {}
    fault = json.dumps({"channel": channel, "mode": "maintenance"})
    control = visitor.context.request
    answer = control.put(faults, data=fault, headers=headers | {"Content-Type": "application/json"})
    assert answer.ok, answer.text()
    try:
        yield
    finally:
        assert control.delete(faults, headers=headers).ok


def test_a_card_with_a_wrong_number_a_bank_that_fails_and_a_code_to_its_phone(visit, person):
    visitor, who, account = visit(language="zh-CN", size=PHONE), person("zhang_san"), has_an_account("zhangsan")
    words, page = visitor.words, visitor.page
    ask_for(visitor, 2)
    sign_in(visitor, account["login_name"], account["password"])
    choose(visitor, CARD)
    visitor.look("card")
    visitor.refused(400, 503)
    visitor.fill("bank_card", who.bank_card[:-1] + "0")
    visitor.fill("mobile", who.mobile)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    visitor.look("card-mistyped")
    assert page.locator("[name='mobile']").input_value() == who.mobile
    visitor.fill("bank_card", who.bank_card)
    with broken(visitor, "unionpay"):
        visitor.press(words("Check"))
        visitor.look("card-bank-down")
        assert page.locator("[name='bank_card']").input_value() == who.bank_card
        assert page.locator("main a.way").count(), "other ways are there"
    visitor.press(words("Check"))
    visitor.look("code")
    visitor.fill("sms_code", "000000")
    visitor.press(words("Check"))
    visitor.look("code-wrong")
    visitor.fill("sms_code", visitor.code_for(who.mobile))
    visitor.press(words("Check"))
    answered(visitor, 2)
    visitor.go("PROVIDER", "/account")  # others of this run sign in as this person, and are asked for consent again
    page.locator("section[aria-labelledby='portals'] a").click()
    visitor.press(words("Disconnect"))


def test_a_licence_is_shown_on_the_phone_with_the_number_of_the_page(visit, person):
    visitor, who = visit(language="zh-CN", size=PHONE), person("legal")
    words, page = visitor.words, visitor.page
    ask_for(visitor, 2)
    register(visitor, new_mobile())
    choose(visitor, "police_population")
    visitor.fill("name", who.name)
    visitor.fill("id_number", who.id_number)
    visitor.press(words("Check"))
    visitor.look("ways-after-level-1")
    choose(visitor, LICENCE)
    visitor.look("scan")
    with other_screen(visitor, _address(page)) as phone:
        visitor.look("licence-app", phone)
        phone.get_by_role("button", name="拒绝").click()
        visitor.look("licence-app-refused", phone)
    again = page.get_by_role("button", name=words("Begin again"))
    again.wait_for()
    visitor.look("refused")
    again.click()
    with other_screen(visitor, _address(page)) as phone:
        assert phone.locator(".match").inner_text() == page.locator("main .match strong").inner_text()
        phone.locator("input[name='licence']").first.check()
        phone.get_by_role("button", name="确认出示").click()
    answered(visitor, 2)


def _address(page: Page) -> str:
    """What the phone's camera would read."""
    return page.locator("main details code").text_content() or ""


def _desk_work(visitor: Visitor, card: str, *, look: bool) -> None:
    """The officer at the desk: opens the code, reads the card, asks the register, vouches."""
    code = visitor.page.locator("main .match strong").inner_text()
    with other_screen(visitor, f"{visitor.demo.origin('SANDBOX')}/counter/desk/W-0602") as desk:
        desk.locator("[name='code']").fill(code.lower())
        desk.get_by_role("button", name="打开").click()
        desk.locator("[name='card']").select_option(card)
        desk.locator("[name='condition']").select_option("empty")
        desk.get_by_role("button", name="读取").click()
        if look:
            visitor.look("desk-empty-slot", desk)
        desk.locator("[name='card']").select_option(card)
        desk.locator("[name='condition']").select_option("good")
        desk.get_by_role("button", name="读取").click()
        desk.get_by_role("button", name="向公安人口库核查").click()
        if look:
            visitor.look("desk-read", desk)
        desk.locator("#officer_states").check()
        desk.locator("#citizen_confirms").check()
        desk.get_by_role("button", name="核验通过").click()
        if look:
            visitor.look("desk-receipt", desk)


def test_an_officer_vouches_for_somebody_whom_no_register_knows(visit, person):
    visitor, who = visit(language="zh-CN", size=PHONE), person("missing")
    ask_for(visitor, 2)
    register(visitor, new_mobile())
    visitor.look("ways")
    choose(visitor, "police_population")
    visitor.fill("name", who.name)
    visitor.fill("id_number", who.id_number)
    visitor.press(visitor.words("Check"))
    visitor.look("not-found")
    choose(visitor, COUNTER)
    visitor.look("code-for-the-officer")
    _desk_work(visitor, "missing", look=True)
    answered(visitor, 2)


@pytest.mark.parametrize("size", [pytest.param(DESKTOP, id="desktop")])
def test_two_factors_and_an_officer_are_the_highest_level(visit, size):
    visitor, account = visit(language="en", size=size), has_an_account("zhengrun")
    ask_for(visitor, 3)
    sign_in(visitor, account["login_name"], account["password"])
    visitor.fill("otp", pyotp.TOTP(account["totp_secret"]).now())
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    visitor.look("ways")
    choose(visitor, COUNTER)
    visitor.look("code-for-the-officer")
    _desk_work(visitor, "leap", look=False)
    answered(visitor, 3)
