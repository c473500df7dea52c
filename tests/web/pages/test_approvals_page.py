"""The pages of what was asked by telephone: whose they are, what they say, and what a stale one costs."""

import pytest
from lxml import html

from idp.domain.client import Ciba
from tests.decoupled import Hotline, approve, look_at_request, other_number, press
from tests.provider import PASSWORD


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def hotline(provider):
    return Hotline(provider, provider.party("hotline", ciba=Ciba()))


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def waiting(provider, person):
    return provider.app.extensions["yihaotong"].approvals.of_citizen(person.id)


def test_who_is_not_signed_in_signs_in_first(provider):
    browser = provider.browser()
    assert browser.follow(browser.get("/account/requests")).request.path.endswith("/sign-in")


def test_the_newest_request_stands_first_and_answered_ones_are_gone(provider, person, browser, hotline):
    hotline.begin(person.mobile, binding_message="办卡")
    provider.clock.advance(5)
    second = Hotline(provider, hotline.party).begin(person.mobile, binding_message="补卡")
    page = browser.get("/account/requests")
    assert page.text.index("补卡") < page.text.index("办卡")
    approve(browser, look_at_request(browser), second.told["match_number"])
    page = browser.get("/account/requests")
    assert "补卡" not in page.text
    assert "办卡" in page.text
    provider.clock.advance(300)
    assert "办卡" not in browser.get("/account/requests").text
    assert "/account/requests" not in browser.get("/account").text


def test_the_message_of_the_client_is_escaped(person, browser, hotline):
    hotline.begin(person.mobile, binding_message="<b>7788</b>")
    for page in (browser.get("/account/requests"), look_at_request(browser)):
        assert "&lt;b&gt;7788&lt;/b&gt;" in page.text
        assert "<b>" not in page.text


def test_no_page_tells_the_number(person, browser, hotline):
    hotline.begin(person.mobile)
    for page in (browser.get("/account/requests"), look_at_request(browser)):
        shown = html.fromstring(page.text).text_content()
        assert f" {hotline.told['match_number']} " not in " ".join(shown.split())


def test_a_wrong_number_is_said_and_never_sent_back(person, browser, hotline):
    hotline.begin(person.mobile)
    wrong = other_number(hotline.told["match_number"])
    page = browser.submit(look_at_request(browser), match=wrong)
    tree = html.fromstring(page.text)
    assert page.status_code == 400
    assert tree.xpath("//p[@id='match-error']")
    assert tree.xpath("//input[@name='match']/@value") == [""]


def test_wrong_numbers_are_counted_for_the_request_and_not_for_the_page(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    wrong = other_number(hotline.told["match_number"])
    for _ in range(2):
        browser.submit(look_at_request(browser), match=wrong)
    assert browser.submit(look_at_request(browser), match=wrong).status_code == 410
    assert waiting(provider, person) == []
    assert hotline.error() == "access_denied"


def test_a_request_that_expires_while_it_is_looked_at_says_so(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    page = look_at_request(browser)
    provider.clock.advance(300)
    page = approve(browser, page, hotline.told["match_number"])
    assert page.status_code == 410
    assert html.fromstring(page.text).xpath("//div[@class='ways-on']/a/@href")
    assert hotline.error() == "expired_token"


def test_two_tabs_answer_once(person, browser, hotline):
    hotline.begin(person.mobile)
    first, second = look_at_request(browser), look_at_request(browser)
    approve(browser, first, hotline.told["match_number"])
    assert approve(browser, second, hotline.told["match_number"]).status_code == 410
    assert hotline.poll().status_code == 200


def test_an_old_session_shows_the_password_and_then_the_request(provider, person, browser, hotline):
    provider.clock.advance(901)
    hotline.begin(person.mobile)
    page = look_at_request(browser)
    assert page.request.path.endswith("/sign-in")
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    assert page.request.path.endswith("/approve")


def test_an_address_of_nothing_is_over(browser):
    page = press(browser, browser.get("/account/requests"), f"/account/requests/{'0' * 64}")
    assert page.status_code == 410


def test_a_client_that_was_taken_out_leads_back_to_the_list(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    page = browser.get("/account/requests")
    address = f"/account/requests/{waiting(provider, person)[0].id}"
    provider.registry.remove("hotline")
    assert press(browser, page, address).request.path == "/account/requests"
