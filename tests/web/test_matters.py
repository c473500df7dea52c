"""Rich authorization requests of the type matter (RFC 9396): what is read, what the citizen sees, when nobody is asked."""

import json

import pytest
from lxml import html

from idp.domain.client import ConsentPolicy
from tests.conformance.relying_party import RelyingParty

API = "https://api.example/insurance"
PENSION = {"type": "matter", "identifier": "37000011400201", "name": "养老保险待遇核定", "locations": [API]}
CARD = {"type": "matter", "identifier": "37000011400202"}


@pytest.fixture
def registered():
    return {"details_types": frozenset({"matter"}), "resources": frozenset({API}), "consent": ConsentPolicy.EXPLICIT}


@pytest.fixture
def rp(provider, registered):
    return RelyingParty(provider, **registered)


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def ask(rp, browser, matters, **changes):
    return rp.ask(browser, authorization_details=json.dumps(matters), **changes)


def seen(page):
    return " ".join(html.fromstring(page.text).xpath("//main")[0].text_content().split())


def test_the_type_is_announced(rp):
    assert rp.metadata["authorization_details_types_supported"] == ["matter"]


def test_the_citizen_sees_what_it_is_about_and_is_asked_once_for_each_matter(rp, browser, provider, person):
    page = ask(rp, browser, [PENSION])
    assert page.request.path.endswith("/consent")
    assert "养老保险待遇核定" in seen(page)
    assert PENSION["identifier"] in seen(page)
    assert rp.answer(browser.submit(page, decision="agree"))["code"]
    assert rp.answer(ask(rp, browser, [PENSION]))["code"]
    page = ask(rp, browser, [PENSION, CARD])
    assert page.request.path.endswith("/consent")
    kept = provider.stores.consents.of(person.id, "hall").scopes
    assert f"matter:{PENSION['identifier']}" in kept
    assert f"matter:{CARD['identifier']}" not in kept


def test_a_matter_is_never_granted_without_a_page_because_the_scopes_were(rp, browser):
    assert rp.answer(browser.submit(rp.ask(browser), decision="agree"))["code"]
    assert rp.answer(rp.ask(browser))["code"]
    assert ask(rp, browser, [PENSION]).request.path.endswith("/consent")
    assert rp.answer(ask(rp, browser, [PENSION], prompt="none"))["error"] == "consent_required"


def test_a_request_without_the_matter_is_not_given_it(rp, browser):
    browser.submit(ask(rp, browser, [PENSION]), decision="agree")
    assert "authorization_details" not in rp.tokens(rp.answer(rp.ask(browser)))


def test_where_consent_is_implied_nobody_is_asked_and_the_matter_is_noted(provider, registered, browser, person):
    rp = RelyingParty(provider, **registered | {"consent": ConsentPolicy.IMPLIED})
    tokens = rp.tokens(rp.answer(ask(rp, browser, [PENSION], resource=API)))
    assert tokens["authorization_details"] == [PENSION]
    assert f"matter:{PENSION['identifier']}" in provider.stores.consents.of(person.id, "hall").implied
    assert "1 个" in browser.get("/account").text or "for service items: 1" in browser.get("/account").text


def test_the_token_answer_names_what_was_granted(rp, browser):
    answer = rp.answer(browser.submit(ask(rp, browser, [PENSION, CARD], resource=API), decision="agree"))
    assert rp.tokens(answer)["authorization_details"] == [PENSION, CARD]
    elsewhere = rp.tokens(rp.answer(ask(rp, browser, [PENSION, CARD])))
    assert elsewhere["authorization_details"] == [CARD]  # the other one is for the resource that it names


def test_they_are_pushed_and_signed_like_everything_else(rp, browser):
    pushed = rp.push(authorization_details=json.dumps([CARD]))
    page = rp.open(browser, pushed.json["request_uri"])
    assert CARD["identifier"] in seen(page)


@pytest.mark.parametrize(
    "wrong",
    [
        "{", "{}", "[]", '"matter"', "[1]", "[null]",
        json.dumps([{"type": "payment"}]),
        json.dumps([{"identifier": "1"}]),
        json.dumps([{"type": "matter"}]),
        json.dumps([CARD | {"identifier": "has space"}]),
        json.dumps([CARD | {"identifier": "x" * 65}]),
        json.dumps([CARD | {"identifier": 5}]),
        json.dumps([CARD | {"name": ""}]),
        json.dumps([CARD | {"name": "   "}]),
        json.dumps([CARD | {"name": "x" * 61}]),
        json.dumps([CARD | {"name": "abc\u202edef"}]),
        json.dumps([CARD | {"name": "abc\u0007"}]),
        json.dumps([CARD | {"locations": []}]),
        json.dumps([CARD | {"locations": API}]),
        json.dumps([CARD | {"locations": ["https://other.example/"]}]),
        json.dumps([CARD | {"locations": [[API]]}]),
        json.dumps([CARD | {"actions": ["read"]}]),
        json.dumps([CARD, CARD | {"name": "twice"}]),
        json.dumps([CARD | {"identifier": f"n{n}"} for n in range(6)]),
    ],
)  # fmt: skip
def test_whatever_is_not_a_matter_is_refused(rp, browser, wrong):
    answer = rp.answer(rp.ask(browser, authorization_details=wrong))
    assert answer["error"] == "invalid_authorization_details"
    assert answer["state"] == "state-1"


def test_a_client_that_is_not_registered_for_the_type_is_refused(provider, browser):
    rp = RelyingParty(provider, "plain")
    answer = rp.answer(ask(rp, browser, [CARD]))
    assert answer["error"] == "invalid_authorization_details"
    assert "authorization_details_types" in answer["error_description"]
