"""A refused form is kept and shown again by a page of its own: the back button, a reload, a second tab find it."""

import pytest
from lxml import html

from tests.provider import PASSWORD
from tests.web.pages.conftest import LI, Walk

STALE = "页面打开时间过长，刚才的操作没有执行。请检查后再次点击按钮。"
WRONG = {"name": "李思", "id_number": "370102190204150004"}


def _hidden(page):
    return {"csrf_token": html.fromstring(page.text).xpath("//main//input[@name='csrf_token']/@value")[0]}


def _send(walk, page, **fields):
    """Send the form; the answer to the POST itself, unfollowed."""
    return walk.browser.post(page.request.path, {**_hidden(page), **fields})


def _value(page, field):
    return html.fromstring(page.text).xpath(f"//input[@name='{field}']/@value")


def _alert(page):
    found = html.fromstring(page.text).xpath("//div[@class='summary']")
    return " ".join(found[0].text_content().split()) if found else ""


# A way to each form, what is refused there, and the field of it that stays.
REFUSED = {
    "sign-in": (Walk.authorize, {"username": "nobody-here", "password": "a wrong password"}, "username"),
    "second-factor": (Walk.second_factor, {"otp": "407193"}, None),
    "register": (Walk.register, {"mobile": "138123456"}, "mobile"),
    "register/code": (Walk.register_code, {"code": "407193"}, None),
    "register/password": (
        Walk.register_password,
        {"login_name": "7-begins-with-a-digit", "password": PASSWORD, "password_again": PASSWORD},
        "login_name",
    ),
    "prove/police_population": (Walk.channel, WRONG, "id_number"),
}
SECRET = {"password", "password_again", "otp", "code"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_form_answers_with_a_redirect_to_a_page_that_says_it(walk, name):
    way, fields, kept = REFUSED[name]
    page = way(walk)
    answer = _send(walk, page, **fields)
    assert answer.status_code == 303
    assert answer.headers["Location"] == walk.at(page, name)
    for _ in range(2):  # a reload and the back button are the same GET again
        shown = walk.browser.get(answer.headers["Location"])
        assert shown.status_code == 400
        assert _alert(shown)
        assert shown.text.count("aria-invalid") or name == "sign-in"
        assert kept is None or _value(shown, kept) == [fields[kept]]
        assert not any(value in shown.text for field, value in fields.items() if field in SECRET)


@pytest.mark.parametrize("name", REFUSED)
def test_what_was_typed_is_sealed_and_in_no_address_and_no_cookie(walk, standalone, name):
    way, fields, _ = REFUSED[name]
    page = way(walk)
    answer = _send(walk, page, **fields)
    cookies = " ".join(answer.headers.getlist("Set-Cookie"))
    rest = standalone.at_rest()
    for value in fields.values():
        assert value not in answer.headers["Location"]
        assert value not in cookies
        assert value.encode() not in rest


@pytest.mark.parametrize("name", REFUSED)
def test_passwords_and_codes_are_not_even_in_the_sealed_draft(walk, name):
    way, fields, kept = REFUSED[name]
    page = way(walk)
    _send(walk, page, **fields)
    journeys = walk.provider.stores.journeys
    found = journeys.read(page.request.path.split("/")[2], now=walk.provider.clock.now())
    values = found.value["draft"]["values"]
    assert set(values) == set(fields) - SECRET
    assert kept is None or values[kept] == fields[kept]
    secrets = {value for field, value in fields.items() if field in SECRET}
    assert not any(value in str(found.value) for value in secrets)


def test_back_at_an_earlier_refused_page_its_form_works(walk):
    page = walk.browser.submit(walk.register(), mobile="123")
    walk.browser.submit(page, mobile="19900000009")
    walk.browser.submit(walk.browser.get(walk.at(page, "register/code")), code="12")
    back = walk.browser.get(walk.at(page, "register"))
    assert back.status_code == 200
    assert not _alert(back)
    assert _value(back, "mobile") == ["19900000009"]
    assert walk.browser.submit(back, mobile="19900000008").request.path.endswith("/register/code")


def test_the_other_language_says_it_too_and_keeps_what_was_typed(walk):
    page = walk.browser.submit(walk.channel(), **WRONG)
    assert "最后一位与前面各位不符，请与证件核对。" in _alert(page)
    page = walk.browser.submit(page, language="en")
    assert page.status_code == 400
    assert "The last digit does not fit the ones before it." in _alert(page)
    assert _value(page, "id_number") == [WRONG["id_number"]]


def test_a_step_that_succeeds_forgets_the_draft(walk):
    page = walk.browser.submit(walk.authorize(), username=walk.fresh.mobile, password="a wrong password")
    page = walk.browser.submit(page, username=walk.fresh.mobile, password=PASSWORD)
    page = walk.browser.get(walk.at(page, "prove/police_population"))
    page = walk.browser.submit(page, **WRONG)
    assert _draft(walk, page) is not None
    page = walk.browser.submit(page, **LI)
    assert page.request.path.endswith("/consent")
    assert _draft(walk, page) is None


def test_the_road_to_an_account_that_exists_forgets_the_draft(walk):
    page = walk.browser.submit(walk.register_code(walk.proved.mobile), code="12")
    page = walk.browser.submit(page, code=walk.code_for(walk.proved.mobile))
    assert page.request.path.endswith("/register/existing")
    assert _draft(walk, page) is None
    page = walk.browser.submit(walk.channel(), **WRONG)
    page = walk.browser.submit(page, name="张三", id_number="370102190103070012")
    assert page.request.path.endswith("/merge")
    assert _draft(walk, page) is None


def _draft(walk, page):
    found = walk.provider.stores.journeys.read(page.request.path.split("/")[2], now=walk.provider.clock.now())
    return found.value["draft"]


def test_of_two_tabs_the_last_refused_form_stays_and_both_go_on(walk):
    one = walk.authorize()
    two = walk.browser.get(walk.at(one, "register"))
    one = walk.browser.submit(one, username="nobody-here", password="a wrong password")
    two = walk.browser.submit(two, mobile="123")
    assert one.status_code == two.status_code == 400
    again = walk.browser.get(one.request.path)
    assert again.status_code == 200
    assert not _alert(again)
    assert walk.browser.submit(again, username=walk.proved.mobile, password=PASSWORD).request.path.endswith("/consent")


def test_a_form_that_another_tab_overtook_leads_to_the_page_as_it_is(walk, monkeypatch):
    page = walk.register()
    monkeypatch.setattr(type(walk.provider.stores.journeys), "replace", lambda *_args, **_more: False)
    answer = _send(walk, page, mobile="123")
    assert answer.status_code == 303
    shown = walk.browser.get(answer.headers["Location"])
    assert shown.request.path.endswith("/register")
    assert shown.status_code == 200


def test_a_wait_is_counted_down_and_ends_while_what_was_typed_stays(walk):
    walk.register_code()
    other = walk.provider.browser()
    page = other.submit(other.follow(other.get("/register")), mobile="19900000009")
    assert page.status_code == 429
    first = int(page.headers["Retry-After"])
    walk.provider.clock.advance(20)
    page = other.get(page.request.path)
    assert int(page.headers["Retry-After"]) == first - 20
    assert f"{first - 20} 秒" in _alert(page)
    walk.provider.clock.advance(first - 20)
    page = other.get(page.request.path)
    assert page.status_code == 200
    assert not _alert(page)
    assert "Retry-After" not in page.headers
    assert _value(page, "mobile") == ["19900000009"]


def test_looking_again_costs_no_try_and_starts_no_attempt(walk, monkeypatch):
    page = walk.browser.submit(walk.channel(), name="李四", id_number=LI["id_number"])
    asked = []
    limits = type(walk.provider.stores.limits)
    for method in ("hit", "refund"):
        monkeypatch.setattr(limits, method, lambda *_args, **_more: asked.append(1))
    for _ in range(5):
        again = walk.browser.get(page.request.path)
        assert "您还可以再试 4 次。" in again.text
        assert walk.browser.http.head(page.request.path, base_url="https://id.example").status_code == 200
    assert not asked


def test_without_tries_left_the_page_says_so_until_they_come_back(walk, monkeypatch):
    page = walk.channel()
    for _ in range(5):
        page = walk.browser.submit(page, name="李四", id_number=LI["id_number"])
    draft = _draft(walk, page)
    assert draft["until"] > walk.provider.clock.now()
    limits = type(walk.provider.stores.limits)
    with monkeypatch.context() as patched:
        patched.setattr(limits, "hit", lambda *_args, **_more: pytest.fail("a look was counted"))
        assert "暂时没有剩余次数" in walk.browser.get(page.request.path).text
    walk.provider.clock.advance(draft["until"] - walk.provider.clock.now())
    later = walk.browser.follow(walk.browser.get(page.request.path))
    assert "暂时没有剩余次数" not in later.text


def test_an_attempt_that_took_too_long_keeps_what_was_typed(walk):
    page = walk.channel()
    walk.provider.clock.advance(901)
    page = walk.browser.submit(page, **LI)
    assert page.status_code == 400
    assert STALE in _alert(page)
    assert _value(page, "id_number") == [LI["id_number"]]
    assert walk.browser.submit(page, **LI).request.path.endswith("/consent")


def test_a_draft_is_never_shown_to_the_next_person_at_the_same_browser(walk):
    page = walk.browser.submit(walk.channel(), **WRONG)
    assert WRONG["id_number"] in page.text
    other = walk.provider.citizen(3, level=0)
    walk.browser.post("/sign-out", _hidden(walk.browser.get("/sign-out")))
    walk.browser.sign_in(other)
    shown = walk.browser.get(page.request.path)
    assert shown.status_code == 200
    assert not _alert(shown)
    assert WRONG["id_number"] not in shown.text


def test_what_is_kept_is_bounded(walk):
    page = walk.browser.submit(walk.channel(), **{**LI, "name": "李" * 5000})
    assert page.status_code == 400
    assert _value(page, "name") == ["李" * 300]


def test_a_form_of_a_finished_journey_leads_to_a_page_that_says_so(walk):
    page = walk.consent()
    walk.browser.submit(page, decision="agree")
    answer = _send(walk, page, decision="agree")
    assert answer.status_code == 303
    assert walk.browser.follow(answer).status_code == 410


def test_a_channel_that_now_asks_for_something_else_shows_no_sentence_about_a_missing_field(walk):
    page = walk.browser.submit(walk.register_code(), code="12")
    journeys, now = walk.provider.stores.journeys, walk.provider.clock.now()
    journey_id = page.request.path.split("/")[2]
    found = journeys.read(journey_id, now=now)
    moved = {**found.value, "draft": {**found.value["draft"], "wrong": "bank_card"}}
    assert journeys.replace(journey_id, moved, version=found.version, now=now)
    shown = walk.browser.get(page.request.path)
    assert shown.status_code == 200
    assert not _alert(shown)
