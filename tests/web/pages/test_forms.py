"""What was typed wrongly is said beside its field, and kept; a form without its token does nothing."""

import itertools

import pytest
from lxml import html

from idp.web.pages.browser import device_label
from tests.provider import PASSWORD
from tests.web.pages import acting, elsewhere
from tests.web.pages.conftest import LI, PAGES, ZHANG, posts

MARKUP = "\"><script>alert(1)</script>&'"

TYPED = {
    "decision": "agree", "choice": "other", "language": "en", "elder": "on", "back": "/", "mobile": "19900000005",
    "code": "123456", "otp": "123456", "user_code": "4821-0937-5526", "match": "00",
    "username": "19900000001", "password": PASSWORD, "password_again": PASSWORD, **LI,
}  # fmt: skip
FORMS = {
    "language": PAGES["home"],
    "elder": PAGES["home"],
    "sign_out": PAGES["show_sign_out"],
    "prove_more": PAGES["account"],
    "disconnect": PAGES["show_disconnect"],
    "end_session": PAGES["account"],
    "end_others": PAGES["account"],
    "authenticator": PAGES["show_authenticator"],
    "remove_authenticator": PAGES["authenticator_enrolled"],
    "face": PAGES["show_face"],
    "remove_face": PAGES["face_enrolled"],
    "withdraw_face_consent": PAGES["face_enrolled"],
    "opt_in": PAGES["show_opt_in"],
    "leave_opt_in": PAGES["show_opt_in"],
    "send_second_factor_text": PAGES["second_factor_choice"],
    "second_factor_text": PAGES["show_second_factor_text"],
    "prove_set_up": PAGES["factor_missing"],
    "set_up": PAGES["show_set_up"],
    "set_up_code": PAGES["show_set_up_code"],
    "set_up_app": PAGES["show_set_up_app"],
    "leave_set_up": PAGES["show_set_up"],
    "begin_link": PAGES["show_link"],
    "confirm_link": PAGES["show_link_confirm"],
    "unlink": PAGES["show_unlink"],
    "link_offer": PAGES["show_link_offer"],
    "cancel": PAGES["show_sign_in"],
    "sign_in": PAGES["show_sign_in"],
    "second_factor": PAGES["show_second_factor"],
    "start_over": PAGES["show_second_factor"],
    "choose": PAGES["show_choice"],
    "register": PAGES["show_register"],
    "register_code": PAGES["show_register_code"],
    "register_resend": PAGES["show_register_code"],
    "register_password": PAGES["show_register_password"],
    "decline": PAGES["show_prove"],
    "out_of_reach": PAGES["show_prove"],
    "prove_second_factor": PAGES["show_prove"],
    "channel": PAGES["show_channel"],
    "channel_again": PAGES["not_confirmed"],
    "leave_to_channel": PAGES["leave"],
    "merge": PAGES["show_merge"],
    "withdraw_claim": PAGES["show_merge"],
    "dispute": PAGES["show_dispute"],
    "join": PAGES["show_join"],
    "leave_apart": PAGES["show_join"],
    "part": PAGES["show_part"],
    "read_guardian_code": PAGES["show_guardian"],
    "guardian_code": PAGES["show_guardian"],
    "withdraw_guardian": PAGES["show_guardian"],
    "agree_as_guardian": PAGES["guardian_agree"],
    "consent": PAGES["show_consent"],
    **elsewhere.FORMS,
    **acting.FORMS,
}


def _said(page):
    """Sentences by field, each of which must also stand in the summary with a link to the field."""
    tree = html.fromstring(page.text)
    said = {
        e.get("id").removesuffix("-error"): e.text_content().replace("错误：", "").strip()
        for e in tree.xpath("//p[@class='field-error']")
    }
    linked = {a.get("href").removeprefix("#"): a.text for a in tree.xpath("//div[@class='summary']//a")}
    assert said == linked
    for field in said:
        box = tree.xpath(f"//input[@id='{field}']")[0]
        assert box.get("aria-invalid") == "true"
        assert f"{field}-error" in box.get("aria-describedby").split()
    assert tree.findtext(".//title").strip().startswith("错误：")
    return said


def _value(page, field):
    return html.fromstring(page.text).xpath(f"//input[@name='{field}']/@value")


@pytest.mark.parametrize(("typed", "sentence"), [
    ("", "请填写手机号。"),
    ("123", "这不是手机号。内地手机号为 11 位数字，以 1 开头。"),
    (MARKUP, "这不是手机号。内地手机号为 11 位数字，以 1 开头。"),
])  # fmt: skip
def test_a_wrong_mobile_number_is_said_and_kept(walk, typed, sentence):
    page = walk.browser.submit(walk.register(), mobile=typed)
    assert page.status_code == 400
    assert _said(page) == {"mobile": sentence}
    assert _value(page, "mobile") == [typed]
    assert "<script>" not in page.text


