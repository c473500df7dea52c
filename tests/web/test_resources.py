"""Resource indicators (RFC 8707) and the other parameters that ask for something special."""

from urllib.parse import urlencode

import pytest

from tests.conformance.relying_party import RelyingParty, asks_password, is_page

A, B = "https://api.example/a", "https://api.example/b?x=1"


@pytest.fixture
def rp(provider):
    return RelyingParty(provider, resources=frozenset({A, B}))


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def ask(rp, browser, resources):
    query = urlencode([*rp.request().items(), *(("resource", each) for each in resources)])
    return browser.follow(browser.get("/authorize", query_string=query))


@pytest.mark.parametrize("resources", [(A,), (A, B), (A, A)])
def test_registered_resources_are_accepted_one_or_more(rp, browser, resources):
    assert rp.answer(ask(rp, browser, resources))["code"]


@pytest.mark.parametrize(
    "resource",
    ["https://api.example/c", "https://api.example/A", f"{A}#part", "api.example/a", "/a", "a b", f"{A} {B}",
     "https://[bad", "urn:other"],
)  # fmt: skip
def test_every_other_one_is_an_invalid_target(rp, browser, resource):
    assert rp.answer(ask(rp, browser, [resource]))["error"] == "invalid_target"
    assert rp.answer(ask(rp, browser, [A, resource]))["error"] == "invalid_target"


def test_too_many_are_an_invalid_target(rp, browser):
    assert rp.answer(ask(rp, browser, [f"{A}/{n}" for n in range(11)]))["error"] == "invalid_target"


def test_a_client_without_resources_cannot_name_one(provider, browser):
    rp = RelyingParty(provider, "plain")
    assert rp.answer(ask(rp, browser, [A]))["error"] == "invalid_target"


def test_no_other_parameter_may_come_twice(rp, browser):
    query = urlencode([*rp.request().items(), ("scope", "openid")])
    assert is_page(browser.get("/authorize", query_string=query))


def test_they_are_pushed_and_kept_apart(rp, provider):
    form, headers = rp.party.credentials()
    pairs = [*{**rp.request(), **form}.items(), ("resource", A), ("resource", B)]
    pushed = rp.post("/par", urlencode(pairs), headers=headers, content_type="application/x-www-form-urlencoded")
    assert pushed.status_code == 201
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    assert rp.answer(rp.open(browser, pushed.json["request_uri"]))["code"]


# ---- wishes about the pages and the sign-in -------------------------------------------------------------------------


@pytest.mark.parametrize("display", ["page", "popup", "touch", "wap", "hologram"])
def test_no_wish_for_a_display_is_an_error(rp, browser, display):
    assert rp.answer(rp.ask(browser, display=display))["code"]


def test_a_registered_default_max_age_holds_and_a_request_may_say_otherwise(provider, browser):
    rp = RelyingParty(provider, "fresh", default_max_age=60)
    assert rp.answer(rp.ask(browser))["code"]
    provider.clock.advance(61)
    assert asks_password(rp.ask(browser))
    assert rp.answer(rp.ask(browser, max_age="3600"))["code"]


def test_scopes_that_nobody_knows_or_nobody_approved_are_left_out(provider, browser):
    rp = RelyingParty(provider, "narrow", scopes=frozenset({"openid", "profile"}))
    tokens = rp.tokens(rp.answer(rp.ask(browser, scope="openid id_number profile calendar")))
    assert tokens["scope"] == "openid profile"
