import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from idp.domain.attempt import Attempt, Reply, State
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptError, AttemptExpired, AttemptMismatch, AttemptSpent

ENDS = 1000.0
ATTEMPT = Attempt("a1", "police", ENDS, "https://id.example/back", known={ClaimName.NAME: "张三"})
AWAITING = ATTEMPT.awaiting({"verify_id": "v"})
MINE = Reply("a1", "police")


def test_an_awaiting_attempt_takes_its_own_reply_before_its_expiry():
    AWAITING.receive(MINE, ENDS - 0.001)
    assert AWAITING.keep == {"verify_id": "v"}


@pytest.mark.parametrize(
    ("attempt", "reply", "now", "error"),
    [
        (AWAITING, Reply("a2", "police"), 0.0, AttemptMismatch),
        (AWAITING, Reply("a1", "wallet"), 0.0, AttemptMismatch),
        (AWAITING, MINE, ENDS, AttemptExpired),
        (ATTEMPT, MINE, 0.0, AttemptSpent),
        (AWAITING.finished(verified=True), MINE, 0.0, AttemptSpent),
        (AWAITING.finished(verified=False), MINE, 0.0, AttemptSpent),
    ],
)
def test_any_other_reply_is_refused(attempt, reply, now, error):
    with pytest.raises(error):
        attempt.receive(reply, now)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("now", [0.0, ENDS])
def test_a_strangers_reply_learns_nothing_about_state_or_age(state, now):
    attempt = {
        State.STARTED: ATTEMPT,
        State.AWAITING: AWAITING,
        State.VERIFIED: AWAITING.finished(verified=True),
        State.REFUSED: AWAITING.finished(verified=False),
    }[state]
    with pytest.raises(AttemptMismatch) as refused:
        attempt.receive(Reply("not-mine", "police"), now)
    assert str(refused.value) == "police"


@given(st.sampled_from(["a1", "a2"]), st.sampled_from(["police", "wallet"]), st.booleans(), st.floats(0, 2 * ENDS))
def test_of_all_replies_only_the_own_timely_one_to_an_awaiting_attempt_is_taken(attempt_id, channel, awaits, now):
    attempt = AWAITING if awaits else AWAITING.finished(verified=True)
    taken = True
    try:
        attempt.receive(Reply(attempt_id, channel), now)
    except AttemptError:
        taken = False
    assert taken == (attempt_id == "a1" and channel == "police" and awaits and now < ENDS)


@pytest.mark.parametrize("verified", [True, False])
def test_a_finished_attempt_keeps_nothing_personal(verified):
    finished = AWAITING.finished(verified=verified)
    assert (dict(finished.keep), dict(finished.known)) == ({}, {})
    assert finished.state is (State.VERIFIED if verified else State.REFUSED)


def test_what_is_personal_is_not_shown():
    reply = Reply("a1", "police", {"name": "张三"}, b"body-370102")
    assert not any(text in repr((AWAITING, reply)) for text in ("张三", "verify_id", "370102"))


class OneResult(RuleBasedStateMachine):
    """However replies and time come, an attempt has at most one result, and none after its expiry."""

    def __init__(self) -> None:
        super().__init__()
        self.attempt, self.now, self.results = ATTEMPT, 0.0, 0
        self.counter = itertools.count()

    @rule()
    @precondition(lambda self: self.attempt.state is State.STARTED)
    def begin(self) -> None:
        self.attempt = self.attempt.awaiting({})

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(outcome=st.sampled_from(["verified", "refused", "pending", "failed"]))
    def reply(self, outcome: str) -> None:
        try:
            self.attempt.receive(MINE, self.now)
        except AttemptError:
            return
        assert self.now < ENDS
        if outcome == "pending":
            self.attempt = self.attempt.awaiting({"n": str(next(self.counter))})
        elif outcome != "failed":
            self.attempt = self.attempt.finished(verified=outcome == "verified")
            self.results += 1

    @invariant()
    def has_at_most_one_result(self) -> None:
        ended = self.attempt.state in {State.VERIFIED, State.REFUSED}
        assert self.results == int(ended)


TestOneResult = OneResult.TestCase