@pytest.mark.parametrize(("typed", "sentence"), [
    ("", "请输入短信中的 6 位验证码。"),
    ("12", "验证码为 6 位数字，请查看短信。"),
    ("999999", "验证码不正确，请查看短信。"),
])  # fmt: skip
def test_a_wrong_code_is_said(walk, typed, sentence):
    page = walk.register_code()
    assert walk.code_for("19900000009") != "999999"
    page = walk.browser.submit(page, code=typed)
    assert _said(page) == {"code": sentence}
    assert _value(page, "code") == [""]


def test_a_code_that_is_burnt_or_too_old_asks_for_a_new_one(walk):
    page = walk.register_code()
    for _ in range(5):
        page = walk.browser.submit(page, code="999999")
    assert _said(page) == {"code": "验证码已失效：尝试次数过多或已超时。请重新发送。"}


@pytest.mark.parametrize(("fields", "field"), [
    ({"password": "short", "password_again": "short"}, "password"),
    ({"password": "password1", "password_again": "password1"}, "password"),
    ({"password": "a" * 129, "password_again": "a" * 129}, "password"),
    ({"password": "19900000009", "password_again": "19900000009"}, "password"),
    ({"password": PASSWORD, "password_again": "another"}, "password_again"),
    ({"login_name": "abc"}, "login_name"),
    ({"login_name": "a" * 33}, "login_name"),
    ({"login_name": "<b>bold</b>"}, "login_name"),
    ({"login_name": "police"}, "login_name"),
    ({"login_name": "ZhangSan"}, "login_name"),
])  # fmt: skip
def test_a_refused_password_or_login_name_is_said_and_passwords_never_come_back(walk, fields, field):
    sent = {"login_name": "", "password": PASSWORD, "password_again": PASSWORD} | fields
    page = walk.browser.submit(walk.register_password(), **sent)
    assert page.status_code == 400
    assert list(_said(page)) == [field]
    assert _value(page, "password") == _value(page, "password_again") == [""] or not _value(page, "password")
    assert sent["password"] not in page.text
    assert _value(page, "login_name") == [sent["login_name"]]


@pytest.mark.parametrize(("number", "words"), [
    ("", "请填写证件号码。"),
    ("37010219020415000", "证件号码为 18 位，请与证件核对。"),
    ("3701021902041500O3", "证件号码只含数字，最后一位可以是 X。"),
    ("990102190204150003", "前两位不是任何省份的代码，请与证件核对。"),
    ("370102190202300000", "第 7 至 14 位是出生日期，您填写的日期不存在，请与证件核对。"),
    ("370102209901010000", "第 7 至 14 位是出生日期，您填写的日期晚于今天，请与证件核对。"),
    ("370102190204150004", "最后一位与前面各位不符，请与证件核对。"),
])  # fmt: skip
def test_a_wrong_id_number_says_which_part_and_keeps_what_was_typed(walk, number, words):
    number = number.replace("99", "00", 1) if number.startswith("99") else number
    page = walk.browser.submit(walk.channel(), name="李思", id_number=number)
    assert _said(page) == {"id_number": words}
    assert _value(page, "name") == ["李思"]
    assert _value(page, "id_number") == [number]


@pytest.mark.parametrize(("name", "words"), [
    ("", "请按证件填写姓名。"),
    ("李", "姓名至少两个字，请填写完整姓名。"),
    ("李" * 51, "姓名最多 50 个字，请按证件填写。"),
    (MARKUP, "姓名不能包含数字或 /、@ 等符号，可以使用间隔号（·）。"),
])  # fmt: skip
def test_a_wrong_name_is_said_and_kept_escaped(walk, name, words):
    page = walk.browser.submit(walk.channel(), **{**LI, "name": name})
    assert _said(page) == {"name": words}
    assert _value(page, "name") == [name]
    assert "<script>" not in page.text


def test_wrong_and_unknown_look_the_same_and_the_name_stays(walk):
    pages = []
    for name in (walk.proved.mobile, "nobody-here"):
        page = walk.browser.submit(walk.authorize(), username=name, password="wrong password")
        assert page.status_code == 400
        assert _value(page, "username") == [name]
        tree = html.fromstring(page.text)
        pages.append(tree.xpath("//div[@class='summary']")[0].text_content())
    assert pages[0] == pages[1]


