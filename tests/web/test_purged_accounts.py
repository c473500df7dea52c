"""Everything about a person is deleted: the portal is told, the door is shut, the number is free."""

from typing import Any

import pytest

from idp.domain.client import PushEndpoint
from idp.domain.errors import StoreUnavailable
from idp.domain.ports import Merge
from idp.domain.subjects import pairwise
from idp.people.purging import Gone, NotPurged
from tests.conftest import personal_data_in
from tests.oidc.test_shared_signals import RISC, Receiver
from tests.provider import Party, Person, Provider

PURGED = f"{RISC}account-purged"
SCOPE = "openid profile offline_access"


@pytest.fixture
def person(provider: Provider) -> Person:
    return provider.citizen()


@pytest.fixture
def hall(provider: Provider) -> Party:
    return provider.party("hall", security_events=PushEndpoint("https://hall.example/events"))


def signed_on(provider: Provider, party: Party, person: Person) -> dict[str, Any]:
    browser = provider.browser()
    browser.sign_in(person)
    return party.tokens(browser, scope=SCOPE)


def purge(provider: Provider, person: Person, **how: bool) -> Gone | NotPurged:
    with provider.app.app_context():
        return provider.app.extensions["yihaotong"].operators.purge(person.id, **how)


def sub_of(provider: Provider, person: Person, party: Party) -> str:
    citizen = provider.stores.citizens.by_id(person.id)
    assert citizen is not None
    return pairwise(citizen.subject_secret, party.client.sector)


def told(provider: Provider, party: Party) -> list[tuple[str, dict[str, Any], str]]:
    """(event type, payload, sub) of everything that was pushed to a client."""
    provider.notified()
    read = [Receiver(provider, party).read(token)[1] for _address, token, _bearer in provider.pushed]
    mine = [claims for claims in read if claims["aud"] == party.client.client_id]
    return [(kind, body, each["sub_id"]["sub"]) for each in mine for kind, body in each["events"].items()]


def logged(provider: Provider, citizen_id: str) -> list[str]:
    provider.drain()
    return [entry.kind for entry in provider.stores.audit.recent(citizen_id, limit=99)]


def test_the_portal_is_told_the_door_is_shut_and_the_number_is_free(provider: Provider, hall: Party, person: Person):
    tokens, sub = signed_on(provider, hall, person), sub_of(provider, person, hall)
    done = purge(provider, person, disable_first=True)
    assert done == Gone((person.id,), sessions=1, notices=1, told=1)
    assert (PURGED, {}, sub) in told(provider, hall)
    assert provider.notified() == [hall.client.backchannel_logout_uri]
    assert hall.userinfo(tokens["access_token"]).status_code == 401
    assert hall.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert provider.browser().sign_in(person).request.path.endswith("/sign-in")

    anew = provider.citizen(2)  # the same name and number, by another account: bound, for nobody holds it
    found = provider.stores.citizens.by_id_number("370102190103070012")
    assert found is not None
    assert found.id == anew.id
    assert signed_on(provider, hall, anew)
    assert sub_of(provider, anew, hall) != sub


def test_the_log_keeps_its_chain_and_names_nobody(provider: Provider, hall: Party, person: Person):
    signed_on(provider, hall, person)
    purge(provider, person, disable_first=True)
    kinds = logged(provider, person.id)
    assert kinds.count("account_purged") == 1
    assert {"signed_in", "signed_on", "signed_out", "account_disabled"} <= set(kinds)
    assert isinstance(provider.stores.audit.verify(), int)
    entries = provider.stores.audit.recent(person.id, limit=99)
    assert not personal_data_in(repr(entries))


def test_only_a_closed_account_is_purged(provider: Provider, hall: Party, person: Person):
    signed_on(provider, hall, person)
    assert purge(provider, person) is NotPurged.OPEN
    assert provider.stores.citizens.by_id(person.id) is not None
    assert provider.browser().sign_in(person).request.path == "/account"
    provider.app.extensions["yihaotong"].operators.disable(person.id)
    assert isinstance(purge(provider, person), Gone)
    assert purge(provider, Person("f" * 32, "")) is NotPurged.UNKNOWN


def test_a_portal_that_was_disconnected_knew_the_person_too(provider: Provider, hall: Party, person: Person):
    signed_on(provider, hall, person)
    stranger = provider.party("bureau", security_events=PushEndpoint("https://bureau.example/events"))
    provider.stores.consents.withdraw(person.id, "hall", now=provider.clock.now())
    sub = sub_of(provider, person, hall)
    purge(provider, person, disable_first=True)
    assert (PURGED, {}, sub) in told(provider, hall)
    assert told(provider, stranger) == []


