"""Nobody learns who has an account, and nobody takes over what another browser began."""

import re

import pytest

from tests.journeys.conftest import NEW_PASSWORD
from tests.journeys.surfer import Page
from tests.provider import PASSWORD

SESSION = "yht_session"
STATE = "yht_state"


def _plain(page: Page, *typed: str) -> str:
    """A page without what differs from one load to the next: ids, tokens and what this visitor typed."""
    text = re.sub(r"/journey/[\w-]+", "/journey/J", page.text)
    text = re.sub(r'name="csrf_token" value="[^"]+"', "csrf", text)
    for each in typed:
        text = text.replace(each, "TYPED")
    return text


def test_wrong_password_unknown_name_and_disabled_account_look_the_same(house, citizen):
    answers = []
    disabled = house.provider.citizen(3, level=0)
    house.provider.stores.citizens.disable(disabled.id, now=house.clock.now()) if hasattr(
        house.provider.stores.citizens, "disable"
    ) else None
    for name, password in (
        (citizen.mobile, "wrong " + PASSWORD),
        ("19912345670", PASSWORD),
        ("zhangsan", "x"),
        ("nobody_here", "x"),
    ):
        surfer = house.surfer()
        page = surfer.submit(surfer.get("/account"), username=name, password=password)
        answers.append((page.status, _plain(page, name), sorted(page.headers.keys())))
    assert all(each == answers[0] for each in answers)
    assert answers[0][0] == 400


def test_a_locked_account_and_a_locked_name_that_nobody_has_look_the_same(house, citizen):
    answers = []
    for name in (citizen.mobile, "19912345670", "370102190103070012", "370102190303030015"):
        surfer = house.surfer()
        page, statuses = surfer.get("/account"), []
        for _ in range(6):
            page = surfer.submit(page, username=name, password="wrong")
            statuses.append(page.status)
        answers.append((statuses, _plain(page, name), page.headers.get("Retry-After")))
        house.clock.advance(301)
    assert all(each == answers[0] for each in answers)
    assert answers[0][0] == [400] * 5 + [429]


def test_a_locked_account_says_nothing_about_the_right_password(house, surfer, citizen):
    page = surfer.get("/account")
    for _ in range(5):
        page = surfer.submit(page, username=citizen.mobile, password="wrong")
    wrong = surfer.submit(page, username=citizen.mobile, password="wrong")
    right = surfer.submit(page, username=citizen.mobile, password=PASSWORD)
    assert (right.status, _plain(right)) == (wrong.status, _plain(wrong)) == (429, _plain(wrong))
    house.clock.advance(301)
    assert surfer.submit(right, username=citizen.mobile, password=PASSWORD).path == "/account"


def test_a_stranger_cannot_lock_the_owner_out_of_his_own_browser(house, citizen):
    owner = house.signed_in(citizen)
    owner.press(owner.click(owner.get("/account"), "退出登录"), "退出登录")
    for _ in range(3):
        stranger = house.surfer()
        page = stranger.get("/account")
        for _ in range(6):
            page = stranger.submit(page, username=citizen.mobile, password="wrong")
    assert house.sign_in(owner, owner.get("/account"), citizen).path == "/account"


def test_registering_a_known_number_reveals_nothing_to_whoever_does_not_hold_the_phone(house, citizen):
    pages, codes = [], []
    for mobile in (citizen.mobile, "19900000099"):
        surfer = house.surfer()
        page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=mobile)
        masked = f"{mobile[:3]}****{mobile[-4:]}"
        wrong = surfer.submit(page, code="000000" if house.code_for(mobile) != "000000" else "111111")
        pages.append((page.status, _plain(page, masked), wrong.status, _plain(wrong, masked)))
        codes.append(len(house.texts(mobile)))
    assert pages[0] == pages[1]
    assert codes == [1, 1]


def test_the_holder_of_a_known_number_is_led_to_the_account(house, surfer, citizen):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile=citizen.mobile)
    page = surfer.submit(page, code=house.code_for(citizen.mobile))
    assert page.step == "register/existing"
    assert page.value("username") == citizen.mobile
    assert surfer.submit(page, username=citizen.mobile, password=PASSWORD).path == "/account"


def test_an_unproved_number_is_no_sign_in_name(house, surfer):
    house.provider.citizen(5, level=0)
    page = surfer.submit(surfer.get("/account"), username="370102190204150003", password=PASSWORD)
    assert page.status == 400