def test_a_wrong_second_factor_is_said(walk):
    page = walk.browser.submit(walk.second_factor(), otp="000000")
    assert _said(page) == {"otp": "验证码不正确。请等待下一个验证码出现后输入。"}


def test_too_many_sign_ins_say_how_long_to_wait(walk):
    page = walk.authorize()
    for _ in range(7):
        page = walk.browser.submit(page, username=walk.proved.mobile, password="wrong password")
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert "尝试次数过多，请等待" in page.text


def test_a_second_code_within_a_minute_says_when(walk):
    page = walk.register_code()
    assert "60 秒后可以重新发送验证码" in page.text
    other = walk.provider.browser()
    refused = other.submit(other.follow(other.get("/register")), mobile="19900000009")
    assert refused.status_code == 429
    assert _value(refused, "mobile") == ["19900000009"]
    walk.provider.clock.advance(61)
    page = walk.browser.get(walk.at(page, "register/code"))
    assert "register/resend" in page.text
    action = walk.at(page, "register/resend")
    token = html.fromstring(page.text).xpath("//input[@name='csrf_token']/@value")[0]
    assert walk.browser.follow(walk.browser.post(action, {"csrf_token": token})).status_code == 200


def test_the_list_of_forms_is_complete():
    assert {endpoint for _, endpoint in posts()} == set(FORMS)


def _roads():
    """The forms by the road that leads to them: each road is walked once, and every form at its end is tried there."""
    roads = {}
    for address, endpoint in posts():
        roads.setdefault(FORMS[endpoint], []).append((address, endpoint))
    return [pytest.param(way, forms, id="-".join(endpoint for _, endpoint in forms)) for way, forms in roads.items()]


def _address(address, there):
    """The address of a form of the page ``there``, with what stands in the page's own filled in."""
    parts = there.split("/")
    journey = parts[2] if there.startswith("/journey/") else ""
    channel = parts[4] if "/prove/" in there else parts[3] if "/links/" in there else "police"
    for name, value in (("journey_id", journey), ("channel", channel), ("client_id", "hall"), ("handle", "h")):
        address = address.replace(f"<{name}>", value)
    return address


@pytest.mark.parametrize(("way", "forms"), _roads())
def test_no_form_does_anything_without_its_token(walk, way, forms):
    page = way(walk)
    assert page.status_code == 200
    there = page.request.path
    walk.provider.drain()
    events = walk.provider.stores.audit.verify()
    kept = False  # what was typed into one of them, which the page shows again
    for (address, endpoint), token in itertools.product(forms, [{}, {"csrf_token": "forged"}]):
        tried = f"{endpoint} with {token or 'no token'}"
        answer = walk.browser.post(_address(address, there), {**TYPED, **token})
        assert walk.browser.follow(answer).status_code == 400, tried
        assert "yht_session" not in str(answer.headers.getlist("Set-Cookie")), tried
        walk.provider.drain()
        assert walk.provider.stores.audit.verify() == events, tried
        kept = kept or answer.status_code == 303
        shown = walk.browser.get(there)
        assert shown.status_code == (400 if kept else 200), tried
        assert shown.request.path == there, tried  # still the same step
        assert html.fromstring(walk.get("/").text).get("lang") == "zh-CN", tried


def test_a_stale_form_keeps_what_was_typed_and_works_at_the_second_press(walk):
    page = walk.channel()
    stale = walk.browser.follow(walk.browser.post(page.request.path, {**ZHANG, "csrf_token": "stale"}))
    assert stale.status_code == 400
    assert _value(stale, "name") == [ZHANG["name"]]
    assert _value(stale, "id_number") == [ZHANG["id_number"]]
    assert not walk.provider.sandbox.requests("2109")
    assert walk.browser.submit(stale, **LI).request.path.endswith("/consent")


def test_another_browsers_token_is_worth_nothing(walk):
    other = walk.provider.browser()
    token = html.fromstring(other.get("/").text).xpath("//input[@name='csrf_token']/@value")[0]
    assert walk.browser.post("/language", {"language": "en", "back": "/", "csrf_token": token}).status_code == 400


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "", "/a\nb"]
)
def test_going_back_stays_here(walk, back):
    token = html.fromstring(walk.get("/").text).xpath("//input[@name='csrf_token']/@value")[0]
    answer = walk.browser.post("/elder", {"elder": "on", "back": back, "csrf_token": token})
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(("agent", "label"), [
    ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8", "WeChat / Android"),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120", "Edge / Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1", "Safari / iPhone"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox / Linux"),
    (MARKUP, ""), ("", ""),
])  # fmt: skip
def test_a_device_is_labelled_coarsely(agent, label):
    assert device_label(agent) == label