def test_joined_accounts_go_together_and_every_sub_is_told(provider: Provider, hall: Party, person: Person):
    second = provider.citizen(2)
    bureau = provider.party("bureau", security_events=PushEndpoint("https://bureau.example/events"))
    signed_on(provider, hall, person)
    signed_on(provider, hall, second)
    signed_on(provider, bureau, second)
    subs = {sub_of(provider, each, hall) for each in (person, second)}
    alone = sub_of(provider, second, bureau)
    now = provider.clock.now()
    sectors = {hall.client.sector: False, bureau.client.sector: True}
    assert provider.stores.merges.join(Merge("m" * 32, person.id, second.id, now, now + 900), sectors)
    assert purge(provider, second, disable_first=True) is NotPurged.JOINED
    done = purge(provider, person, disable_first=True)
    assert isinstance(done, Gone)
    assert done.accounts == (person.id, second.id)
    assert {sub for kind, _, sub in told(provider, hall) if kind == PURGED} == subs
    assert alone in {sub for kind, _, sub in told(provider, bureau) if kind == PURGED}
    for each in (person, second):
        assert logged(provider, each.id).count("account_purged") == 1


def test_what_was_interrupted_before_the_deletion_is_done_by_the_next_try(
    provider: Provider, hall: Party, person: Person, monkeypatch: pytest.MonkeyPatch
):
    tokens = signed_on(provider, hall, person)

    def away(*_arguments: object, **_named: object) -> None:
        raise StoreUnavailable("sql: away")

    with monkeypatch.context() as broken:
        broken.setattr(type(provider.stores.citizens), "purge", away)
        with pytest.raises(StoreUnavailable):
            purge(provider, person, disable_first=True)
    assert hall.userinfo(tokens["access_token"]).status_code == 401  # closed, and nobody was told of a purge yet
    assert PURGED not in [kind for kind, _, _ in told(provider, hall)]
    assert isinstance(purge(provider, person), Gone)
    assert [kind for kind, _, _ in told(provider, hall)].count(PURGED) == 1


def test_what_was_interrupted_after_the_deletion_is_finished_and_told_once(
    provider: Provider, hall: Party, person: Person, monkeypatch: pytest.MonkeyPatch
):
    signed_on(provider, hall, person)
    provider.drain()
    real = provider.stores.citizens.purge

    def cut(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        raise StoreUnavailable("sql: nobody knows")

    with monkeypatch.context() as broken:
        broken.setattr(type(provider.stores.citizens), "purge", lambda _self, *a, **n: cut(*a, **n))
        with pytest.raises(StoreUnavailable):
            purge(provider, person, disable_first=True)
    assert "account_purged" not in logged(provider, person.id)
    for _ in range(2):
        assert purge(provider, person) == Gone((person.id,), 0, 0)
    assert logged(provider, person.id).count("account_purged") == 1
    assert [kind for kind, _, _ in told(provider, hall)].count(PURGED) == 1


def test_a_sign_in_under_way_while_the_account_is_purged_leaves_no_session(
    provider: Provider, person: Person, monkeypatch: pytest.MonkeyPatch
):
    sessions = provider.stores.sessions
    real = sessions.open

    def too_late(facts: Any, *, now: float) -> str:
        """The password was right; then the account goes; then the session is opened."""
        token = real(facts, now=now)
        purge(provider, person, disable_first=True)
        return token

    monkeypatch.setattr(sessions, "open", too_late)
    provider.browser().sign_in(person)
    assert sessions.of_citizen(person.id, now=provider.clock.now()) == []


def test_whose_number_it_claimed_hears_that_it_is_theirs(provider: Provider, person: Person):
    claimant = provider.citizen(2)
    provider.stores.citizens.dispute(claimant.id, now=provider.clock.now())
    purge(provider, claimant, disable_first=True)
    assert "dispute_settled" in logged(provider, person.id)
    assert provider.stores.citizens.claims_on(person.id) == ()


def test_who_claimed_its_number_hears_that_the_dispute_is_over(provider: Provider, person: Person):
    claimant = provider.citizen(2)
    purge(provider, person, disable_first=True)
    assert "dispute_settled" in logged(provider, claimant.id)
    found = provider.stores.citizens.by_id(claimant.id)
    assert found is not None
    assert found.claim is None