def test_the_session_cookie_is_new_at_every_sign_in_and_the_old_one_is_dead(house, surfer, citizen):
    surfer.http.cookies.set(SESSION, "planted-by-somebody-else", domain="127.0.0.1", path="/")
    page = surfer.get("/account")
    house.sign_in(surfer, page, citizen)
    values = [c.value for c in surfer.http.cookies.jar if c.name == SESSION]
    assert "planted-by-somebody-else" not in values
    (first,) = values
    house.clock.advance(1)
    portal = house.portal(consent="implied")
    house.sign_in(surfer, surfer.get(portal.begin(prompt="login")), citizen)
    second = surfer.cookie(SESSION)
    assert second != first
    thief = house.surfer()
    thief.http.cookies.set(SESSION, first, domain="127.0.0.1", path="/")
    assert thief.get("/account").step == "sign-in"


def test_the_session_cookie_is_new_after_a_proof(house, surfer):
    page = house.register(surfer, surfer.get("/account"), "19900000002")
    before = surfer.cookie(SESSION)
    surfer.submit(surfer.click(surfer.press(page, "提升"), "公安"), name="李思", id_number="370102190204150003")
    assert surfer.cookie(SESSION) != before


def test_a_proof_puts_every_other_browser_of_the_account_out(house, surfer):
    page = house.register(surfer, surfer.get("/account"), "19900000002")
    planted = house.surfer()
    assert planted.submit(planted.get("/account"), username="19900000002", password=NEW_PASSWORD).path == "/account"
    page = surfer.submit(
        surfer.click(surfer.press(surfer.get("/account"), "提升"), "公安"), name="李思", id_number="370102190204150003"
    )
    assert page.path == "/account"
    assert planted.get("/account").step == "sign-in"


def test_a_journey_of_another_browser_is_refused_with_a_way_on(house, surfer, citizen):
    portal = house.portal()
    page = surfer.get(portal.begin())
    other = house.surfer()
    for address in (page.journey, page.address, f"{page.journey}/register", f"{page.journey}/consent"):
        stranger = other.get(address)
        assert stranger.status == 410
        assert citizen.mobile not in stranger.text
        assert other.click(stranger, "账户").step == "sign-in"
    stranger = other.post(page.address, {"username": citizen.mobile, "password": PASSWORD})
    assert stranger.status == 410
    assert other.cookie(SESSION) is None
    assert house.sign_in(surfer, page, citizen).step == "consent"


def test_a_stranger_signed_in_cannot_finish_anothers_journey(house, surfer, citizen):
    portal = house.portal(consent="implied")
    page = surfer.get(portal.begin())
    thief = house.signed_in(house.provider.citizen(2, level=0))
    assert thief.get(page.journey).status == 410


@pytest.mark.parametrize("page_name", ["sign-in", "register"])
def test_a_form_without_its_token_does_nothing_and_keeps_what_was_typed(house, surfer, citizen, page_name):
    page = surfer.get("/account")
    form = {"sign-in": {"username": citizen.mobile, "password": PASSWORD}, "register": {"mobile": "19900000009"}}[
        page_name
    ]
    refused = surfer.post(f"{page.journey}/{page_name}", form)
    assert refused.status == 400
    assert refused.alerts
    assert surfer.cookie(SESSION) is None
    first = next(iter(form))
    assert refused.value(first) == form[first]
    onward = surfer.submit(refused, **form)
    assert onward.path == "/account" or onward.step == "register/code"


def test_a_token_of_another_browser_is_no_token(house, surfer, citizen):
    mine, other = surfer.get("/account"), house.surfer()
    theirs = other.get("/account").tree.xpath("//main//input[@name='csrf_token']/@value")[0]
    refused = surfer.post(mine.address, {"username": citizen.mobile, "password": PASSWORD, "csrf_token": theirs})
    assert refused.status == 400
    assert surfer.cookie(SESSION) is None


def test_buttons_without_a_token_do_nothing_and_lead_back(house, citizen):
    surfer = house.signed_in(citizen)
    for address in ("/sign-out", "/account/sessions/end-others", "/account/portals/hall", "/account/prove"):
        page = surfer.post(address, {})
        assert page.status == 400
        assert surfer.click(page, "重新打开").status == 200
    assert surfer.get("/account").path == "/account"


def test_cookies_are_closed_to_scripts_and_to_other_sites(house, citizen):
    surfer = house.surfer()
    page = surfer.get("/account")
    response = surfer.http.post(
        page.address,
        data={
            "csrf_token": page.tree.xpath("//main//input[@name='csrf_token']/@value")[0],
            "username": citizen.mobile,
            "password": PASSWORD,
        },
    )
    headers = response.headers.get_list("Set-Cookie")
    assert any(h.startswith(f"{SESSION}=") for h in headers)
    for header in headers:
        # But for one: random, it says no more than that something changed, and our frame at portals reads it.
        assert ("HttpOnly" in header) != header.startswith(f"{STATE}=")
        assert "SameSite=Lax" in header
        assert "Domain" not in header
