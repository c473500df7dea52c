"""Signing out: who is asked, who is sent back, who is told, and what is left when the database is away."""

from dataclasses import replace

import pytest

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import EventState
from tests.conformance.logout import RelyingParty, confirm, press
from tests.provider import Provider

BACK = "https://hall.example/bye"


@pytest.fixture
def citizen(provider: Provider):
    return provider.citizen()


@pytest.fixture
def hall(provider: Provider, citizen) -> RelyingParty:
    made = RelyingParty(provider, provider.party("hall"), provider.browser())
    made.sign_on(citizen)
    return made


def _another(hall: RelyingParty, client_id: str = "fund", *, here: bool = True, **facts) -> RelyingParty:
    provider = hall.provider
    browser = hall.browser if here else provider.browser()
    return RelyingParty(provider, provider.party(client_id, **facts), browser)


def _notices(provider: Provider):
    return provider.app.extensions["yihaotong"].notices


def test_the_confirmation_page_and_what_follows_speak_the_language_that_the_portal_wishes(hall):
    page = hall.end_session(client_id="hall", post_logout_redirect_uri=BACK, ui_locales="xx en", state="s")
    assert 'lang="en"' in page.text
    assert "Sign out?" in page.text
    page = hall.end_session(ui_locales="zh-CN")
    assert 'lang="zh-CN"' in page.text
    page = confirm(hall.browser, hall.end_session(ui_locales="en"))
    assert page.request.path == "/signed-out"


def test_a_logout_hint_is_no_hint_and_no_harm(hall):
    page = hall.end_session(logout_hint="somebody", post_logout_redirect_uri=BACK, client_id="hall")
    assert "/logout/confirm" in page.text
    assert "somebody" not in page.text
    assert hall.alive()
    page = hall.end_session(logout_hint="somebody", post_logout_redirect_uri=BACK, id_token_hint=hall.hint)
    assert hall.sent_back(page) == {}


def test_a_post_is_read_from_its_body_alone(hall):
    form = {"id_token_hint": hall.hint, "post_logout_redirect_uri": BACK, "state": "s"}
    page = hall.browser.follow(hall.browser.post("/logout", form))
    assert hall.sent_back(page) == {"state": "s"}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "fund"},
        {"client_id": "nobody"},
        {"id_token_hint": "", "client_id": "nobody"},
        {"id_token_hint": "", "client_id": "fund"},
        {"post_logout_redirect_uri": "https://fund.example/bye"},
    ],
)
def test_hint_client_and_address_must_belong_together(hall, changes):
    _another(hall)
    asked = {"id_token_hint": hall.hint, "client_id": "hall", "post_logout_redirect_uri": BACK, "state": "s"} | changes
    page = hall.end_session(**{name: value for name, value in asked.items() if value})
    assert page.status_code == 400
    assert "Location" not in page.headers
    assert hall.alive()


def test_a_repeated_parameter_is_refused(hall):
    page = hall.browser.get(f"/logout?state=a&state=b&id_token_hint={hall.hint}")
    assert page.status_code == 400
    assert hall.alive()


def test_without_hint_and_session_only_a_link_leads_to_the_portal(provider):
    provider.party("hall")
    page = provider.browser().get("/logout", query_string={"client_id": "hall", "post_logout_redirect_uri": BACK})
    assert (page.status_code, "Location" in page.headers) == (200, False)
    assert f'href="{BACK}"' in page.text
    assert "<script" not in page.text
    assert "data-onward" not in page.text


def test_an_old_cookie_is_worthless(hall, provider):
    token = hall.browser.cookie("__Host-yht_session")
    hall.end_session(id_token_hint=hall.hint)
    assert hall.browser.cookie("__Host-yht_session") is None
    hall.browser.http.set_cookie("__Host-yht_session", token, domain="id.example")
    assert not hall.alive()


def test_a_portal_is_told_of_a_session_that_slept_when_it_signs_out(hall, provider):
    provider.clock.advance(1900)
    assert hall.sent_back(hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK)) == {}
    assert provider.notified() == ["https://hall.example/logout"]


def test_a_strangers_hint_ends_no_session_that_sleeps(hall, provider):
    evil = _another(hall, "evil", here=False, backchannel_logout_uri=None)
    evil.sign_on(provider.citizen(2, name="李四", id_number="11010519491231002X"))
    provider.clock.advance(1900)
    page = hall.end_session(id_token_hint=evil.hint, post_logout_redirect_uri="https://evil.example/bye")
    assert (page.status_code, "Location" in page.headers) == (200, False)
    assert provider.notified() == []
    assert hall.party.refresh(hall.tokens["refresh_token"]).status_code == 200


def test_a_hint_leads_nowhere_by_itself_where_no_session_was_ended(hall, provider):
    asked = {"id_token_hint": hall.hint, "post_logout_redirect_uri": BACK, "state": "s"}
    page = provider.browser().get("/logout", query_string=asked)
    assert (page.status_code, "Location" in page.headers) == (200, False)
    assert f'href="{BACK}?state=s"' in page.text
    assert "data-onward" not in page.text


