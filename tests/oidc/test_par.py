"""Pushed authorization requests: who may push, what is kept, how often it is opened, what each way costs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import Client

from idp.domain.client import AuthMethod, ConsentPolicy
from idp.domain.ports import Limit
from idp.web import pushed_requests
from tests.conformance.relying_party import RelyingParty, asks_password, is_page
from tests.provider import ISSUER

PREFIX = "urn:ietf:params:oauth:request_uri:"


@pytest.fixture
def rp(provider):
    return RelyingParty(provider)


@pytest.fixture
def person(provider):
    return provider.citizen()


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def test_a_pushed_request_has_a_name_of_256_bits_and_a_short_life(rp, provider):
    response = rp.push()
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json["expires_in"] == provider.settings.pushed_request_life
    assert response.json["request_uri"].startswith(PREFIX)
    assert len(response.json["request_uri"].removeprefix(PREFIX)) == 43
    assert rp.push().json["request_uri"] != response.json["request_uri"]


def test_pushing_takes_two_round_trips_and_opening_one_more_than_a_plain_request(rp, browser, provider):
    rp.ask(browser)
    provider.wire.round_trips = 0
    uri = rp.push().json["request_uri"]
    assert provider.wire.round_trips == 2  # the budget, and the record
    assert rp.answer(rp.open(browser, uri))["code"]
    assert provider.wire.round_trips == 4
    rp.ask(browser)
    assert provider.wire.round_trips == 5


@pytest.mark.parametrize("method", [AuthMethod.BASIC, AuthMethod.POST, AuthMethod.NONE, AuthMethod.PRIVATE_KEY_JWT])
def test_every_method_of_client_authentication_pushes(provider, browser, method):
    rp = RelyingParty(provider, "any", auth_method=method)
    answer = rp.answer(rp.open(browser, rp.push().json["request_uri"]))
    assert rp.tokens(answer)["id_token"]


def test_without_authentication_nothing_is_pushed(rp):
    assert rp.post("/par", rp.request()).json["error"] == "invalid_client"
    response = rp.post("/par", rp.request(), headers={"Authorization": "Basic aGFsbDp3cm9uZw=="})
    assert response.status_code == 401
    assert response.json["error"] == "invalid_client"
    assert response.headers["WWW-Authenticate"]


def test_what_anybody_can_push_from_one_place_is_bounded(provider):
    app, spa = (RelyingParty(provider, name, auth_method=AuthMethod.NONE) for name in ("app", "spa"))
    assert {app.push().status_code for _ in range(120)} == {201}
    for public in (app, spa):
        refused = public.push()
        assert refused.status_code == 503
        assert refused.json["error"] == "temporarily_unavailable"
    assert RelyingParty(provider).push().status_code == 201
    elsewhere: Any = {"environ_overrides": {"REMOTE_ADDR": "2001:db8::1"}}
    assert app.post("/par", app.request(), **elsewhere).status_code == 201
    provider.clock.advance(60)
    assert app.push().status_code == 201


def test_a_client_that_pushes_without_end_is_stopped(provider, rp, monkeypatch):
    monkeypatch.setattr(pushed_requests, "BY_CLIENT", Limit("par.client", 2, 60.0))
    assert [rp.push().status_code for _ in range(2)] == [201, 201]
    assert rp.push().json["error"] == "temporarily_unavailable"
    assert RelyingParty(provider, "other").push().status_code == 201


def test_secrets_of_the_push_are_not_kept(provider, browser):
    rp = RelyingParty(provider, "post", auth_method=AuthMethod.POST)
    name = rp.push(unknown="x").json["request_uri"].removeprefix(PREFIX)
    kept = provider.stores.pushed.read(name, now=provider.clock.now())
    assert not {"client_secret", "unknown"} & kept.value["parameters"].keys()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"client_id": "other"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"value":"loa9"}}}'}, "unmet_authentication_requirements"),
        ({"id_token_hint": "a.b.c"}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"request_uri": "https://hall.example/r"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ],
)
def test_faults_are_told_where_they_are_pushed(rp, changes, error):
    response = rp.push(**changes)
    assert response.status_code == 400
    assert response.json["error"] == error
    assert "Location" not in response.headers


def test_what_is_beside_the_name_counts_for_nothing(rp, browser):
    uri = rp.push().json["request_uri"]
    opened = rp.open(browser, uri, state="evil", scope="openid id_number", redirect_uri="https://evil.example/cb",
                     prompt="login", nonce="evil")  # fmt: skip
    answer = rp.answer(opened)
    assert answer["state"] == "state-1"
    assert rp.id_token(rp.tokens(answer))["nonce"] == "nonce-1"


def test_it_can_be_opened_again_until_a_code_was_given(provider, person):
    rp, browser = RelyingParty(provider, consent=ConsentPolicy.EXPLICIT), provider.browser()
    uri = rp.push().json["request_uri"]
    assert asks_password(rp.open(browser, uri))
    page = rp.password(browser, person, rp.open(browser, uri))
    assert page.request.path.endswith("/consent")
    page = rp.open(browser, uri)  # signed in by now, and still no code
    assert page.request.path.endswith("/consent")
    assert rp.answer(browser.submit(page, decision="agree"))["code"]
    assert is_page(rp.open(browser, uri))
    assert is_page(rp.open(provider.browser(), uri))


def test_two_journeys_of_one_request_end_with_one_code(provider, person):
    rp = RelyingParty(provider, consent=ConsentPolicy.EXPLICIT)
    uri, browser = rp.push().json["request_uri"], provider.browser()
    first = rp.password(browser, person, rp.open(browser, uri))
    second = rp.open(browser, uri)
    assert rp.answer(browser.submit(first, decision="agree"))["code"]
    provider.clock.advance(provider.settings.pushed_request_life + 1)
    again = browser.submit(second, decision="agree")
    assert again.status_code == 410
    assert "Location" not in again.headers


def test_a_late_reload_does_not_end_the_journey_in_the_first_tab(provider, browser):
    rp = RelyingParty(provider, consent=ConsentPolicy.EXPLICIT)
    uri = rp.push().json["request_uri"]
    page = rp.open(browser, uri)
    assert page.request.path.endswith("/consent")
    provider.clock.advance(provider.settings.pushed_request_life + 1)
    assert is_page(rp.open(browser, uri))
    assert rp.answer(browser.submit(page, decision="agree"))["code"]


def test_a_request_that_is_refused_for_the_moment_can_be_opened_again(rp, browser, provider):
    uri, before = rp.push().json["request_uri"], rp.party.client
    provider.registry.add(replace(before, redirect_uris=frozenset({"https://hall.example/new"})))
    assert is_page(rp.open(browser, uri))
    provider.registry.add(before)
    assert rp.answer(rp.open(browser, uri))["code"]


def test_of_eight_at_once_one_gets_a_code(rp, browser, provider):
    rp.ask(browser)
    uri = rp.push().json["request_uri"]
    cookie = f"__Host-yht_session={browser.cookie('__Host-yht_session')}"

    def open_it(_):
        return Client(provider.app.wsgi_app, use_cookies=False).get(
            "/authorize", base_url=ISSUER, query_string={"client_id": "hall", "request_uri": uri},
            headers={"Cookie": cookie},
        )  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(open_it, range(8)))
    assert sorted(each.status_code for each in answers) == [303] + [400] * 7


def test_a_stranger_takes_nothing_from_its_owner(rp, browser, provider):
    thief = RelyingParty(provider, "thief")
    uri = rp.push().json["request_uri"]
    assert is_page(thief.open(browser, uri))
    assert rp.answer(rp.open(browser, uri))["code"]


def test_prompt_none_is_answered_and_leaves_the_request(rp, browser, provider):
    uri = rp.push(prompt="none").json["request_uri"]
    assert rp.answer(rp.open(provider.browser(), uri))["error"] == "login_required"
    assert rp.answer(rp.open(browser, uri))["code"]


def test_a_registration_that_changed_meanwhile_is_looked_at_again(rp, browser, provider):
    uri = rp.push().json["request_uri"]
    provider.party(redirect_uris=frozenset({"https://hall.example/new"}))
    assert is_page(rp.open(browser, uri))


@pytest.mark.parametrize("uri", [PREFIX, PREFIX + "x", PREFIX + "A" * 43, PREFIX + "é" * 40])
def test_names_that_nobody_was_given_are_a_page(rp, browser, uri):
    assert is_page(rp.open(browser, uri))


def test_a_client_that_must_push_is_told_so(provider, browser):
    rp = RelyingParty(provider, require_par=True)
    answer = rp.answer(rp.ask(browser))
    assert answer["error"] == "invalid_request"
    assert "require_pushed_authorization_requests" in answer["error_description"]
    assert rp.answer(rp.open(browser, rp.push().json["request_uri"]))["code"]
