"""One reply of a person or an upstream, from the claimed attempt to its result."""

import datetime
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from idp.domain.assurance import expiry_of, level_of
from idp.domain.attempt import Reply
from idp.domain.audit import AttemptEnded, CitizenId, OpaqueId, Outcome, PersonHeldElsewhere
from idp.domain.channel import UNSPENT_REASONS, Channel, ChannelFacts, FieldKind, Form, Reason, Rejected, Step, Verified
from idp.domain.errors import AttemptSpent, ChannelError, PersonKeyTaken, PersonMismatch, Unavailable
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.ports import Citizen, Citizens, Clock, Outbox, Randomness
from idp.people.attempts import Attempts, Kept
from idp.people.calendar_day import china_day
from idp.people.channel_health import ChannelHealth
from idp.people.origin import Origin
from idp.people.proof_results import Begun, HeldElsewhere, Pending, Proved, Refused, Result
from idp.people.proof_tries import ProofTries, Tries
from idp.people.proved_person import ProvedPerson, read_person
from idp.people.stamp import Stamper


@dataclass(frozen=True, slots=True)
class AttemptTrail:
    """How attempts are written to the audit log, and what failures say about a channel's health."""

    outbox: Outbox
    health: ChannelHealth
    clock: Clock
    randomness: Randomness

    def ended(
        self, citizen_id: str, channel: str, origin: Origin, outcome: Outcome, reason: Reason | None = None
    ) -> None:
        """An attempt ended, or a reply came to nothing."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(AttemptEnded(**stamp, channel=channel, outcome=outcome, reason=reason))

    def proved(self, evidence: Evidence, origin: Origin) -> None:
        """An attempt ended with evidence."""
        stamp = Stamper(self.clock, self.randomness)(evidence.citizen_id, origin.request_id)
        self.outbox.append(
            AttemptEnded(**stamp, channel=evidence.channel, outcome=Outcome.OK, evidence_id=OpaqueId(evidence.id))
        )

    def held_elsewhere(self, citizen_id: str, channel: str, holder: str, origin: Origin) -> None:
        """The proved number belongs to ``holder``."""
        stamp = Stamper(self.clock, self.randomness)(citizen_id, origin.request_id)
        self.outbox.append(PersonHeldElsewhere(**stamp, channel=channel, holder=CitizenId(holder)))

    def failed(self, error: ChannelError, citizen_id: str, channel: str, origin: Origin) -> None:
        """The channel gave no answer, or one that cannot be believed."""
        if isinstance(error, Unavailable):
            self.health.failed(channel, error)
            self.ended(citizen_id, channel, origin, Outcome.UNAVAILABLE)
        else:
            self.ended(citizen_id, channel, origin, Outcome.DISTRUSTED)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The reply's work. ``kept`` is claimed for it and ``taken`` is counted; ``fields`` are canonical for a form."""

    channel: Channel
    citizen: Citizen
    kept: Kept
    fields: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    origin: Origin
    taken: Tries = field(repr=False)
    attempts: Attempts
    tries: ProofTries
    citizens: Citizens
    trail: AttemptTrail

    def run(self) -> Result:
        """Ask the channel and keep what it says. Raises ChannelError, PersonMismatch or AttemptError."""
        asked_about = self._form.get(FieldKind.ID_NUMBER)
        if asked_about is not None:
            if self.citizen.id_number not in {None, asked_about}:
                # Before the upstream: a proved account is no instrument to question the register about others.
                return self._rejected(Reason.MISMATCH_PERSON)
            if self._too_young(IdNumber(asked_about)):
                return self._rejected(Reason.UNDER_AGE)
        answer = self._ask()
        if isinstance(answer, ProvedPerson):
            return self._verified(answer)
        return self._rejected(answer.reason) if isinstance(answer, Rejected) else self._pending(answer)

    def _ask(self) -> ProvedPerson | Rejected | Step:
        """The channel's answer, believed. A failure leaves the attempt as it was and costs the person nothing."""
        attempt = self.kept.attempt
        try:
            outcome = self.channel.resume(attempt, Reply(attempt.id, attempt.channel, self.fields, self.body))
            answer = (
                read_person(self._facts, outcome, self.citizen, self._form, today=self._today)
                if isinstance(outcome, Verified)
                else outcome
            )
        except ChannelError as error:
            self.tries.give_back(self.taken, unanswered=True)
            self.trail.failed(error, self.citizen.id, self._facts.name, self.origin)
            with suppress(AttemptSpent):  # it expired meanwhile; the failure is what happened
                self.attempts.release(self.kept, now=self._now)
            raise
        self.trail.health.answered(self._facts.name)
        return answer

    def _verified(self, person: ProvedPerson) -> Result:
        if person.is_another_than(self.citizen, self._facts.source):
            return self._rejected(Reason.MISMATCH_PERSON)
        if self._too_young(person.number):
            return self._rejected(Reason.UNDER_AGE)
        now = self._now
        self.attempts.finish(self.kept, verified=True, now=now)
        evidence = self._evidence(person, now)
        try:
            self.citizens.record_proof(evidence, name=person.name.typed, id_number=person.number.value)
        except PersonKeyTaken as taken:
            self.trail.held_elsewhere(self.citizen.id, self._facts.name, taken.holder, self.origin)
            return HeldElsewhere()
        except PersonMismatch:  # the account was proved to be another person's while this attempt ran
            self._record_refusal(Reason.MISMATCH_PERSON)
            raise
        self.trail.proved(evidence, self.origin)
        return Proved(level_of(self.citizens.evidence_of(self.citizen.id), now))

    def _rejected(self, reason: Reason) -> Refused:
        """End the attempt. Raises PersonMismatch when somebody else stands behind the account."""
        now = self._now
        self.attempts.finish(self.kept, verified=False, now=now)
        spent = reason not in UNSPENT_REASONS
        if not spent:
            self.tries.give_back(self.taken)
        self._record_refusal(reason)
        if reason is Reason.MISMATCH_PERSON:
            raise PersonMismatch
        return Refused(reason, self.tries.left(self.citizen.id, self._facts.name, now=now) if spent else None)

    def _pending(self, step: Step) -> Pending:
        """The attempt goes on. A form that comes back as it was is a no, e.g. a wrong code: that costs a try."""
        asked = self.kept.step
        if not isinstance(asked, Form):
            self.tries.give_back(self.taken, all_of_it=True)
        elif not (isinstance(step, Form) and step.fields == asked.fields):
            self.tries.give_back(self.taken)
        attempt = self.kept.attempt.awaiting(step.keep)
        self.attempts.release(replace(self.kept, attempt=attempt, step=step), now=self._now)
        return Pending(Begun(attempt.id, attempt.channel, step, attempt.expires_at))

    def _evidence(self, person: ProvedPerson, now: float) -> Evidence:
        facts = self._facts
        return Evidence(
            id=self.trail.randomness.hex(16),
            citizen_id=self.citizen.id,
            channel=facts.name,
            source=facts.source,
            check_methods=facts.check_methods,
            strength=facts.strength,
            txn=person.answer.txn,
            verified_at=now,
            expires_at=expiry_of(facts, now),
            claims=person.answer.claims,
        )

    def _record_refusal(self, reason: Reason) -> None:
        self.trail.ended(self.citizen.id, self._facts.name, self.origin, Outcome.REFUSED, reason)

    def _too_young(self, number: IdNumber) -> bool:
        return number.age_on(self._today) < self._facts.minimum_age

    @property
    def _facts(self) -> ChannelFacts:
        return self.channel.facts

    @property
    def _form(self) -> Mapping[str, str]:
        """What the person typed; nothing when the reply is an upstream's."""
        return self.fields if isinstance(self.kept.step, Form) else {}

    @property
    def _now(self) -> float:
        return self.trail.clock.now()

    @property
    def _today(self) -> datetime.date:
        return china_day(self._now)
