"""The device grant (RFC 8628) as a terminal, a citizen and an attacker meet it."""

import concurrent.futures
import re

import pytest
from werkzeug.test import Client

from idp.domain.assurance import Level
from idp.domain.client import AuthMethod, ConsentPolicy, GrantType
from tests.decoupled import Terminal, approve, enter, leave, other_number, press
from tests.provider import ISSUER


@pytest.fixture
def party(provider):
    return provider.party("kiosk")


@pytest.fixture
def terminal(provider, party):
    return Terminal(provider, party)


@pytest.fixture
def browser(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen())
    return browser


def approved(browser, terminal):
    """The citizen stands before the terminal."""
    page = enter(browser, terminal.shown["user_code"])
    return approve(browser, page, terminal.shown["match_number"])


def test_the_terminal_is_given_what_it_shows_and_polls_with(terminal):
    response = terminal.ask(terminal="政务大厅一层 3 号机")
    shown = response.json
    assert response.headers["Cache-Control"] == "no-store"
    assert len(shown["device_code"]) == 43
    assert len(shown["user_code"].replace("-", "")) == 12
    assert shown["verification_uri"] == f"{ISSUER}/device"
    assert shown["verification_uri_complete"] == f"{ISSUER}/device?user_code={shown['user_code']}"
    assert (shown["expires_in"], shown["interval"]) == (600, 5)
    assert len(shown["match_number"]) == 2


def test_one_place_uses_up_what_all_terminals_have_only_where_the_client_authenticates(provider):
    kiosk = Terminal(provider, provider.party("public", auth_method=AuthMethod.NONE))
    assert {kiosk.ask().status_code for _ in range(120)} == {200}
    assert kiosk.ask().json["error"] == "temporarily_unavailable"
    form = {"client_id": "public", "scope": "openid"}
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    http = Client(provider.app.wsgi_app)
    assert http.post("/device_authorization", base_url=ISSUER, data=form, environ_base=elsewhere).status_code == 200
    hall = Terminal(provider, provider.party("hall"))
    assert {hall.ask().status_code for _ in range(121)} == {200}


def test_what_anybody_says_about_a_terminal_is_not_shown(provider, browser):
    public = provider.party("public", auth_method=AuthMethod.NONE)
    terminal = Terminal(provider, public).begin(terminal="政务大厅 3 号机，屏幕号码 47")
    assert "政务大厅" not in enter(browser, terminal.shown["user_code"]).text


def test_a_citizen_signs_in_at_a_terminal(provider, browser, terminal):
    terminal.begin(terminal="政务大厅一层 3 号机")
    assert terminal.error() == "authorization_pending"
    page = enter(browser, terminal.shown["user_code"])
    assert "政务大厅一层 3 号机" in page.text
    assert "办事大厅" in page.text
    assert terminal.error() == "authorization_pending"
    end = approve(browser, page, terminal.shown["match_number"])
    assert end.request.path == "/device/approved"
    tokens = terminal.poll().json
    assert tokens["token_type"] == "Bearer"
    assert tokens["scope"] == "openid profile"
    assert terminal.party.userinfo(tokens["access_token"]).json["name"] == "张三"
    assert terminal.poll().json["error"] == "invalid_grant"
    assert terminal.party.userinfo(tokens["access_token"]).status_code == 200, "a late poll takes nothing back"


def test_the_id_token_tells_of_the_citizens_own_sign_in(provider, browser, terminal):
    from tests.web.test_token import verified

    signed_in_at = int(provider.clock.now())
    terminal.begin()
    provider.clock.advance(60)
    approved(browser, terminal)
    claims = verified(provider, terminal.poll().json["id_token"], "RS256").claims
    assert claims["auth_time"] == signed_in_at
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "urn:yihaotong:realname:1"
    assert claims["aud"] == "kiosk"
    assert "nonce" not in claims


def test_a_poll_of_a_pending_request_is_one_round_trip(provider, terminal):
    terminal.begin()
    terminal.poll()
    provider.wire.round_trips = 0
    assert terminal.error() == "authorization_pending"
    assert provider.wire.round_trips == 1


def test_polling_too_fast_makes_the_pause_five_seconds_longer(provider, terminal):
    terminal.begin()
    assert terminal.poll_at_once().json["error"] == "authorization_pending"
    assert terminal.poll_at_once().json["error"] == "slow_down"
    provider.clock.advance(6)
    assert terminal.poll_at_once().json["error"] == "slow_down"
    provider.clock.advance(15)
    assert terminal.poll_at_once().json["error"] == "authorization_pending"


def test_who_has_approved_is_not_told_to_slow_down(browser, terminal):
    terminal.begin()
    terminal.poll_at_once()
    approved(browser, terminal)
    assert terminal.poll_at_once().status_code == 200


def test_of_eight_polls_at_once_one_gets_the_tokens_and_they_live(provider, browser, terminal):
    terminal.begin()
    approved(browser, terminal)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: terminal.poll_at_once(), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert terminal.party.userinfo(winner.json["access_token"]).status_code == 200


def test_an_expired_request_is_told_as_expired_and_its_code_leads_nowhere(provider, browser, terminal):
    terminal.begin()
    page = enter(browser, terminal.shown["user_code"])
    provider.clock.advance(600)
    assert terminal.error() == "expired_token"
    assert browser.submit(page, match=terminal.shown["match_number"]).status_code == 410
    assert enter(browser, terminal.shown["user_code"]).status_code == 422
    provider.clock.advance(601)
    assert terminal.error() == "invalid_grant"


