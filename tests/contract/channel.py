"""What every channel must do, whatever it speaks. Inherit it and provide ``rig``::

    class TestPolicePopulation(ChannelContract):
        @pytest.fixture
        def rig(self):
            return Rig(channel=..., clock=..., ...)

Attempts are driven as the journey drives them: begin, keep what the adapter asked for (through JSON, as a store would),
receive, resume, finish. A refusal ends the attempt, a failure leaves it as it was.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.domain.attempt import Attempt, Reply, State
from idp.domain.channel import (
    UNSPENT_AFTER_FAILURE,
    Capture,
    Channel,
    Form,
    Outcome,
    Reason,
    Redirect,
    Rejected,
    Scan,
    Verified,
)
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptExpired, AttemptMismatch, AttemptSpent, ChannelError, Distrusted, Unavailable
from tests.doubles import SteppingClock

# The rig is one upstream for all examples, the suite is inherited, and a busy machine is no fault of the channel.
ANY_INPUT = settings(deadline=None, suppress_health_check=list(HealthCheck))
STEPS = (Redirect, Form, Scan, Capture)

# What an upstream can do, and what it must come to (channels.md section 15, "Coverage of fault to outcome").
UNAVAILABLE_MODES = (
    "down",
    "timeout",
    "slow",
    "reset",
    "http_500",
    "http_502",
    "http_503",
    "http_429",
    "quota",
    "maintenance",
)
DISTRUSTED_MODES = (
    "garbage",
    "truncated",
    "bad_signature",
    "wrong_cert",
    "wrong_subject",
    "stale",
    "xxe",
    "big_body",
    "encoding_gbk",
)


@dataclass(slots=True)
class Person:
    """Somebody who tries the channel: what they would type, and what a success must say about them."""

    fields: Mapping[str, str]
    claims: Mapping[ClaimName, str] = field(default_factory=dict)
    refused_for: frozenset[Reason] = frozenset()


@dataclass(slots=True)
class Rig:
    """A channel with its upstream. ``reply`` plays the person after a step; forms need none.

    ``break_upstream`` takes a mode of the lists above; ``heal`` undoes it. ``unprintable``: secrets and personal values
    that must not be in any repr, exception or log line. ``deadline_seconds`` is the channel's own promise.
    """

    channel: Channel
    clock: SteppingClock
    honest: Person
    other: Person
    wrong: Sequence[Person]
    break_upstream: Callable[[str], None]
    heal: Callable[[], None]
    unprintable: Sequence[str]
    deadline_seconds: float
    reply: Callable[[Attempt, Outcome, Person], Reply] | None = None
    _attempts: int = 0

    def start(self) -> tuple[Attempt, Outcome]:
        """A new attempt that awaits a reply, and the step shown to the person."""
        self._attempts += 1
        facts = self.channel.facts
        attempt = Attempt(
            id=f"attempt-{self._attempts}",
            channel=facts.name,
            expires_at=self.clock.now() + facts.attempt_seconds,
            return_uri="https://idp.test/verify/return",
        )
        step = self.channel.begin(attempt)
        assert isinstance(step, STEPS)
        return attempt.awaiting(json.loads(json.dumps(dict(step.keep)))), step

    def answer(self, attempt: Attempt, step: Outcome, person: Person) -> Reply:
        if self.reply is not None:
            return self.reply(attempt, step, person)
        return Reply(attempt.id, attempt.channel, person.fields)

    def take(self, attempt: Attempt, reply: Reply) -> tuple[Attempt, Outcome]:
        """One reply, as the journey takes it; steps in between (a scan still pending) are played to the end."""
        attempt.receive(reply, self.clock.now())
        outcome = self.channel.resume(attempt, reply)
        if isinstance(outcome, STEPS):
            return attempt.awaiting(dict(outcome.keep)), outcome
        return attempt.finished(verified=isinstance(outcome, Verified)), outcome

    def run(self, person: Person) -> tuple[Attempt, Outcome]:
        """A whole attempt."""
        attempt, step = self.start()
        return self.take(attempt, self.answer(attempt, step, person))


class ChannelContract:
    """Inherit me. ``unavailable_modes`` and ``distrusted_modes`` say what this upstream's protocol can do at all.

    ``lost_modes``: the failures whose lost answer spends a one-time code, so that the same reply ends the attempt.
    """

    unavailable_modes: ClassVar[tuple[str, ...]] = UNAVAILABLE_MODES
    distrusted_modes: ClassVar[tuple[str, ...]] = DISTRUSTED_MODES
    lost_modes: ClassVar[tuple[str, ...]] = ()
    channel_name: ClassVar[str]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each mode of this upstream."""
        if "unavailable_mode" in metafunc.fixturenames:
            metafunc.parametrize("unavailable_mode", self.unavailable_modes)
        if "distrusted_mode" in metafunc.fixturenames:
            metafunc.parametrize("distrusted_mode", self.distrusted_modes)

    def test_it_begins_with_a_step_for_the_person(self, rig: Rig):
        attempt, step = rig.start()
        assert attempt.state is State.AWAITING
        assert isinstance(step, STEPS)

    def test_its_facts_are_of_its_own_name_and_complete(self, rig: Rig):
        facts = rig.channel.facts
        assert facts.name == self.channel_name
        for text in (facts.label_zh, facts.label_en, facts.hint_zh, facts.hint_en, facts.source, facts.organization):
            assert text
        assert facts.documents
        assert facts.attempt_seconds > 0

    def test_an_honest_citizen_is_verified_with_exactly_the_claims_it_proves(self, rig: Rig):
        attempt, outcome = rig.run(rig.honest)
        assert isinstance(outcome, Verified)
        assert dict(outcome.claims) == dict(rig.honest.claims)
        assert frozenset(outcome.claims) == rig.channel.facts.proves
        assert all(isinstance(value, str) and value for value in outcome.claims.values())
        assert outcome.txn
        assert attempt.state is State.VERIFIED

    def test_wrong_details_are_refused_for_a_known_reason(self, rig: Rig):
        assert rig.wrong
        for person in rig.wrong:
            attempt, outcome = rig.run(person)
            assert isinstance(outcome, Rejected)
            assert outcome.reason in person.refused_for
            assert attempt.state is State.REFUSED

    def test_a_reply_of_another_attempt_is_refused(self, rig: Rig):
        mine, _ = rig.start()
        theirs, step = rig.start()
        reply = rig.answer(theirs, step, rig.honest)
        with pytest.raises(AttemptMismatch):
            rig.take(mine, reply)

    def test_a_reply_of_another_channel_is_refused(self, rig: Rig):
        attempt, step = rig.start()
        reply = rig.answer(attempt, step, rig.honest)
        with pytest.raises(AttemptMismatch):
            rig.take(attempt, replace(reply, channel="another_channel"))

    def test_a_replayed_reply_is_refused(self, rig: Rig):
        attempt, step = rig.start()
        reply = rig.answer(attempt, step, rig.honest)
        finished, _ = rig.take(attempt, reply)
        with pytest.raises(AttemptSpent):
            rig.take(finished, reply)

    def test_an_expired_attempt_takes_no_reply(self, rig: Rig):
        attempt, step = rig.start()
        reply = rig.answer(attempt, step, rig.honest)
        rig.clock.advance(rig.channel.facts.attempt_seconds)
        with pytest.raises(AttemptExpired):
            rig.take(attempt, reply)

    def test_an_upstream_that_lies_is_distrusted(self, rig: Rig, distrusted_mode: str):
        rig.run(rig.other)  # so that there is an old answer to send again
        rig.break_upstream(distrusted_mode)
        with pytest.raises(Distrusted) as caught:
            rig.run(rig.honest)
        assert caught.value.channel == self.channel_name

    def test_an_upstream_that_fails_is_unavailable_in_time_and_costs_no_try(self, rig: Rig, unavailable_mode: str):
        attempt, step = rig.start()
        reply = rig.answer(attempt, step, rig.honest)
        rig.break_upstream(unavailable_mode)
        before = rig.clock.now()
        with pytest.raises(Unavailable) as caught:
            rig.take(attempt, reply)
        assert rig.clock.now() - before <= rig.deadline_seconds
        assert not caught.value.spends_try
        assert attempt.state is State.AWAITING

        rig.heal()
        finished, outcome = rig.take(attempt, reply)
        if unavailable_mode in self.lost_modes:  # costs no try either: idp.domain.channel.UNSPENT_AFTER_FAILURE
            assert isinstance(outcome, Rejected)
            assert outcome.reason in UNSPENT_AFTER_FAILURE
            return
        assert isinstance(outcome, Verified)
        assert finished.state is State.VERIFIED

    def test_the_same_person_is_the_same_twice_and_two_persons_differ(self, rig: Rig):
        first, second, other = (rig.run(person)[1] for person in (rig.honest, rig.honest, rig.other))
        assert isinstance(first, Verified)
        assert isinstance(second, Verified)
        assert isinstance(other, Verified)
        assert dict(first.claims) == dict(second.claims)
        assert first.txn != second.txn
        assert first.claims != other.claims

    def test_what_it_keeps_survives_json(self, rig: Rig):
        attempt, step = rig.start()
        assert json.loads(json.dumps(dict(step.keep))) == dict(step.keep)
        assert all(isinstance(k, str) and isinstance(v, str) for k, v in step.keep.items())
        assert attempt.keep == dict(step.keep)

    def test_nothing_personal_and_no_secret_is_printed(self, rig: Rig, caplog: pytest.LogCaptureFixture):
        printed: list[str] = [repr(rig.channel), repr(vars(rig.channel)), repr(rig.channel.facts)]
        caplog.set_level("DEBUG")
        with structlog.testing.capture_logs() as events:
            for person in (rig.honest, rig.other, *rig.wrong):
                attempt, step = rig.start()
                reply = rig.answer(attempt, step, person)
                printed += [repr(attempt), repr(step), repr(reply)]
                printed.append(repr(rig.take(attempt, reply)))
            for mode in self.distrusted_modes + self.unavailable_modes[:4]:
                rig.break_upstream(mode)
                try:
                    rig.run(rig.honest)
                except ChannelError as error:
                    printed += _whole_story(error)
                rig.heal()
        assert events
        text = "\n".join([*printed, repr(events), caplog.text])
        assert [value for value in rig.unprintable if value in text] == []

    @ANY_INPUT
    @given(data=st.data())
    def test_any_reply_at_all_ends_in_an_outcome_or_a_channel_error(self, rig: Rig, data: st.DataObject):
        attempt, _ = rig.start()
        names = st.sampled_from([*rig.honest.fields, *rig.wrong[0].fields, "code", "state"]) | st.text(max_size=8)
        values = st.text(max_size=60) | st.sampled_from([*rig.honest.fields.values(), *rig.other.fields.values()])
        fields = data.draw(st.dictionaries(names, values, max_size=5))
        body = data.draw(st.binary(max_size=64))
        try:
            _, outcome = rig.take(attempt, Reply(attempt.id, attempt.channel, fields, body))
        except ChannelError:
            return
        assert isinstance(outcome, (*STEPS, Verified, Rejected))


def _whole_story(error: BaseException | None) -> list[str]:
    """An exception as a traceback would print it: with causes, and with contexts that were not suppressed."""
    told: list[str] = []
    while error is not None:
        told += [str(error), repr(error), repr(error.args)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told
