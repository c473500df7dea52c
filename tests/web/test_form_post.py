"""response_mode=form_post: the page that posts an answer, with and without JavaScript, and errors by the same way."""

import re

import pytest

from idp.domain.client import ConsentPolicy
from tests.conformance.relying_party import RelyingParty, is_page


@pytest.fixture
def rp(provider):
    return RelyingParty(provider, mode="form_post")


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def policy(response):
    parts = (each.strip().partition(" ") for each in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_the_page_posts_to_the_client_alone_and_runs_only_our_file(rp, browser):
    response = rp.ask(browser)
    rules = policy(response)
    assert rules["form-action"] == "https://hall.example"
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    scripts = re.findall(r"<script([^>]*)>(.*?)</script>", response.text, re.DOTALL)
    assert [content for _, content in scripts] == [""]
    assert not re.search(r"\son\w+=|style=", response.text)


def test_the_script_is_served_and_a_button_does_without_it(rp, browser):
    response = rp.ask(browser)
    [address] = re.findall(r'<script src="([^"]+)"', response.text)
    script = browser.get(address)
    assert script.status_code == 200
    assert "javascript" in script.content_type
    assert "submit()" in script.text
    script.close()
    assert "<button>" in response.text
    assert 'lang="en"' in response.text


def test_it_takes_one_round_trip(rp, browser, provider):
    rp.ask(browser)
    provider.wire.round_trips = 0
    assert rp.answer(rp.ask(browser))["code"]
    assert provider.wire.round_trips == 1


def test_a_state_full_of_markup_comes_back_as_it_was(rp, browser):
    state = "\"><script>alert(1)</script>&amp;'é{x}%41 "
    response = rp.ask(browser, state=state)
    assert "<script>alert" not in response.text
    assert rp.answer(response)["state"] == state


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"prompt": "none", "max_age": "0"}, "login_required"),
        ({"request": "a.b."}, "request_not_supported"),
    ],
)
def test_errors_go_the_same_way(rp, browser, provider, changes, error):
    provider.clock.advance(1)
    answer = rp.answer(rp.ask(browser, **changes))
    assert answer["error"] == error
    assert answer["state"] == "state-1"


def test_a_refusal_on_a_page_goes_the_same_way(provider, browser):
    rp = RelyingParty(provider, mode="form_post", consent=ConsentPolicy.EXPLICIT)
    response = browser.submit(rp.ask(browser), decision="refuse")
    assert rp.answer(response)["error"] == "access_denied"
    assert policy(response)["form-action"] == "https://hall.example"


def test_a_registered_address_with_a_query_is_kept_whole(provider, browser):
    uri = "https://hall.example/cb?a=1&b=2"
    rp = RelyingParty(provider, mode="form_post", redirect_uris=frozenset({uri}))
    assert rp.answer(rp.ask(browser))["code"]


def test_an_unregistered_address_is_never_posted_to(rp, browser):
    assert is_page(rp.ask(browser, redirect_uri="https://evil.example/cb"))


@pytest.mark.parametrize(
    ("mode", "words"),
    [("fragment", "fragment is not for codes"), ("jwt", "query or form_post"), ("web_message", "query or form_post")],
)
def test_other_modes_are_refused_precisely(provider, browser, mode, words):
    rp = RelyingParty(provider)
    answer = rp.answer(rp.ask(browser, response_mode=mode))
    assert answer["error"] == "invalid_request"
    assert words in answer["error_description"]
