"""What every implementation of :class:`idp.domain.ports.WaitingRequests` promises, besides what records do."""

import pytest

from idp.domain.ports import Polled, Spent, Versioned, WaitingRequests
from tests.contract.store import RecordsContract
from tests.contract.threads import at_once

ZHANG = "0" * 31 + "1"


class WaitingContract(RecordsContract):
    """Fixtures: ``waiting`` and those of records, which it stands for."""

    @pytest.fixture
    def records(self, waiting: WaitingRequests) -> WaitingRequests:
        return waiting

    def test_a_poll_reads_what_was_kept(self, waiting, clock, lives_until):
        waiting.keep("r1", {"a": 1}, ZHANG, now=clock.now(), expires_at=lives_until)
        assert waiting.poll("r1", pause=5, now=clock.now()) == Polled(Versioned({"a": 1}, 1), too_soon=False)

    def test_a_poll_of_nothing_is_nothing(self, waiting, clock, lives_until):
        assert waiting.poll("nobody", pause=5, now=clock.now()) is None
        waiting.keep("r1", {"a": 1}, "", now=clock.now(), expires_at=lives_until)
        clock.advance(600)
        assert waiting.poll("r1", pause=5, now=clock.now()) is None
        assert waiting.poll("nobody", pause=5, now=clock.now()) is None, "a poll makes no record"

    def test_a_poll_that_comes_too_soon_makes_the_pause_five_seconds_longer(self, waiting, clock, lives_until):
        waiting.keep("r1", {}, ZHANG, now=clock.now(), expires_at=lives_until)
        told = []
        for wait in (0, 5, 1, 9, 15, 20):
            clock.advance(wait)
            told.append(waiting.poll("r1", pause=5, now=clock.now()).too_soon)
        assert told == [False, False, True, True, False, False]

    def test_polls_do_not_move_the_version(self, waiting, clock, lives_until):
        waiting.keep("r1", {"a": 1}, ZHANG, now=clock.now(), expires_at=lives_until)
        at_once(8, lambda _: waiting.poll("r1", pause=5, now=clock.now()))
        assert waiting.replace("r1", {"a": 2}, version=1, now=clock.now())

    def test_what_was_redeemed_is_told_as_spent(self, waiting, clock, lives_until):
        waiting.keep("r1", {}, ZHANG, now=clock.now(), expires_at=lives_until)
        assert waiting.redeem("r1", version=1, note="done", now=clock.now())
        assert waiting.poll("r1", pause=5, now=clock.now()).found == Spent("done")

    def test_a_citizens_requests_are_found_the_newest_first_until_they_expire(self, waiting, clock):
        for number in range(3):
            now = clock.now()
            waiting.keep(f"r{number}", {}, ZHANG, now=now, expires_at=now + 100)
            clock.advance(10)
        waiting.keep("other", {}, "f" * 32, now=clock.now(), expires_at=clock.now() + 100)
        waiting.keep("nobody", {}, "", now=clock.now(), expires_at=clock.now() + 100)
        assert waiting.of_citizen(ZHANG, now=clock.now()) == ["r2", "r1", "r0"]
        clock.advance(75)
        assert waiting.of_citizen(ZHANG, now=clock.now()) == ["r2", "r1"]
        clock.advance(100)
        assert waiting.of_citizen(ZHANG, now=clock.now()) == []

    def test_a_citizen_has_at_most_twenty(self, waiting, clock):
        for number in range(25):
            clock.advance(1)
            waiting.keep(f"r{number}", {}, ZHANG, now=clock.now(), expires_at=clock.now() + 100)
        found = waiting.of_citizen(ZHANG, now=clock.now())
        assert found == [f"r{number}" for number in range(24, 4, -1)]

    def test_a_plain_record_is_in_nobodys_list(self, waiting, clock, lives_until):
        waiting.create("r1", {}, now=clock.now(), expires_at=lives_until)
        assert waiting.of_citizen(ZHANG, now=clock.now()) == []
        assert waiting.of_citizen("", now=clock.now()) == []
