"""The page of a terminal's code, and the page that asks for its number: what they say, and to whom."""

import re

import pytest
from lxml import html

from tests.decoupled import Terminal, approve, enter, press
from tests.provider import PASSWORD

MARKUP = '"><script>'


@pytest.fixture
def terminal(provider):
    return Terminal(provider, provider.party("kiosk")).begin(terminal="<b>3 号机</b>")


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", "Type the code"),
        ("123", "12 digits"),
        ("BCDF-GHJK-LMNP", "12 digits"),
        ("0000 0000 0000", "No terminal shows"),
    ],
)
def test_a_wrong_code_is_said_beside_its_field(provider, typed, part):
    browser = provider.browser()
    browser.submit(browser.get("/"), language="en")
    page = enter(browser, typed)
    assert page.status_code == 422
    assert part in html.fromstring(page.text).xpath("string(//p[@id='user_code-error'])")


def test_what_an_address_holds_is_shown_as_digits_or_not_at_all(provider):
    page = provider.browser().get("/device", query_string={"user_code": MARKUP + "12"})
    assert "<script" not in page.text
    assert html.fromstring(page.text).xpath("//input[@name='user_code']/@value") == ["12"]


def test_full_width_digits_are_digits(terminal, browser):
    code = terminal.shown["user_code"].translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert 'name="match"' in enter(browser, code).text


def test_the_label_is_shown_escaped_with_client_and_code(terminal, browser):
    page = enter(browser, terminal.shown["user_code"])
    assert "&lt;b&gt;3 号机&lt;/b&gt;" in page.text
    assert "<b>" not in page.text
    assert "办事大厅" in page.text
    assert terminal.shown["user_code"] in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert "kiosk.example" not in page.headers["Content-Security-Policy"]


def test_who_is_not_signed_in_signs_in_first(provider, terminal):
    person, browser = provider.citizen(), provider.browser()
    page = enter(browser, terminal.shown["user_code"])
    assert page.request.path.endswith("/sign-in")
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    assert page.request.path.endswith("/approve")
    assert approve(browser, page, terminal.shown["match_number"]).request.path == "/device/approved"


def test_another_browser_cannot_go_on_where_this_one_began(provider, terminal, browser):
    page = enter(browser, terminal.shown["user_code"])
    other = provider.browser()
    other.sign_in(provider.citizen(2, level=0))
    assert other.get(page.request.path).status_code == 410


def test_approving_without_a_number_does_nothing(terminal, browser):
    page = browser.submit(enter(browser, terminal.shown["user_code"]), match="")
    assert page.status_code == 400
    assert terminal.error() == "authorization_pending"


def test_skipping_the_number_leads_back_to_it(terminal, browser):
    page = enter(browser, terminal.shown["user_code"])
    journey = page.request.path.rpartition("/")[0]
    for step in ("", "/consent", "/prove"):
        assert browser.follow(browser.get(journey + step)).request.path == page.request.path
    press(browser, page, f"{journey}/consent")
    assert terminal.error() == "authorization_pending"


def test_a_citizen_who_takes_over_the_browser_types_the_number_anew(provider, terminal, browser):
    terminal.party.provider.registry.add(terminal.party.client)
    page = enter(browser, terminal.shown["user_code"])
    journey = page.request.path
    press(browser, browser.get("/sign-out"), "/sign-out")
    page = browser.follow(browser.get(journey))
    assert page.request.path.endswith("/sign-in")
    person = provider.citizen(2, level=0)
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    assert page.request.path == journey
    assert terminal.error() == "authorization_pending"


def test_a_code_is_used_once(provider, terminal, browser):
    approve(browser, enter(browser, terminal.shown["user_code"]), terminal.shown["match_number"])
    assert enter(browser, terminal.shown["user_code"]).status_code == 422


def test_only_wrong_codes_are_counted(provider, browser):
    party = provider.party("kiosk")
    for _ in range(15):
        code = Terminal(provider, party).begin().shown["user_code"]
        assert enter(browser, code).status_code == 200


def test_guesses_of_one_citizen_are_counted_in_every_browser(provider):
    person = provider.citizen()
    for place in range(3):
        browser = provider.browser()
        browser.place = {"REMOTE_ADDR": f"198.51.100.{place}"}
        browser.sign_in(person)
        statuses = [enter(browser, f"{guess:012d}").status_code for guess in range(7)]
        assert statuses == ([422] * 7 if place < 2 else [422] * 6 + [429])


def test_pages_that_are_not_there_are_not_there(provider):
    assert provider.browser().get("/device/anything").status_code == 404


def test_no_page_tells_the_number(terminal, browser):
    page = enter(browser, terminal.shown["user_code"])
    text = html.fromstring(page.text).text_content().replace(terminal.shown["user_code"], "")
    assert not re.search(rf"(?<!\d){terminal.shown['match_number']}(?![\d:])", re.sub(r"\d\d:\d\d", "", text))
