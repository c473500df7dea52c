"""A refresh whose answer was lost is answered again; a real reuse still ends the family (RFC 9700 section 4.14.2)."""

import concurrent.futures

import pytest
from werkzeug.test import Client

from idp.domain.client import AuthMethod
from tests.dpop import Holder


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def party(provider):
    return provider.party()


def test_a_lost_answer_is_answered_again_with_the_same_successor(provider, party, browser):
    first = party.tokens(browser)["refresh_token"]
    lost = party.refresh(first).json
    provider.clock.advance(provider.settings.refresh_grace - 1)
    again = party.refresh(first).json
    assert again["refresh_token"] == lost["refresh_token"]
    assert party.userinfo(again["access_token"]).status_code == 200
    assert party.refresh(again["refresh_token"]).status_code == 200


def test_of_eight_at_once_all_are_answered_and_the_family_does_not_fork(provider, party, browser):
    first = party.tokens(browser)["refresh_token"]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        http = [Client(provider.app.wsgi_app) for _ in range(8)]
        answers = list(
            pool.map(lambda each: party.token(http=each, grant_type="refresh_token", refresh_token=first), http)
        )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    assert party.refresh(answers[5].json["refresh_token"]).status_code == 200


def test_after_the_grace_reuse_ends_the_family(provider, party, browser):
    first = party.tokens(browser)["refresh_token"]
    second = party.refresh(first).json
    provider.clock.advance(provider.settings.refresh_grace)
    assert party.refresh(first).json["error"] == "invalid_grant"
    assert party.refresh(second["refresh_token"]).json["error"] == "invalid_grant"
    assert party.userinfo(second["access_token"]).status_code == 401


def test_once_the_successor_is_used_reuse_ends_the_family_at_once(party, browser):
    first = party.tokens(browser)["refresh_token"]
    second = party.refresh(first).json
    third = party.refresh(second["refresh_token"]).json
    assert party.refresh(first).json["error"] == "invalid_grant"
    assert party.userinfo(third["access_token"]).status_code == 401


def test_an_unbound_public_client_has_no_grace(provider, browser):
    party = provider.party(auth_method=AuthMethod.NONE)
    first = party.tokens(browser)["refresh_token"]
    second = party.refresh(first).json
    assert party.refresh(first).json["error"] == "invalid_grant"
    assert party.userinfo(second["access_token"]).status_code == 401


def test_a_public_client_with_a_key_has_the_grace_for_that_key_alone(provider, browser):
    holder = Holder(provider.party(auth_method=AuthMethod.NONE))
    first = holder.tokens(browser)["refresh_token"]
    lost = holder.refresh(first).json
    assert Holder(holder.party).refresh(first).json["error"] == "invalid_grant"
    assert holder.refresh(first).json["refresh_token"] == lost["refresh_token"]


def test_a_repetition_may_not_ask_for_more(party, browser):
    first = party.tokens(browser, scope="openid profile")["refresh_token"]
    party.refresh(first, scope="openid")
    assert party.refresh(first, scope="openid phone").json["error"] == "invalid_scope"
    assert party.refresh(first).json["scope"] == "openid profile"


def test_a_strangers_try_in_the_grace_changes_nothing(provider, party, browser):
    first = party.tokens(browser)["refresh_token"]
    second = party.refresh(first).json
    assert provider.party("thief").refresh(first).json["error"] == "invalid_grant"
    assert party.refresh(second["refresh_token"]).status_code == 200
