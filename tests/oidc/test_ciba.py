"""Backchannel authentication (CIBA Core 1.0) as the hotline, a citizen and an attacker meet it."""

import concurrent.futures

import pytest

from idp.domain.assurance import Level
from idp.domain.client import Ciba, ConsentPolicy, GrantType
from tests.decoupled import Hotline, approve, look_at_request, other_number, press
from tests.provider import PASSWORD
from tests.web.test_token import verified

ZHANG = "370102190103070012"


@pytest.fixture
def party(provider):
    return provider.party("hotline", ciba=Ciba())


@pytest.fixture
def hotline(provider, party):
    return Hotline(provider, party)


@pytest.fixture
def person(provider):
    return provider.citizen(login_name="zhangsan")


@pytest.fixture
def browser(provider, person):
    browser = provider.browser()
    browser.sign_in(person)
    return browser


def approved(browser, hotline):
    """The citizen hears the number in the call."""
    return approve(browser, look_at_request(browser), hotline.told["match_number"])


def test_the_hotline_gets_what_the_citizen_approved(provider, person, browser, hotline):
    hotline.begin(person.mobile, binding_message="补发社保卡")
    assert hotline.told.keys() == {"auth_req_id", "expires_in", "interval", "match_number"}
    assert (hotline.told["expires_in"], hotline.told["interval"]) == (300, 5)
    assert hotline.error() == "authorization_pending"
    assert "/account/requests" in browser.get("/account").text
    page = look_at_request(browser)
    assert "补发社保卡" in page.text
    assert "办事大厅" in page.text
    assert hotline.error() == "authorization_pending"
    assert approve(browser, page, hotline.told["match_number"]).request.path == "/account"
    tokens = hotline.poll().json
    assert hotline.party.userinfo(tokens["access_token"]).json["name"] == "张三"
    assert hotline.poll().json["error"] == "invalid_grant"
    claims = verified(provider, tokens["id_token"], "RS256").claims
    assert (claims["acr"], claims["amr"]) == ("urn:yihaotong:realname:1", ["pwd"])


@pytest.mark.parametrize(
    "hint", ["zhangsan", "ZhangSan", "199 0000 0001", "+8619900000001", ZHANG, "３７０１０２190103070012"]
)
def test_a_citizen_is_found_by_every_name_of_a_sign_in(person, browser, hotline, hint):
    hotline.begin(hint)
    approved(browser, hotline)
    assert hotline.poll().status_code == 200


@pytest.mark.parametrize("hint", ["19900000999", "nobody_here", "370102190204150003", "' or 1=1"])
def test_a_person_nobody_knows_is_answered_like_one_we_know(provider, person, hotline, hint):
    provider.app.extensions[
        "yihaotong"
    ].approval_notices.close()  # what follows in another thread tells nobody anything
    hotline.begin(person.mobile)
    provider.wire.round_trips = 0
    known = hotline.begin(person.mobile).told
    known_trips, provider.wire.round_trips = provider.wire.round_trips, 0
    hotline.begin(hint)
    assert provider.wire.round_trips == known_trips
    assert hotline.told.keys() == known.keys()
    assert hotline.error() == "authorization_pending"
    provider.clock.advance(300)
    assert hotline.error() == "expired_token"


def test_an_account_that_is_closed_is_like_nobodys(provider, person, browser, hotline):
    provider.stores.citizens.disable(person.id, now=provider.clock.now())
    hotline.begin(person.mobile)
    assert hotline.error() == "authorization_pending"
    assert provider.stores.waiting.of_citizen(person.id, now=provider.clock.now()) == []


def test_a_citizen_is_not_flooded(provider, person, browser, hotline):
    for _ in range(5):
        assert hotline.ask(login_hint=person.mobile).status_code == 200
    waiting = provider.app.extensions["yihaotong"].approvals.of_citizen(person.id)
    assert len(waiting) == 3


def test_one_relying_party_does_not_silence_another(provider, person, hotline):
    """Three requests of a stranger's portal, and the operator at the telephone would have waited for nothing."""
    others = [
        Hotline(provider, provider.party(name, grant_types=hotline.party.client.grant_types, ciba=Ciba()))
        for name in ("evil", "third")
    ]
    for _ in range(5):
        others[0].begin(person.mobile)
    hotline.begin(person.mobile)
    for _ in range(5):
        others[1].begin(person.mobile)
    waiting = provider.app.extensions["yihaotong"].approvals.of_citizen(person.id)
    asked = [each.client_id for each in waiting]
    assert [asked.count(name) for name in ("evil", hotline.party.client.client_id, "third")] == [3, 1, 2]


def test_an_id_token_of_this_client_names_its_citizen(provider, person, browser, hotline):
    hint = hotline.party.tokens(browser, scope="openid profile")["id_token"]
    hotline.told = hotline.ask(id_token_hint=hint).json
    approved(browser, hotline)
    assert hotline.poll().status_code == 200


def test_an_id_token_of_another_client_names_nobody(provider, browser, hotline):
    other = provider.party("other", ciba=Ciba())
    response = hotline.ask(id_token_hint=other.tokens(browser)["id_token"])
    assert (response.status_code, response.json["error"]) == (400, "invalid_request")