def test_a_refusal_is_told_as_denied(browser, terminal):
    terminal.begin()
    end = leave(browser, enter(browser, terminal.shown["user_code"]))
    assert end.request.path == "/device/refused"
    assert terminal.error() == "access_denied"
    assert enter(browser, terminal.shown["user_code"]).status_code == 422


def test_three_wrong_numbers_refuse_the_request(provider, browser, terminal):
    terminal.begin()
    page = enter(browser, terminal.shown["user_code"])
    wrong = other_number(terminal.shown["match_number"])
    for _ in range(2):
        page = browser.submit(page, match=wrong)
        assert page.status_code == 400
        assert terminal.error() == "authorization_pending"
    assert browser.submit(page, match=wrong).status_code == 410
    assert terminal.error() == "access_denied"


def test_the_complete_address_approves_nothing_and_asks_for_the_number(browser, terminal):
    terminal.begin()
    address = terminal.shown["verification_uri_complete"].removeprefix(ISSUER)
    page = browser.get(address)
    assert f'value="{terminal.shown["user_code"]}"' in page.text
    assert terminal.error() == "authorization_pending"
    page = browser.submit(page, user_code=terminal.shown["user_code"])
    assert 'name="match"' in page.text
    assert not re.search(rf">\s*{terminal.shown['match_number']}\s*<", page.text), "only the terminal shows it"
    assert terminal.error() == "authorization_pending"


def test_a_device_code_is_worth_nothing_to_another_client(provider, browser, terminal):
    terminal.begin()
    thief = provider.party("thief")
    assert terminal.poll(thief).json["error"] == "invalid_grant"
    approved(browser, terminal)
    assert terminal.poll(thief).json["error"] == "invalid_grant"
    assert terminal.poll().status_code == 200


def test_a_poll_cannot_widen_what_was_approved(browser, terminal):
    terminal.begin(scope="openid")
    approved(browser, terminal)
    assert terminal.poll(scope="openid profile phone").json["scope"] == "openid"


def test_a_client_that_needs_consent_gets_nothing_before_it(provider, browser):
    terminal = Terminal(provider, provider.party("asks", consent=ConsentPolicy.EXPLICIT)).begin()
    page = approved(browser, terminal)
    assert page.request.path.endswith("/consent")
    assert terminal.error() == "authorization_pending"
    assert browser.submit(page, decision="agree").request.path == "/device/approved"
    assert terminal.poll().status_code == 200


def test_a_refused_consent_is_a_refusal(provider, browser):
    terminal = Terminal(provider, provider.party("asks", consent=ConsentPolicy.EXPLICIT)).begin()
    end = browser.submit(approved(browser, terminal), decision="refuse")
    assert end.request.path == "/device/refused"
    assert terminal.error() == "access_denied"


def test_a_level_that_is_missing_is_proved_first(provider):
    browser = provider.browser()
    browser.sign_in(provider.citizen(2, level=0))
    terminal = Terminal(provider, provider.party("level", minimum_level=Level.BASIC)).begin()
    page = approved(browser, terminal)
    assert page.request.path.endswith("/prove")
    page = browser.get(f"{page.request.path}/police_population")
    end = browser.submit(page, name="张三", id_number="370102190103070012")
    assert end.request.path == "/device/approved"
    assert terminal.poll().status_code == 200


def test_an_account_that_is_closed_between_approval_and_poll_gets_nothing(provider, browser, terminal):
    terminal.begin()
    approved(browser, terminal)
    provider.stores.sessions.end_all(f"{1:032x}", now=provider.clock.now())
    response = terminal.poll()
    assert (response.status_code, response.json["error"]) == (400, "invalid_grant")


def test_signing_out_ends_what_the_terminal_has(provider, browser, terminal):
    terminal.begin()
    approved(browser, terminal)
    token = terminal.poll().json["access_token"]
    press(browser, browser.get("/sign-out"), "/sign-out")
    assert terminal.party.userinfo(token).status_code == 401


def test_approval_and_refusal_at_once_leave_one_answer(provider, browser, terminal):
    terminal.begin()
    second = provider.browser()
    second.sign_in(provider.citizen(2, level=0))
    mine, theirs = (enter(each, terminal.shown["user_code"]) for each in (browser, second))
    leave(second, theirs)
    assert approve(browser, mine, terminal.shown["match_number"]).status_code == 410
    assert terminal.error() == "access_denied"


def test_a_public_client_may_ask_with_its_name_alone(provider, browser):
    party = provider.party("open", auth_method=AuthMethod.NONE)
    terminal = Terminal(provider, party).begin()
    approved(browser, terminal)
    assert terminal.poll().status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"terminal": "x" * 81}, "invalid_request"),
        ({"terminal": "a\u202eb"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
    ],
)
def test_what_no_terminal_asks_is_refused(terminal, form, error):
    response = terminal.ask(**form)
    assert (response.status_code, response.json["error"]) == (400, error)


def test_who_is_not_registered_for_it_is_refused(provider):
    plain = provider.party("plain", grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
    terminal = Terminal(provider, plain)
    assert terminal.ask().json["error"] == "unauthorized_client"
    terminal.shown = {"device_code": "x"}
    assert terminal.error() == "unauthorized_client"


def test_who_does_not_authenticate_is_refused(provider, party):
    http = Client(provider.app.wsgi_app)
    response = http.post("/device_authorization", base_url=ISSUER, data={"client_id": "kiosk", "scope": "openid"})
    assert response.json["error"] == "invalid_client"
    assert http.get("/device_authorization", base_url=ISSUER).status_code == 405


def test_the_history_tells_of_the_approval(provider, browser, terminal):
    terminal.begin()
    approved(browser, terminal)
    provider.drain()
    page = browser.get("/account", headers={"Accept-Language": "en"})
    assert "You approved a request: Service hall" in page.text
