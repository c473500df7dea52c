"""Which security events are told of, and to whom."""

import pytest

from idp.domain.claims import MachineScope
from idp.domain.client import GrantType, PushEndpoint
from idp.domain.ports import EventState
from tests.oidc.test_shared_signals import CAEP, REVOKED, RISC, _announce, _known, _settled, hall, person
from tests.provider import answer_of

__all__ = ["hall", "person"]

MANDATE = "urn:yihaotong:secevent:mandate-revoked"


def test_only_the_types_that_a_client_wants_are_kept_for_it(provider, person):
    hall = _known(provider, person, PushEndpoint("https://hall.example/events", events=frozenset({REVOKED})))
    assert _announce(provider).account_disabled(person.id) == 0
    assert _announce(provider).sessions_revoked(person.id) == 1
    assert [list(hall.read(token)[1]["events"]) for _a, token, _b in _settled(provider)] == [[REVOKED]]


def test_a_closed_and_an_opened_account_and_what_ended_with_it(hall, provider, person):
    operators = provider.app.extensions["yihaotong"].operators
    operators.disable(person.id)
    operators.enable(person.id)
    found = [hall.read(token)[1] for _address, token, _bearer in _settled(provider)]
    kinds = [kind for claims in found for kind in claims["events"]]
    assert sorted(kinds) == sorted([f"{RISC}account-disabled", REVOKED, f"{RISC}account-enabled"])
    assert {claims["sub_id"]["format"] for claims in found} == {"iss_sub"}


def test_a_purged_account_is_told_without_a_word_more(hall, provider, person):
    provider.app.extensions["yihaotong"].operators.purge(person.id, disable_first=True)
    events = [hall.read(token)[1]["events"] for _address, token, _bearer in _settled(provider)]
    assert {f"{RISC}account-purged": {}} in events
    assert f"{RISC}account-purged" in hall.stream()["events_supported"]


def test_who_wants_other_types_is_not_told_of_a_purge(provider, person):
    _known(provider, person, PushEndpoint("https://hall.example/events", events=frozenset({REVOKED})))
    done = provider.app.extensions["yihaotong"].operators.purge(person.id, disable_first=True)
    assert done.told == 0


@pytest.mark.parametrize("scopes", [{"openid", "legal_person"}, {"openid"}], ids=["for whom they act", "nothing"])
def test_the_end_of_a_mandate_is_told_to_who_is_told_for_whom_the_citizen_acts(hall, provider, person, scopes):
    provider.stores.consents.withdraw(person.id, "hall", now=provider.clock.now())
    provider.stores.consents.give(person.id, "hall", frozenset(scopes), now=provider.clock.now())
    told = _announce(provider).mandate_revoked(person.id)
    events = [hall.read(token)[1]["events"] for _address, token, _bearer in _settled(provider)]
    assert told == len(events) == len(scopes) - 1
    assert all(each == {MANDATE: {"event_timestamp": int(provider.clock.now())}} for each in events)
    assert MANDATE in hall.stream()["events_supported"]


def test_a_factor_that_goes_is_told_by_its_kind_and_nothing_else(hall, provider, person):
    provider.stores.credentials.set_totp_secret(person.id, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", now=provider.clock.now())
    provider.app.extensions["yihaotong"].second_factors.remove_lost(person.id)
    events = {k: v for _a, token, _b in _settled(provider) for k, v in hall.read(token)[1]["events"].items()}
    told = {"credential_type": "app", "change_type": "revoke", "event_timestamp": int(provider.clock.now())}
    assert events[f"{CAEP}credential-change"] == told
    assert REVOKED in events


def test_everywhere_but_here_is_told_as_revoked_sessions(hall, provider, person):
    here, there = provider.browser(), provider.browser()
    here.sign_in(person)
    there.sign_in(person)
    page = here.get("/account")
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    here.post("/account/sessions/end-others", {"csrf_token": token})
    provider.notified()
    kinds = [kind for _a, each, _b in provider.pushed for kind in hall.read(each)[1]["events"]]
    assert kinds == [REVOKED]
    assert provider.stores.events.count(EventState.WAITING) == 0


def test_the_machine_scopes_are_for_machines(provider):
    party = provider.party("hall", scopes=frozenset({"openid", *MachineScope}), grant_types=frozenset(GrantType))
    browser = provider.browser()
    browser.sign_in(provider.citizen(2, level=0))
    answer = answer_of(browser.follow(party.authorize(browser, scope="openid ssf.manage")))
    assert answer["error"] == "invalid_scope"
