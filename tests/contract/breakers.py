"""What every implementation of ``Breakers`` and ``ChannelStates`` promises. Inherit the suite, hand in ``breakers``."""

import pytest

from idp.domain import circuits
from idp.domain.circuits import ChannelState, Hold, Operation, Pass, Stop, Turn
from tests.contract.threads import at_once

CHECK = Operation("police_population", "gateway.test", "2109")
TOKEN = Operation("police_population", "gateway.test", "token")
ELSEWHERE = Operation("social_security", "gateway.test", "2109")
START = 1_735_689_600.0  # 2025-01-01T00:00:00Z, 08:00 in China
MIDNIGHT = START + 16 * 3600


def call(breakers, *, failed: bool, now: float, operation: Operation = CHECK) -> Turn | None:
    given = breakers.enter(operation, now=now)
    assert isinstance(given, Pass)
    return breakers.leave(operation, given, failed=failed, now=now)


def open_at(breakers, now: float, operation: Operation = CHECK) -> None:
    turns = [call(breakers, failed=True, now=now, operation=operation) for _ in range(5)]
    assert turns == [None] * 4 + [Turn.OPENED]


def state(breakers, now: float, channel: str = CHECK.channel) -> ChannelState:
    return breakers.states([channel], now=now)[channel]


class BreakersContract:
    """Fixture: ``breakers``, both :class:`Breakers` and :class:`ChannelStates`, empty."""

    def test_five_failures_in_a_row_open_it_for_thirty_seconds(self, breakers):
        open_at(breakers, START)
        assert breakers.enter(CHECK, now=START + 29.9) == Hold(START + 30, Stop.BREAKER)
        assert breakers.enter(CHECK, now=START + 30) == Pass(probe=True)

    def test_an_answer_in_between_begins_the_row_anew(self, breakers):
        for failed in [True] * 4 + [False] + [True] * 4:
            assert call(breakers, failed=failed, now=START) is None
        assert call(breakers, failed=True, now=START) is Turn.OPENED

    def test_a_good_probe_closes_it_and_nothing_is_remembered(self, breakers):
        open_at(breakers, START)
        assert call(breakers, failed=False, now=START + 30) is Turn.CLOSED
        open_at(breakers, START + 30)

    def test_a_bad_probe_keeps_it_open_for_another_thirty_seconds(self, breakers):
        open_at(breakers, START)
        assert call(breakers, failed=True, now=START + 30) is None
        assert breakers.enter(CHECK, now=START + 59) == Hold(START + 60, Stop.BREAKER)
        assert call(breakers, failed=False, now=START + 60) is Turn.CLOSED

    def test_a_probe_that_takes_long_keeps_others_away_from_when_it_failed(self, breakers):
        open_at(breakers, START)
        probe = breakers.enter(CHECK, now=START + 30)
        assert breakers.leave(CHECK, probe, failed=True, now=START + 38) is None
        assert breakers.enter(CHECK, now=START + 67) == Hold(START + 68, Stop.BREAKER)

    def test_a_probe_that_never_reports_is_followed_by_another(self, breakers):
        open_at(breakers, START)
        assert breakers.enter(CHECK, now=START + 30) == Pass(probe=True)
        assert breakers.enter(CHECK, now=START + 59) == Hold(START + 60, Stop.BREAKER)
        assert breakers.enter(CHECK, now=START + 60) == Pass(probe=True)
        assert isinstance(breakers.enter(CHECK, now=START + 61), Hold)

    @pytest.mark.parametrize("failed", [True, False])
    def test_what_was_let_through_before_it_opened_changes_nothing_afterwards(self, breakers, failed):
        early = breakers.enter(CHECK, now=START)
        open_at(breakers, START)
        assert breakers.leave(CHECK, early, failed=failed, now=START + 8) is None
        assert breakers.enter(CHECK, now=START + 29) == Hold(START + 30, Stop.BREAKER)
        assert breakers.enter(CHECK, now=START + 30) == Pass(probe=True)

    def test_of_two_probes_the_first_answer_closes_it_and_the_second_is_a_call_like_any_other(self, breakers):
        open_at(breakers, START)
        slow, quick = breakers.enter(CHECK, now=START + 30), breakers.enter(CHECK, now=START + 60)
        assert breakers.leave(CHECK, quick, failed=False, now=START + 61) is Turn.CLOSED
        assert breakers.leave(CHECK, slow, failed=True, now=START + 62) is None
        assert breakers.enter(CHECK, now=START + 62) == Pass()

    def test_half_of_twenty_within_a_minute_open_it(self, breakers):
        turns = [call(breakers, failed=number % 2 == 1, now=START + number) for number in range(20)]
        assert turns == [None] * 19 + [Turn.OPENED]
        assert state(breakers, START + 20).retry_at == START + 19 + 30

    def test_less_than_half_never_open_it(self, breakers):
        for number in range(200):
            assert call(breakers, failed=number % 5 < 2, now=START + number / 10) is None

    def test_failures_of_more_than_a_minute_ago_are_forgotten(self, breakers):
        for number in range(40):
            assert call(breakers, failed=number % 2 == 1, now=START + number * 7) is None

    def test_operations_and_channels_break_apart_from_each_other(self, breakers):
        open_at(breakers, START)
        assert breakers.enter(TOKEN, now=START) == Pass()
        assert breakers.enter(ELSEWHERE, now=START) == Pass()

    def test_of_twenty_failures_at_once_one_caller_is_told_that_it_opened(self, breakers):
        given = [breakers.enter(CHECK, now=START) for _ in range(20)]
        turns = at_once(20, lambda n: breakers.leave(CHECK, given[n], failed=True, now=START))
        assert turns.count(Turn.OPENED) == 1
        assert set(turns) == {None, Turn.OPENED}

    def test_of_twenty_callers_at_once_exactly_one_is_the_probe(self, breakers):
        open_at(breakers, START)
        given = at_once(20, lambda _: breakers.enter(CHECK, now=START + 30))
        assert given.count(Pass(probe=True)) == 1
        assert given.count(Hold(START + 60, Stop.BREAKER)) == 19

    def test_of_twenty_good_reports_of_one_probe_one_caller_is_told_that_it_closed(self, breakers):
        open_at(breakers, START)
        probe = breakers.enter(CHECK, now=START + 30)
        turns = at_once(20, lambda _: breakers.leave(CHECK, probe, failed=False, now=START + 31))
        assert turns.count(Turn.CLOSED) == 1

    # ---- quotas -----------------------------------------------------------------------------------------------------

    def test_of_twenty_calls_at_once_a_quota_of_seven_lets_seven_through_each_with_its_number(self, breakers):
        given = at_once(20, lambda _: breakers.enter(CHECK, now=START, daily_quota=7))
        assert sorted(each.used for each in given if isinstance(each, Pass)) == [1, 2, 3, 4, 5, 6, 7]
        assert given.count(Hold(MIDNIGHT, Stop.QUOTA)) == 13

    def test_the_quota_is_the_channels_and_begins_anew_at_midnight_in_china(self, breakers):
        assert breakers.enter(CHECK, now=START, daily_quota=2) == Pass(used=1)
        assert breakers.enter(TOKEN, now=START, daily_quota=2) == Pass(used=2)
        assert breakers.enter(ELSEWHERE, now=START, daily_quota=2) == Pass(used=1)
        assert breakers.enter(CHECK, now=MIDNIGHT - 1, daily_quota=2) == Hold(MIDNIGHT, Stop.QUOTA)
        assert state(breakers, MIDNIGHT - 1).used == 2
        assert state(breakers, MIDNIGHT).used == 0
        assert breakers.enter(CHECK, now=MIDNIGHT, daily_quota=2) == Pass(used=1)

    def test_what_no_quota_counts_passes_when_it_is_used_up(self, breakers):
        assert breakers.enter(CHECK, now=START, daily_quota=1) == Pass(used=1)
        assert breakers.enter(TOKEN, now=START) == Pass()

    def test_an_open_breaker_uses_nothing_of_the_quota_and_a_used_up_quota_is_no_probe(self, breakers):
        open_at(breakers, START)
        assert breakers.enter(CHECK, now=START + 1, daily_quota=1) == Hold(START + 30, Stop.BREAKER)
        assert breakers.enter(CHECK, now=START + 30, daily_quota=1) == Pass(probe=True, used=1)
        assert breakers.enter(CHECK, now=START + 60, daily_quota=1) == Hold(MIDNIGHT, Stop.QUOTA)
        assert breakers.enter(CHECK, now=START + 60) == Pass(probe=True)

    # ---- what pages and operators see -------------------------------------------------------------------------------

    def test_a_channel_nobody_called_is_well(self, breakers):
        assert breakers.states(["police_population", "sms"], now=START) == {
            "police_population": ChannelState(),
            "sms": ChannelState(),
        }
        assert breakers.states([], now=START) == {}

    def test_an_open_breaker_closes_its_channel_until_the_probe_may_pass(self, breakers):
        open_at(breakers, START)
        broken = ("gateway.test 2109",)
        assert state(breakers, START + 10) == ChannelState(retry_at=START + 30, since=START, broken=broken)
        assert state(breakers, START + 30) == ChannelState(retry_at=None, since=START, broken=broken)
        call(breakers, failed=True, now=START + 40)
        assert state(breakers, START + 41) == ChannelState(retry_at=START + 70, since=START, broken=broken)
        call(breakers, failed=False, now=START + 70)
        assert state(breakers, START + 70) == ChannelState()
        assert state(breakers, START, ELSEWHERE.channel) == ChannelState()

    def test_of_two_broken_operations_the_later_says_when_and_the_earlier_since_when(self, breakers):
        open_at(breakers, START)
        open_at(breakers, START + 5, TOKEN)
        assert state(breakers, START + 10) == ChannelState(
            retry_at=START + 35, since=START, broken=("gateway.test 2109", "gateway.test token")
        )

    def test_a_pause_is_shown_until_it_ends_and_holds_no_call_back(self, breakers):
        breakers.pause("police_population", until=START + 600, now=START)
        assert state(breakers, START + 599) == ChannelState(retry_at=START + 600)
        assert breakers.enter(CHECK, now=START + 1) == Pass()
        assert state(breakers, START + 600) == ChannelState()

    def test_a_pause_ends_with_an_answer_and_is_believed_for_a_day_at_most(self, breakers):
        breakers.pause("police_population", until=START + 1e9, now=START)
        assert state(breakers, START).retry_at == START + circuits.LONGEST_PAUSE
        breakers.resumed("police_population")
        assert state(breakers, START) == ChannelState()
        breakers.resumed("police_population")
