"""A check handed over to a phone: one live token, one number, one browser, one result."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.assurance import Level
from idp.domain.channel import Capture, Reason
from idp.domain.errors import HandoverOver, InvalidInput, Rule
from idp.people.handover import (
    HANDOVER_SECONDS,
    MATCH_TRIES,
    Failed,
    Failure,
    Handovers,
    _from_json,
    _to_json,
)
from idp.people.origin import Origin
from idp.people.proof_results import Begun, HeldElsewhere, Proved, Refused
from idp.stores.redis.records import RedisRecords
from tests.doubles import SeededRandomness, SteppingClock

PC = Origin("192.0.2.7", "browser-of-the-pc", "r1", device="Chrome / Windows", client="hall")
PHONE, STRANGER = "browser-of-the-phone", "browser-of-a-stranger"
LIFE = 900.0


@pytest.fixture
def clock():
    return SteppingClock()


@pytest.fixture
def handovers(fast_wire, cipher, clock):
    return Handovers(RedisRecords(fast_wire, cipher, "handover"), clock, SeededRandomness(7))


@pytest.fixture
def begun(clock):
    return Begun("attempt-1", "local_face", Capture(), clock.now() + LIFE)


def wrong(number: str) -> str:
    return f"{(int(number) + 1) % 100:02d}"


def test_a_phone_that_types_the_number_has_the_handover_and_says_whose_it_is_to_nobody(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)
    assert not handovers.look(offered.token, PHONE).joined
    joined = handovers.join(offered.token, f" {offered.match} ", PHONE)
    assert (joined.joined, joined.attempt_id, joined.client, joined.device) == (
        True, "attempt-1", "hall", "Chrome / Windows",
    )  # fmt: skip
    assert handovers.joined(offered.token, PHONE) == joined
    assert offered.token not in repr(joined)
    assert f"match='{joined.match}'" not in repr(joined)


def test_before_the_number_was_typed_the_phone_may_do_nothing(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)
    with pytest.raises(HandoverOver):
        handovers.joined(offered.token, PHONE)


def test_after_a_phone_has_joined_no_other_browser_gets_in_not_even_with_the_number(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)
    handovers.join(offered.token, offered.match, PHONE)
    for way in (
        lambda: handovers.look(offered.token, STRANGER),
        lambda: handovers.join(offered.token, offered.match, STRANGER),
        lambda: handovers.joined(offered.token, STRANGER),
    ):
        with pytest.raises(HandoverOver):
            way()


def test_of_two_phones_with_the_number_at_once_one_gets_in(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)

    def join(browser):
        try:
            return handovers.join(offered.token, offered.match, browser).joined
        except HandoverOver:
            return False

    with ThreadPoolExecutor(8) as pool:
        got_in = list(pool.map(join, [f"browser-{each}" for each in range(8)]))
    assert got_in.count(True) == 1


def test_wrong_numbers_are_counted_and_the_last_one_ends_the_code(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)
    for _ in range(MATCH_TRIES - 1):
        with pytest.raises(InvalidInput) as refused:
            handovers.join(offered.token, wrong(offered.match), PHONE)
        assert (refused.value.field, refused.value.rule) == ("match", Rule.WRONG)
    with pytest.raises(HandoverOver):
        handovers.join(offered.token, wrong(offered.match), PHONE)
    with pytest.raises(HandoverOver):
        handovers.join(offered.token, offered.match, PHONE)


def test_of_many_guesses_at_once_no_more_are_looked_at_than_there_are_tries(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)

    def guess(number):
        try:
            handovers.join(offered.token, number, f"browser-{number}")
        except InvalidInput:
            return "looked at"
        except HandoverOver:
            return "over"
        return "in"

    numbers = [f"{each:02d}" for each in range(40) if f"{each:02d}" != offered.match]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, numbers))
    assert answers.count("looked at") < MATCH_TRIES
    assert "in" not in answers


def test_a_token_is_too_old_for_a_new_phone_but_not_for_the_one_that_joined(handovers, begun, clock):
    first = handovers.offer(begun, "citizen-1", PC)
    clock.advance(HANDOVER_SECONDS)
    with pytest.raises(HandoverOver):
        handovers.join(first.token, first.match, PHONE)
    second = handovers.offer(begun, "citizen-1", PC)
    handovers.join(second.token, second.match, PHONE)
    clock.advance(HANDOVER_SECONDS)
    assert handovers.joined(second.token, PHONE).joined
    clock.advance(LIFE)  # the attempt is over
    with pytest.raises(HandoverOver):
        handovers.joined(second.token, PHONE)


def test_an_attempt_has_one_live_token(handovers, begun):
    first = handovers.offer(begun, "citizen-1", PC)
    handovers.join(first.token, first.match, PHONE)
    second = handovers.offer(begun, "citizen-1", PC)
    assert second.token != first.token
    with pytest.raises(HandoverOver):
        handovers.joined(first.token, PHONE)
    assert not handovers.look(second.token, STRANGER).joined
    assert handovers.offered("attempt-1") == second


@pytest.mark.parametrize("token", ["", "x", "of attempt-1", "attempt-1", "\x00" * 9_000, "令牌"])
def test_whatever_is_no_token_is_over(handovers, begun, token):
    handovers.offer(begun, "citizen-1", PC)
    with pytest.raises(HandoverOver):
        handovers.look(token, PHONE)


def test_the_result_is_taken_once_by_the_citizen_alone_and_ends_the_phones_part(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)
    handovers.join(offered.token, offered.match, PHONE)
    assert handovers.take("attempt-1", "citizen-1") is None
    handovers.finish("attempt-1", Proved(Level.HIGH))
    with pytest.raises(HandoverOver):
        handovers.joined(offered.token, PHONE)
    assert handovers.take("attempt-1", "citizen-2") is None
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: handovers.take("attempt-1", "citizen-1"), range(8)))
    assert [each for each in taken if each] == [Proved(Level.HIGH)]
    with pytest.raises(HandoverOver):
        handovers.look(offered.token, PHONE)


def test_after_a_failure_the_attempt_may_be_handed_over_again(handovers, begun):
    offered = handovers.offer(begun, "citizen-1", PC)
    handovers.join(offered.token, offered.match, PHONE)
    handovers.finish("attempt-1", Failed(Failure.UNAVAILABLE, 5.0))
    assert handovers.take("attempt-1", "citizen-1") == Failed(Failure.UNAVAILABLE, 5.0)
    again = handovers.offer(begun, "citizen-1", PC)
    assert handovers.join(again.token, again.match, STRANGER).joined


RESULTS = st.one_of(
    st.builds(Proved, st.sampled_from(Level)),
    st.builds(Refused, st.sampled_from(Reason), st.none() | st.integers(0, 9)),
    st.builds(HeldElsewhere, st.booleans()),
    st.builds(Failed, st.sampled_from(Failure), st.floats(0, 1e10)),
)


@given(RESULTS)
def test_every_result_comes_back_as_it_was(result):
    assert _from_json(_to_json(result)) == result


def test_nothing_of_a_handover_lies_in_the_store_in_clear(handovers, begun, fast_wire):
    offered = handovers.offer(begun, "citizen-1", PC)
    handovers.join(offered.token, offered.match, PHONE)
    name = handovers.records._prefix + handovers.records._name("of attempt-1")
    [kept] = fast_wire.fields(name, ("value",))
    assert kept
    for secret in (offered.token, "citizen-1", "Chrome", PHONE):
        assert secret.encode() not in kept
