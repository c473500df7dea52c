"""What every implementation of a store port promises. Inherit a suite, hand in the fixtures it names, nothing else.

``clock`` is a :class:`tests.doubles.SteppingClock`: time passes only when a test says so. ``at_rest`` answers every key
and value that the store holds, as bytes.
"""

import pytest

from idp.domain.ports import CodeResult, Limit, Limits, OneTimeCodes, Records, Spent, Versioned
from tests.contract.grants import GrantsContract
from tests.contract.outbox import OutboxContract
from tests.contract.sessions import SessionsContract
from tests.contract.threads import at_once
from tests.doubles import SteppingClock

__all__ = [
    "GrantsContract",
    "LimitsContract",
    "OneTimeCodesContract",
    "OutboxContract",
    "RecordsContract",
    "SessionsContract",
]

NAME, NUMBER, MOBILE = "张伟", "11010519491231002X", "+8613800138000"


class RecordsContract:
    """Fixtures: ``records``, ``other_records`` (another kind in the same store), ``clock``, ``at_rest``."""

    @pytest.fixture
    def lives_until(self, clock: SteppingClock) -> float:
        return clock.now() + 600

    def test_a_record_is_read_as_it_was_created(self, records: Records, clock, lives_until):
        value = {"step": "consent", "name": NAME, "tries": 3, "at": 1.5, "none": None, "list": [1, "二"]}
        records.create("r1", value, now=clock.now(), expires_at=lives_until)
        assert records.read("r1", now=clock.now()) == Versioned(value, 1)

    def test_an_unknown_record_is_nothing(self, records: Records, clock):
        assert records.read("nobody", now=clock.now()) is None
        assert not records.replace("nobody", {}, version=1, now=clock.now())
        assert not records.redeem("nobody", version=1, note="", now=clock.now())

    def test_a_record_of_one_kind_is_nothing_to_another_kind(self, records, other_records, clock, lives_until):
        records.create("r1", {"a": 1}, now=clock.now(), expires_at=lives_until)
        assert other_records.read("r1", now=clock.now()) is None

    def test_a_record_expires_by_the_clock_it_is_asked_with(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 1}, now=clock.now(), expires_at=lives_until)
        clock.advance(599.9)
        assert records.read("r1", now=clock.now()) is not None
        clock.advance(0.1)
        assert records.read("r1", now=clock.now()) is None
        assert not records.replace("r1", {}, version=1, now=clock.now())
        assert not records.redeem("r1", version=1, note="", now=clock.now())

    def test_a_replaced_record_keeps_its_expiry_and_has_a_new_version(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 1}, now=clock.now(), expires_at=lives_until)
        clock.advance(300)
        assert records.replace("r1", {"a": 2}, version=1, now=clock.now())
        assert records.read("r1", now=clock.now()) == Versioned({"a": 2}, 2)
        clock.advance(300)
        assert records.read("r1", now=clock.now()) is None

    def test_of_16_writers_of_one_version_exactly_one_wins(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        won = at_once(16, lambda n: records.replace("r1", {"a": n}, version=1, now=clock.now()))
        assert won.count(True) == 1
        assert records.read("r1", now=clock.now()) == Versioned({"a": won.index(True)}, 2)

    def test_of_16_redeemers_exactly_one_wins_and_leaves_its_note(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        won = at_once(16, lambda n: records.redeem("r1", version=1, note=f"note {n}", now=clock.now()))
        assert won.count(True) == 1
        assert records.read("r1", now=clock.now()) == Spent(f"note {won.index(True)}")

    def test_of_16_takers_exactly_one_gets_the_value_and_the_others_what_is_left(
        self, records: Records, clock, lives_until
    ):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        got = at_once(16, lambda _: records.take("r1", note="taken", now=clock.now()))
        assert got.count(Versioned({"a": 0}, 1)) == 1
        assert got.count(Spent("taken")) == 15
        assert records.read("r1", now=clock.now()) == Spent("taken")
        assert not records.replace("r1", {}, version=1, now=clock.now())
        assert not records.redeem("r1", version=1, note="", now=clock.now())

    def test_what_was_taken_can_be_put_back_and_taken_again(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        assert not records.put_back("r1")
        records.take("r1", note="taken", now=clock.now())
        assert records.put_back("r1")
        assert not records.put_back("r1")
        assert records.read("r1", now=clock.now()) == Versioned({"a": 0}, 1)
        assert records.take("r1", note="again", now=clock.now()) == Versioned({"a": 0}, 1)
        clock.advance(600)
        assert records.take("r1", note="late", now=clock.now()) is None

    def test_what_was_redeemed_is_neither_taken_nor_put_back(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        assert records.redeem("r1", version=1, note="done", now=clock.now())
        assert records.take("r1", note="taken", now=clock.now()) == Spent("done")
        assert not records.put_back("r1")
        assert records.take("nobody", note="", now=clock.now()) is None

    def test_a_redeemed_record_is_never_brought_back(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        assert records.redeem("r1", version=1, note="done", now=clock.now())
        assert not records.replace("r1", {"a": 1}, version=1, now=clock.now())
        assert records.read("r1", now=clock.now()) == Spent("done")
        clock.advance(600)
        assert records.read("r1", now=clock.now()) is None

    def test_a_record_that_moved_on_is_not_redeemed(self, records: Records, clock, lives_until):
        records.create("r1", {"a": 0}, now=clock.now(), expires_at=lives_until)
        assert records.replace("r1", {"a": 1}, version=1, now=clock.now())
        assert not records.redeem("r1", version=1, note="", now=clock.now())
        assert records.read("r1", now=clock.now()) == Versioned({"a": 1}, 2)

    def test_at_rest_there_is_neither_the_id_nor_a_person(self, records: Records, clock, lives_until, at_rest):
        value = {"name": NAME, "id_number": NUMBER, "mobile": MOBILE}
        records.create("the-record-id", value, now=clock.now(), expires_at=lives_until)
        held = at_rest()
        assert held
        for secret in ("the-record-id", NAME, NUMBER, MOBILE):
            assert secret.encode() not in held


class OneTimeCodesContract:
    """Fixtures: ``one_time_codes``, ``clock``, ``at_rest``."""

    @pytest.fixture
    def issued(self, one_time_codes: OneTimeCodes, clock: SteppingClock) -> OneTimeCodes:
        one_time_codes.issue("slot", "123456", now=clock.now(), expires_at=clock.now() + 300, tries=5)
        return one_time_codes

    def test_the_right_code_matches_once(self, issued: OneTimeCodes, clock):
        assert issued.verify("slot", "123456", now=clock.now()).matched
        assert issued.verify("slot", "123456", now=clock.now()) == CodeResult(matched=False, tries_left=0)

    def test_a_wrong_code_counts_a_try(self, issued: OneTimeCodes, clock):
        assert issued.verify("slot", "000000", now=clock.now()) == CodeResult(matched=False, tries_left=4)
        assert issued.verify("slot", "123456", now=clock.now()).matched

    def test_the_last_wrong_try_burns_the_code(self, issued: OneTimeCodes, clock):
        left = [issued.verify("slot", "000000", now=clock.now()).tries_left for _ in range(6)]
        assert left == [4, 3, 2, 1, 0, 0]
        assert not issued.verify("slot", "123456", now=clock.now()).matched

    def test_of_20_parallel_guesses_only_the_allowed_tries_are_looked_at(self, issued: OneTimeCodes, clock):
        results = at_once(20, lambda n: issued.verify("slot", f"{n:06}", now=clock.now()))
        assert sorted(result.tries_left for result in results if result.tries_left) == [1, 2, 3, 4]
        assert not issued.verify("slot", "123456", now=clock.now()).matched

    def test_of_16_with_the_right_code_exactly_one_matches(self, issued: OneTimeCodes, clock):
        results = at_once(16, lambda _: issued.verify("slot", "123456", now=clock.now()))
        assert [result.matched for result in results].count(True) == 1

    def test_a_code_expires_by_the_clock(self, issued: OneTimeCodes, clock):
        clock.advance(300)
        assert issued.verify("slot", "123456", now=clock.now()) == CodeResult(matched=False, tries_left=0)

    def test_a_code_without_a_try_is_never_looked_at(self, one_time_codes: OneTimeCodes, clock):
        one_time_codes.issue("slot", "123456", now=clock.now(), expires_at=clock.now() + 300, tries=0)
        assert one_time_codes.verify("slot", "123456", now=clock.now()) == CodeResult(matched=False, tries_left=0)

    def test_a_new_code_voids_the_old_one_and_brings_its_own_tries(self, issued: OneTimeCodes, clock):
        issued.verify("slot", "000000", now=clock.now())
        issued.issue("slot", "654321", now=clock.now(), expires_at=clock.now() + 300, tries=3)
        assert issued.verify("slot", "123456", now=clock.now()) == CodeResult(matched=False, tries_left=2)
        assert issued.verify("slot", "654321", now=clock.now()).matched

    def test_a_code_is_worth_nothing_in_another_slot(self, issued: OneTimeCodes, clock):
        assert issued.verify("other", "123456", now=clock.now()) == CodeResult(matched=False, tries_left=0)

    def test_at_rest_there_is_neither_the_code_nor_the_number(self, one_time_codes: OneTimeCodes, clock, at_rest):
        slot = f"sign_in:{MOBILE}"
        one_time_codes.issue(slot, "738291", now=clock.now(), expires_at=clock.now() + 300, tries=5)
        held = at_rest()
        assert held
        for secret in ("738291", MOBILE, MOBILE[3:]):
            assert secret.encode() not in held


class LimitsContract:
    """Fixtures: ``limits``, ``clock``, ``at_rest``."""

    THREE = Limit("sms per number", 3, 60)
    FIVE = Limit("sms per address", 5, 60)

    def test_a_full_window_refuses_and_says_how_long(self, limits: Limits, clock):
        for _ in range(3):
            assert limits.hit([(self.THREE, MOBILE)], now=clock.now()) is None
            clock.advance(10)
        assert limits.hit([(self.THREE, MOBILE)], now=clock.now()) == (self.THREE, pytest.approx(30))

    def test_the_window_slides_and_refused_hits_do_not_count(self, limits: Limits, clock):
        for _ in range(3):
            limits.hit([(self.THREE, "k")], now=clock.now())
            clock.advance(10)
        assert limits.hit([(self.THREE, "k")], now=clock.now()) is not None
        clock.advance(30)
        assert limits.hit([(self.THREE, "k")], now=clock.now()) is None
        assert limits.hit([(self.THREE, "k")], now=clock.now()) == (self.THREE, pytest.approx(10))

    def test_the_first_full_one_of_several_is_named(self, limits: Limits, clock):
        both = [(self.FIVE, "address"), (self.THREE, "number")]
        assert [limits.hit(both, now=clock.now()) for _ in range(3)] == [None] * 3
        assert limits.hit(both, now=clock.now()) == (self.THREE, pytest.approx(60))

    def test_keys_and_names_do_not_share_a_window(self, limits: Limits, clock):
        for _ in range(3):
            limits.hit([(self.THREE, "a")], now=clock.now())
        assert limits.hit([(self.THREE, "b")], now=clock.now()) is None
        assert limits.hit([(self.FIVE, "a")], now=clock.now()) is None

    def test_of_16_at_once_only_the_count_gets_through(self, limits: Limits, clock):
        answers = at_once(16, lambda _: limits.hit([(self.THREE, "k")], now=clock.now()))
        assert answers.count(None) == 3

    def test_reset_forgets(self, limits: Limits, clock):
        for _ in range(3):
            limits.hit([(self.THREE, "k")], now=clock.now())
        limits.reset(self.THREE, "k")
        assert limits.hit([(self.THREE, "k")], now=clock.now()) is None

    def test_a_refund_takes_back_the_one_hit_of_that_moment(self, limits: Limits, clock):
        first = clock.now()
        limits.hit([(self.THREE, "k"), (self.FIVE, "k")], now=first)
        clock.advance(1)
        limits.hit([(self.THREE, "k"), (self.FIVE, "k")], now=clock.now())
        limits.refund([(self.THREE, "k")], at=first)
        assert limits.room(self.THREE, "k", now=clock.now()) == 2
        assert limits.room(self.FIVE, "k", now=clock.now()) == 3
        limits.refund([(self.THREE, "k")], at=first)
        limits.refund([], at=first)
        assert limits.room(self.THREE, "k", now=clock.now()) == 2

    def test_room_is_what_is_left_and_asking_costs_nothing(self, limits: Limits, clock):
        assert [limits.room(self.THREE, "k", now=clock.now()) for _ in range(5)] == [3] * 5
        for _ in range(4):
            limits.hit([(self.THREE, "k")], now=clock.now())
        assert limits.room(self.THREE, "k", now=clock.now()) == 0
        clock.advance(60)
        assert limits.room(self.THREE, "k", now=clock.now()) == 3

    def test_nothing_to_count_is_never_refused(self, limits: Limits, clock):
        assert limits.hit([], now=clock.now()) is None

    def test_once_is_once_for_16_at_once_until_it_expires(self, limits: Limits, clock):
        ends = clock.now() + 60
        taken = at_once(16, lambda _: limits.take_once("jti", "x", now=clock.now(), expires_at=ends))
        assert taken.count(True) == 1
        assert limits.take_once("other", "x", now=clock.now(), expires_at=ends)
        clock.advance(60)
        assert limits.take_once("jti", "x", now=clock.now(), expires_at=clock.now() + 60)

    def test_what_has_expired_is_taken_by_nobody(self, limits: Limits, clock):
        assert not limits.take_once("jti", "x", now=clock.now(), expires_at=clock.now())

    def test_at_rest_there_is_no_key(self, limits: Limits, clock, at_rest):
        limits.hit([(self.THREE, MOBILE), (self.FIVE, NUMBER)], now=clock.now())
        limits.take_once("jti", "a-token-identifier", now=clock.now(), expires_at=clock.now() + 60)
        held = at_rest()
        assert held
        for secret in (MOBILE, NUMBER, "a-token-identifier"):
            assert secret.encode() not in held