def test_only_the_citizen_it_is_for_sees_and_approves_it(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    stranger = provider.browser()
    stranger.sign_in(provider.citizen(2, level=0))
    page = stranger.get("/account/requests")
    address = next(
        f"/account/requests/{each.id}" for each in provider.app.extensions["yihaotong"].approvals.of_citizen(person.id)
    )
    assert address not in page.text
    assert press(stranger, page, address).status_code == 410
    assert press(stranger, page, f"{address}/refuse").status_code == 410
    assert hotline.error() == "authorization_pending"


def test_another_citizen_who_signs_in_on_the_way_cannot_approve(provider, person, browser, hotline):
    other = provider.citizen(2, level=0)
    hotline.begin(person.mobile)
    page = look_at_request(browser)
    address = page.request.path
    elsewhere = provider.browser()
    elsewhere.sign_in(other)
    browser.http.set_cookie("yht_session", "x", domain="id.example")
    session = elsewhere.http.get_cookie("__Host-yht_session", domain="id.example")
    browser.http.set_cookie("__Host-yht_session", session.value, domain="id.example", secure=True)
    page = browser.follow(browser.get(address))
    assert page.request.path.endswith("/sign-in")
    assert hotline.error() == "authorization_pending"


def test_whoever_signed_in_long_ago_shows_the_password_first(provider, person, browser, hotline):
    provider.clock.advance(901)
    hotline.begin(person.mobile)
    page = look_at_request(browser)
    assert page.request.path.endswith("/sign-in")
    page = browser.submit(page, username=person.mobile, password=PASSWORD)
    approve(browser, page, hotline.told["match_number"])
    claims = verified(provider, hotline.poll().json["id_token"], "RS256").claims
    assert claims["auth_time"] >= provider.clock.now() - 10


def test_a_refusal_on_the_list_is_told_as_denied(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    [waiting] = provider.app.extensions["yihaotong"].approvals.of_citizen(person.id)
    page = press(browser, browser.get("/account/requests"), f"/account/requests/{waiting.id}/refuse")
    assert page.request.path == "/account"
    assert hotline.error() == "access_denied"


def test_three_wrong_numbers_refuse_the_request(browser, person, hotline):
    hotline.begin(person.mobile)
    page, wrong = look_at_request(browser), other_number(hotline.told["match_number"])
    for _ in range(2):
        page = browser.submit(page, match=wrong)
    assert browser.submit(page, match=wrong).status_code == 410
    assert hotline.error() == "access_denied"


def test_of_eight_polls_at_once_one_gets_the_tokens_and_they_live(person, browser, hotline):
    hotline.begin(person.mobile)
    approved(browser, hotline)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: hotline.poll_at_once(), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert hotline.party.userinfo(winner.json["access_token"]).status_code == 200


def test_a_poll_of_a_pending_request_is_one_round_trip(provider, person, hotline):
    hotline.begin(person.mobile)
    hotline.poll()
    provider.app.extensions["yihaotong"].approval_notices.close()  # the text to the citizen is sent beside
    provider.wire.round_trips = 0
    assert hotline.error() == "authorization_pending"
    assert provider.wire.round_trips == 1


def test_consent_and_level_are_asked_for_as_anywhere(provider, person, browser):
    party = provider.party("asks", ciba=Ciba(), consent=ConsentPolicy.EXPLICIT, minimum_level=Level.BASIC)
    hotline = Hotline(provider, party).begin(person.mobile)
    page = approved(browser, hotline)
    assert page.request.path.endswith("/consent")
    assert hotline.error() == "authorization_pending"
    browser.submit(page, decision="agree")
    assert hotline.poll().status_code == 200


def test_what_ends_the_citizens_sessions_ends_what_was_approved(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    approved(browser, hotline)
    provider.stores.sessions.end_all(person.id, now=provider.clock.now())
    assert hotline.error() == "invalid_grant"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"login_hint": None}, "invalid_request"),
        ({"login_hint_token": "x"}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": None, "id_token_hint": "x.y.z"}, "invalid_request"),
        ({"login_hint": "x" * 257}, "invalid_request"),
        ({"binding_message": "x" * 81}, "invalid_binding_message"),
        ({"binding_message": "a\u202eb"}, "invalid_binding_message"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "-5"}, "invalid_request"),
        ({"requested_expiry": "soon"}, "invalid_request"),
        ({"requested_expiry": "1" * 9}, "invalid_request"),
        ({"request": "x.y.z"}, "invalid_request"),
    ],
)
def test_what_no_hotline_asks_is_refused(person, hotline, form, error):
    response = hotline.ask(**{"login_hint": person.mobile, **form})
    assert (response.status_code, response.json["error"]) == (400, error)


@pytest.mark.parametrize(("asked", "given"), [("10", 10), ("120", 120), ("90000", 1800)])
def test_the_client_says_how_long_it_waits_up_to_half_an_hour(person, hotline, asked, given):
    assert hotline.begin(person.mobile, requested_expiry=asked).told["expires_in"] == given


def test_who_is_not_registered_for_it_is_refused(provider, person):
    plain = provider.party("plain", grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
    assert Hotline(provider, plain).ask(login_hint=person.mobile).json["error"] == "unauthorized_client"


def test_the_citizen_is_told_by_a_text_without_link_or_number(provider, person, hotline):
    hotline.begin(person.mobile, binding_message="补发社保卡")
    provider.app.extensions["yihaotong"].approval_notices.close()
    [text] = provider.sandbox.control.get(f"/sms/inbox/{person.mobile}.json").json
    assert "一号通" in text["text"]
    assert "http" not in text["text"]
    assert not any(character.isdigit() for character in text["text"])


def test_the_history_tells_who_asked_and_what_was_answered(provider, person, browser, hotline):
    hotline.begin(person.mobile)
    approved(browser, hotline)
    provider.app.extensions["yihaotong"].approval_notices.close()
    provider.drain()
    page = browser.get("/account", headers={"Accept-Language": "en"})
    assert "A portal asked you to approve something: Service hall" in page.text
    assert "You approved a request: Service hall" in page.text