def test_a_bare_link_ends_nothing_not_even_what_sleeps(hall, provider):
    provider.clock.advance(1900)
    assert hall.end_session().request.path == "/signed-out"
    assert hall.browser.cookie("__Host-yht_session")
    assert provider.notified() == []


def test_every_client_of_the_session_is_told_and_its_tokens_are_dead(hall, provider):
    fund = _another(hall)
    fund.sign_on()
    for each in (hall, fund):
        assert each.party.userinfo(each.tokens["access_token"]).status_code == 200
    fund.end_session(id_token_hint=fund.hint)
    assert sorted(provider.notified()) == ["https://fund.example/logout", "https://hall.example/logout"]
    told = {hall.verified(token)[1]["aud"]: hall.verified(token)[1]["sid"] for _address, token in provider.posted}
    assert told == {"hall": hall.claims["sid"], "fund": fund.claims["sid"]}
    for each in (hall, fund):
        assert each.party.userinfo(each.tokens["access_token"]).status_code == 401
        assert each.party.refresh(each.tokens["refresh_token"]).status_code == 400


def test_sign_out_on_every_device_reaches_every_portal_of_every_browser(hall, provider, citizen):
    elsewhere = _another(hall, "fund", here=False)
    elsewhere.sign_on(citizen)
    page = hall.browser.get("/sign-out")
    done = hall.browser.submit(page, where="everywhere")
    assert done.request.path == "/signed-out"
    assert sorted(provider.notified()) == ["https://fund.example/logout", "https://hall.example/logout"]
    assert not hall.alive()
    assert not elsewhere.alive()
    assert elsewhere.party.userinfo(elsewhere.tokens["access_token"]).status_code == 401


def test_the_ordinary_button_leaves_other_devices_alone(hall, provider, citizen):
    elsewhere = _another(hall, "fund", here=False)
    elsewhere.sign_on(citizen)
    press(hall.browser, hall.browser.get("/sign-out"), "/sign-out")
    assert provider.notified() == ["https://hall.example/logout"]
    assert elsewhere.alive()


@pytest.fixture
def away(provider: Provider, monkeypatch):
    """The database takes no events, until it is told to."""
    real = provider.stores.events.announce

    def nobody(_events) -> None:
        raise StoreUnavailable("sql: away")

    monkeypatch.setattr(provider.stores.events, "announce", nobody)
    return lambda: monkeypatch.setattr(provider.stores.events, "announce", real)


def test_notices_wait_beside_the_sessions_while_the_database_is_away(hall, provider, away):
    assert hall.sent_back(hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK)) == {}
    with pytest.raises(StoreUnavailable):
        _notices(provider).tick()
    assert provider.notified() == []
    away()
    _notices(provider).tick()
    assert provider.notified() == ["https://hall.example/logout"]
    assert hall.verified(provider.posted[0][1])[1]["sid"] == hall.claims["sid"]
    _notices(provider).tick()
    assert provider.stores.events.count(EventState.DELIVERED) == 1
    assert len(provider.posted) == 1


def test_parked_notices_that_were_moved_by_two_workers_are_told_once(hall, provider, away):
    hall.end_session(id_token_hint=hall.hint)
    away()
    parked, events = provider.stores.parked_events, provider.stores.events

    class Interrupted:
        """Announces, and lets another worker do the same before this one forgets."""

        def announce(self, found) -> None:
            events.announce(found)
            parked.move(events)

    assert parked.move(Interrupted()) == 1
    assert parked.move(events) == 0
    assert len(events.listing(limit=9)) == 1


def test_where_both_stores_are_away_the_log_names_who_is_not_told(hall, provider, away, monkeypatch, request):
    def nowhere(_events) -> None:
        raise StoreUnavailable("redis: away")

    monkeypatch.setattr(provider.stores.parked_events, "park", nowhere)
    assert hall.sent_back(hall.end_session(id_token_hint=hall.hint, post_logout_redirect_uri=BACK)) == {}
    said = request.getfixturevalue("_logs_hold_nothing_personal").getvalue()
    assert "logout_notices_lost" in said
    assert '"hall"' in said


def test_a_client_that_left_the_file_is_no_reason_not_to_tell_the_others(hall, provider):
    fund = _another(hall)
    fund.sign_on()
    provider.registry.remove("fund")
    hall.end_session(id_token_hint=hall.hint)
    assert provider.notified() == ["https://hall.example/logout"]


def test_a_client_without_an_address_for_it_is_not_told(hall, provider):
    client = provider.registry.get("hall")
    provider.registry.add(replace(client, backchannel_logout_uri=None))
    hall.end_session(id_token_hint=hall.hint)
    assert provider.notified() == []
