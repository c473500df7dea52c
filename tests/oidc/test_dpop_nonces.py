"""Server-provided nonces (RFC 9449 sections 8 and 9), where the operator demands them."""

import pytest

from tests.doubles import SteppingClock
from tests.dpop import TOKEN, USERINFO, Holder
from tests.provider import open_provider


@pytest.fixture
def provider(tmp_path, _database_template, fast_wire):
    with open_provider(tmp_path, _database_template, fast_wire, settings={"dpop_nonces": True}) as made:
        yield made


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


@pytest.fixture
def holder(provider):
    return Holder(provider.party())


def test_without_a_nonce_the_answer_brings_one_and_the_code_survives(holder, browser):
    code = holder.party.code(browser)
    refused = holder.redeem(code)
    assert (refused.status_code, refused.json["error"]) == (400, "use_dpop_nonce")
    holder.nonce = refused.headers["DPoP-Nonce"]
    answered = holder.redeem(code)
    assert answered.status_code == 200
    assert answered.headers["DPoP-Nonce"] == holder.nonce


def test_userinfo_asks_with_a_challenge(holder, browser):
    code = holder.party.code(browser)
    holder.nonce = holder.redeem(code).headers["DPoP-Nonce"]
    token = holder.redeem(code).json["access_token"]
    refused = holder.userinfo(token, holder.proof("GET", USERINFO, token, nonce=None))
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("DPoP ")
    assert 'error="use_dpop_nonce"' in refused.headers["WWW-Authenticate"]
    assert refused.headers["DPoP-Nonce"] == holder.nonce
    answered = holder.userinfo(token)
    assert (answered.status_code, answered.headers["DPoP-Nonce"]) == (200, holder.nonce)


def test_a_nonce_changes_every_two_minutes_and_the_last_one_is_good_for_two_more(provider, holder, browser):
    holder.nonce = first = holder.redeem("x").headers["DPoP-Nonce"]
    provider.clock.advance(120)
    answered = holder.redeem(holder.party.code(browser))
    assert answered.status_code == 200
    assert answered.headers["DPoP-Nonce"] != first
    provider.clock.advance(120)
    assert holder.redeem(holder.party.code(browser)).json["error"] == "use_dpop_nonce"


@pytest.mark.parametrize("nonce", ["", "x", "令牌", 7, None])
def test_a_nonce_that_is_not_ours_is_refused(holder, nonce):
    refused = holder.redeem("x", holder.proof("POST", TOKEN, nonce=nonce))
    assert refused.json["error"] == "use_dpop_nonce"


def test_who_shows_no_proof_is_asked_for_no_nonce(holder, browser):
    answered = holder.party.redeem(holder.party.code(browser))
    assert answered.status_code == 200
    assert "DPoP-Nonce" not in answered.headers


def test_the_same_nonce_is_made_by_every_worker(cipher):
    from idp.oidc.dpop_nonces import DpopNonces

    clock = SteppingClock()
    one, other = DpopNonces(cipher, clock), DpopNonces(cipher, clock)
    assert one.good(other.current())
    clock.advance(120)
    assert one.good(other.current())
    assert one.current() == other.current()
