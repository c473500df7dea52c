"""What every store of security events promises: each is held by one at a time and settled once, whatever happens.

Fixtures: ``security_events``.
"""

import itertools
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.domain.ports import DueEvent, EventState, SecurityEvent, SecurityEventKind, SecurityEvents
from tests.contract.threads import at_once

NOW = 1_735_689_600.25
LEASE = 60.0
_numbers = itertools.count(1)

inherited = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
)


def event_for(client_id: str = "hall", at: float = NOW, **changes) -> SecurityEvent:
    values = {
        "id": f"{next(_numbers):032x}",
        "client_id": client_id,
        "citizen_id": "c" * 32,
        "kind": SecurityEventKind.LEVEL_CHANGED,
        "at": at,
        "sub": "s" * 43,
        "detail": {"previous": "urn:yihaotong:realname:0", "current": "urn:yihaotong:realname:1"},
    }
    return SecurityEvent(**{**values, **changes})


def take(store: SecurityEvents, now: float = NOW, limit: int = 100, **more) -> list[DueEvent]:
    return list(store.take_due(now=now, lease_seconds=LEASE, limit=limit, **more))


class SecurityEventsContract:
    """Fixtures: ``security_events``."""

    def test_an_event_is_due_at_once_and_as_it_was(self, security_events: SecurityEvents):
        event = event_for(detail={})
        security_events.announce([event])
        assert take(security_events) == [DueEvent(event, 0, NOW + LEASE)]

    def test_nothing_announced_is_nothing_due(self, security_events: SecurityEvents):
        security_events.announce([])
        assert take(security_events) == []

    def test_every_kind_comes_back_as_it_was(self, security_events: SecurityEvents):
        events = [
            event_for(kind=kind, detail={"alias": "a" * 43}, at=NOW + n / 8) for n, kind in enumerate(SecurityEventKind)
        ]
        security_events.announce(events)
        assert [due.event for due in take(security_events, NOW + 60)] == events

    def test_an_id_that_is_kept_already_changes_nothing(self, security_events: SecurityEvents):
        first = event_for()
        security_events.announce([first])
        other = event_for("bank", id=first.id)
        security_events.announce([other, new := event_for("bank")])
        assert {due.event.id: due.event for due in take(security_events)} == {first.id: first, new.id: new}

    def test_a_delivered_event_that_is_announced_again_stays_delivered(self, security_events: SecurityEvents):
        event = event_for()
        security_events.announce([event])
        assert security_events.delivered(take(security_events)[0], now=NOW)
        security_events.announce([event])
        assert take(security_events, NOW + 10 * LEASE) == []

    def test_the_oldest_comes_first_and_no_more_than_asked_for(self, security_events: SecurityEvents):
        events = [event_for(at=NOW + n) for n in (3, 1, 2, 0)]
        security_events.announce(events)
        first = take(security_events, NOW + 9, limit=3)
        assert [due.event.at - NOW for due in first] == [0, 1, 2]
        assert [due.event.at - NOW for due in take(security_events, NOW + 9)] == [3]

    def test_what_lies_ahead_is_not_due(self, security_events: SecurityEvents):
        security_events.announce([event_for(at=NOW + 5)])
        assert take(security_events, NOW + 4.9) == []
        assert len(take(security_events, NOW + 5)) == 1

    def test_skipped_clients_wait(self, security_events: SecurityEvents):
        security_events.announce([event_for("hall"), event_for("bank"), event_for("tax")])
        assert [due.event.client_id for due in take(security_events, skip={"hall", "tax"})] == ["bank"]
        assert {due.event.client_id for due in take(security_events)} == {"hall", "tax"}

    def test_nobody_else_gets_a_leased_event_until_the_lease_ends(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (held,) = take(security_events)
        assert take(security_events, NOW + LEASE - 0.001) == []
        (again,) = take(security_events, NOW + LEASE)
        assert (again.event, again.tries) == (held.event, 0)

    def test_delivered_is_true_once_and_ends_it(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (due,) = take(security_events)
        assert [security_events.delivered(due, now=NOW) for _ in range(3)] == [True, False, False]
        assert not security_events.put_off(due, until=NOW)
        assert take(security_events, NOW + 10 * LEASE) == []
        (kept,) = security_events.listing(limit=9)
        assert (kept.state, kept.tries, kept.next_try_at) == (EventState.DELIVERED, 1, None)

    def test_put_off_counts_a_try_and_waits(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (due,) = take(security_events)
        assert security_events.put_off(due, until=NOW + 7)
        assert take(security_events, NOW + 6) == []
        (again,) = take(security_events, NOW + 7)
        assert again.tries == 1

    def test_given_up_stays_for_the_operators(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (due,) = take(security_events)
        assert security_events.put_off(due, until=None)
        assert not security_events.put_off(due, until=None)
        assert not security_events.delivered(due, now=NOW)
        assert take(security_events, NOW + 1e9) == []
        assert security_events.count(EventState.UNDELIVERED) == 1
        (kept,) = security_events.listing(EventState.UNDELIVERED, limit=9)
        assert (kept.event, kept.tries) == (due.event, 1)

    def test_who_lost_the_lease_puts_nothing_off(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (slow,) = take(security_events)
        (quick,) = take(security_events, NOW + LEASE)
        assert not security_events.put_off(slow, until=NOW)
        assert not security_events.put_off(slow, until=None)
        assert take(security_events, NOW + LEASE) == []
        assert security_events.put_off(quick, until=NOW + 2 * LEASE)

    def test_who_lost_the_lease_but_delivered_has_delivered(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (slow,) = take(security_events)
        (quick,) = take(security_events, NOW + LEASE)
        assert security_events.delivered(slow, now=NOW + LEASE)
        assert not security_events.put_off(quick, until=NOW + 9 * LEASE)
        assert not security_events.delivered(quick, now=NOW + LEASE)

    def test_operators_see_the_newest_first_by_state(self, security_events: SecurityEvents):
        events = [event_for(f"client-{n}", at=NOW + n) for n in range(6)]
        security_events.announce(events)
        held = take(security_events, NOW + 9)
        for due in held[:2]:
            security_events.delivered(due, now=NOW)
        for due in held[2:4]:
            security_events.put_off(due, until=None)
        seen = {state: [k.event.at - NOW for k in security_events.listing(state, limit=9)] for state in EventState}
        assert seen == {EventState.DELIVERED: [1, 0], EventState.UNDELIVERED: [3, 2], EventState.WAITING: [5, 4]}
        assert {state: security_events.count(state) for state in EventState} == dict.fromkeys(EventState, 2)
        assert [k.event.at - NOW for k in security_events.listing(limit=3)] == [5, 4, 3]

    def test_retry_begins_anew_with_what_was_given_up_and_nothing_else(self, security_events: SecurityEvents):
        security_events.announce([event_for(f"client-{n}") for n in range(4)])
        one, two, three, _ = take(security_events)
        for due in (one, two):
            security_events.put_off(due, until=None)
        security_events.delivered(three, now=NOW)
        assert security_events.retry(three.event.id, now=NOW) == 0
        assert security_events.retry("no such id", now=NOW) == 0
        assert security_events.retry(one.event.id, now=NOW + 1) == 1
        assert [(due.event.id, due.tries) for due in take(security_events, NOW + 1)] == [(one.event.id, 0)]
        assert security_events.retry(now=NOW + 1) == 1
        assert [due.event.id for due in take(security_events, NOW + 1)] == [two.event.id]

    def test_old_delivered_rows_are_dropped_and_only_these(self, security_events: SecurityEvents):
        security_events.announce([event_for(f"client-{n}") for n in range(4)])
        old, young, given_up, _ = take(security_events)
        security_events.delivered(old, now=NOW)
        security_events.delivered(young, now=NOW + 10)
        security_events.put_off(given_up, until=None)
        assert security_events.forget_delivered(before=NOW + 10) == 1
        assert security_events.forget_delivered(before=NOW + 10) == 0
        assert len(security_events.listing(limit=9)) == 3

    @pytest.mark.parametrize("limit", [1, 3])
    def test_eight_takers_at_once_never_hold_the_same_event(self, security_events: SecurityEvents, limit: int):
        security_events.announce([event_for(f"client-{n % 5}", at=NOW + n / 1000) for n in range(24)])

        def taker(_: int) -> list[str]:
            held = []
            while due := take(security_events, NOW + 1, limit=limit):
                held += [each.event.id for each in due]
            return held

        held = Counter(id_ for ids in at_once(8, taker) for id_ in ids)
        # A taker that found its rows locked by others may have gone home early; the rest is still there, once.
        held.update(due.event.id for due in take(security_events, NOW + 1))
        assert len(held) == 24
        assert set(held.values()) == {1}

    def test_eight_settlers_at_once_settle_once(self, security_events: SecurityEvents):
        security_events.announce([event_for()])
        (due,) = take(security_events)

        def settle(n: int) -> bool:
            return security_events.delivered(due, now=NOW) if n % 2 else security_events.put_off(due, until=None)

        assert sum(at_once(8, settle)) == 1

    def test_what_waits_for_a_client_is_its_own_oldest_first_and_never_the_end_of_a_session(
        self, security_events: SecurityEvents
    ):
        mine = [event_for(at=NOW + n) for n in (2, 1)]
        others = [event_for("bank"), event_for(kind=SecurityEventKind.SESSION_ENDED, detail={"sid": "one"})]
        security_events.announce([*mine, *others])
        assert list(security_events.waiting_for("hall", limit=9)) == mine[::-1]
        assert list(security_events.waiting_for("hall", limit=1)) == [mine[1]]

    @pytest.mark.parametrize("taken", [True, False])
    def test_what_a_client_settles_is_settled_once_and_only_its_own(self, security_events: SecurityEvents, taken):
        mine, other = event_for(), event_for("bank")
        security_events.announce([mine, other])
        held = take(security_events)  # a worker's lease is no hindrance
        found = security_events.settle("hall", [mine.id, other.id, "unknown"], taken=taken, now=NOW)
        assert list(found) == [mine]
        assert security_events.settle("hall", [mine.id], taken=taken, now=NOW) == ()
        assert security_events.count(EventState.DELIVERED if taken else EventState.UNDELIVERED) == 1
        assert not security_events.delivered(next(due for due in held if due.event == mine), now=NOW)
        assert list(security_events.waiting_for("bank", limit=9)) == [other]

    def test_one_of_many_who_settle_at_once_gets_the_event(self, security_events: SecurityEvents):
        event = event_for()
        security_events.announce([event])
        settled = at_once(6, lambda _: list(security_events.settle("hall", [event.id], taken=True, now=NOW)))
        assert sorted(map(len, settled)) == [0] * 5 + [1]

    def test_what_waits_can_be_made_due_at_once(self, security_events: SecurityEvents):
        security_events.announce([event_for(), event_for("bank")])
        for due in take(security_events):
            security_events.put_off(due, until=NOW + 900)
        assert security_events.hasten("hall", now=NOW + 1) == 1
        assert [due.event.client_id for due in take(security_events, NOW + 1)] == ["hall"]

    @inherited
    @given(
        st.lists(
            st.tuples(st.sampled_from(["take", "deliver", "fail", "give up", "forget"]), st.integers(0, 200)),
            max_size=60,
        )
    )
    def test_whatever_happens_every_event_is_settled_once_at_most(self, security_events: SecurityEvents, steps):
        """Workers come and go, die, and come back late: one settlement an event, and nothing is ever lost."""
        events = [event_for(f"client-{n}") for n in range(4)]
        ours = {event.id for event in events}
        security_events.announce(events)
        now, held, settled = NOW, [], Counter()
        for step, number in steps:
            now += number / 4
            if step == "take":
                held += take(security_events, now, limit=2)
            elif step == "forget":
                security_events.forget_delivered(before=NOW)
            elif held:
                due = held.pop(number % len(held))
                if step == "deliver":
                    settled[due.event.id] += security_events.delivered(due, now=now)
                else:
                    until = None if step == "give up" else now + number
                    settled[due.event.id] += security_events.put_off(due, until=until) and until is None
        # The last try of all: one at a time, as the others' leases end.
        while due := take(security_events, now + 1e6, limit=1):
            settled[due[0].event.id] += security_events.delivered(due[0], now=now)
        assert settled == dict.fromkeys(ours, 1)
