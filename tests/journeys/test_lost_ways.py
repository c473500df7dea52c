"""The expired page, the second tab, the back button, the lost cookie: each leads somewhere, and the way works."""

import pytest

from tests.provider import PASSWORD

LI = {"name": "李思", "id_number": "370102190204150003"}


@pytest.fixture
def portal(house):
    return house.portal()


def test_an_expired_journey_says_so_and_the_way_on_works(house, surfer, citizen, portal):
    begun = surfer.get(portal.begin())
    house.clock.advance(house.provider.settings.journey_life + 1)
    for page in (surfer.get(begun.address), surfer.submit(begun, username=citizen.mobile, password=PASSWORD)):
        assert page.status == 410
        assert "不能继续" in page.heading or "无法继续" in page.heading
    page = surfer.click(page, "账户")
    assert house.sign_in(surfer, page, citizen).path == "/account"
    begun = portal.begin()
    portal.finish(surfer.submit(surfer.get(begun), decision="agree"), begun)


def test_a_registration_that_took_too_long_can_begin_again(house, surfer):
    page = surfer.submit(surfer.click(surfer.get("/account"), "注册"), mobile="19900000002")
    house.clock.advance(house.provider.settings.journey_life + 1)
    page = surfer.submit(page, code=house.code_for("19900000002") if house.texts("19900000002") else "123456")
    assert page.status == 410
    page = house.register(surfer, surfer.click(page, "账户"), "19900000002")
    assert page.path == "/account"


def test_a_session_that_ended_while_the_citizen_was_proving_asks_to_sign_in_and_goes_on(house, surfer, citizen):
    portal = house.portal(level=1, consent="implied")
    person = house.provider.citizen(2, level=0)
    begun = portal.begin()
    page = house.sign_in(surfer, surfer.get(begun), person)
    form = surfer.click(page, "公安")
    other = house.signed_in(person)
    other.press(other.get("/account"), "退出其他所有设备")
    page = surfer.submit(form, **LI)
    assert page.step == "sign-in"
    page = house.sign_in(surfer, page, person)
    assert page.step == "prove"
    held = portal.finish(surfer.submit(surfer.click(page, "公安"), **LI), begun)
    assert held.claims["acr"] == "urn:yihaotong:realname:1"


def test_two_tabs_of_two_portals_finish_both(house, surfer, citizen, portal):
    other = house.portal("insurance")
    begun = [portal.begin(), other.begin()]
    tabs = [surfer.get(each) for each in begun]
    page = house.sign_in(surfer, tabs[0], citizen)
    portal.finish(surfer.submit(page, decision="agree"), begun[0])
    page = surfer.submit(tabs[1], username=citizen.mobile, password=PASSWORD)
    assert page.step == "consent", "the second tab is signed in by now and goes on"
    other.finish(surfer.submit(page, decision="agree"), begun[1])


def test_two_tabs_of_one_journey_end_in_one_answer_and_a_page_with_a_way_on(house, surfer, citizen, portal):
    begun = portal.begin()
    page = house.sign_in(surfer, surfer.get(begun), citizen)
    portal.finish(surfer.submit(page, decision="agree"), begun)
    late = surfer.submit(page, decision="agree")
    assert late.status == 410
    assert "已完成" in late.heading or "已经" in late.heading or "结束" in late.heading
    assert late.link("返回") == "https://hall.example/login"
    assert surfer.click(late, "账户").path == "/account"


def test_the_back_button_after_the_answer_never_shows_a_form_again(house, surfer, citizen, portal):
    begun = portal.begin()
    sign_in = surfer.get(begun)
    consent = house.sign_in(surfer, sign_in, citizen)
    portal.finish(surfer.submit(consent, decision="agree"), begun)
    for page in (sign_in, consent):
        back = surfer.get(page.address)
        assert back.status == 410
        assert back.headers["Cache-Control"] == "no-store"
        assert not back.tree.xpath("//main//input[@name='password']")
        assert back.link("返回") == "https://hall.example/login"


def test_the_back_button_within_a_journey_leads_forward_again(house, surfer, citizen, portal):
    sign_in = surfer.get(portal.begin())
    consent = house.sign_in(surfer, sign_in, citizen)
    assert surfer.get(sign_in.address).address == consent.address
    assert surfer.submit(sign_in, username="somebody_else", password="x").address == consent.address


def test_a_page_that_is_not_next_leads_to_the_one_that_is(house, surfer, portal):
    page = surfer.get(portal.begin())
    for step in ("consent", "prove", "prove/police_population", "second-factor", "choose-account", "register/code",
                 "register/password", "register/existing", "merge"):  # fmt: skip
        assert surfer.get(f"{page.journey}/{step}").address == page.address


def test_a_lost_browser_cookie_is_told_with_a_way_on_that_works(house, surfer, citizen, portal):
    begun = portal.begin()
    page = surfer.get(begun)
    surfer.drop_cookies()
    lost = surfer.submit(page, username=citizen.mobile, password=PASSWORD)
    assert lost.status == 410
    assert "Cookie" in lost.main
    assert house.sign_in(surfer, surfer.click(lost, "账户"), citizen).path == "/account"


def test_a_lost_session_cookie_asks_to_sign_in_again_in_the_same_journey(house, surfer, citizen, portal):
    begun = portal.begin()
    page = house.sign_in(surfer, surfer.get(begun), citizen)
    surfer.http.cookies.delete("yht_session")
    page = surfer.submit(page, decision="agree")
    assert page.step == "sign-in"
    page = house.sign_in(surfer, page, citizen)
    portal.finish(surfer.submit(page, decision="agree"), begun)


def test_a_browser_that_keeps_no_cookies_is_told_so_and_never_goes_in_circles(house, portal):
    surfer = house.surfer()
    first = surfer.http.get(portal.begin())
    assert first.status_code == 303
    surfer.drop_cookies()
    page = surfer.get(first.headers["Location"])
    assert page.status == 410
    assert "Cookie" in page.main


def test_a_portal_that_was_removed_meanwhile_does_not_get_an_answer(house, surfer, citizen, portal):
    page = house.sign_in(surfer, surfer.get(portal.begin()), citizen)
    house.provider.registry.remove("hall")
    page = surfer.submit(page, decision="agree")
    assert (page.status, page.left_for) == (410, None)
    assert surfer.click(page, "账户").path == "/account"


def test_pages_that_do_not_exist_lead_home(surfer):
    page = surfer.get("/no/such/page")
    assert page.status == 404
    assert surfer.click(page, "首页").status == 200


def test_the_store_of_sessions_is_emptied_and_everybody_can_begin_again(house, surfer, citizen, standalone):
    portal = house.portal()
    held_page = house.sign_in(surfer, surfer.get(portal.begin()), citizen)
    standalone.flush()
    lost = surfer.submit(held_page, decision="agree")
    assert lost.status == 410
    assert house.sign_in(surfer, surfer.click(lost, "账户"), citizen).path == "/account"
