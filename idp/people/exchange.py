"""One reply of a person or an upstream, from the claimed attempt to its result."""

import datetime
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from idp.domain.assurance import Level, expiry_of, level_of
from idp.domain.attempt import Reply
from idp.domain.audit_words import Outcome
from idp.domain.capturing import Judged
from idp.domain.channel import (
    CONTRA_INDICATORS,
    UNSPENT_AFTER_FAILURE,
    UNSPENT_REASONS,
    Channel,
    ChannelFacts,
    Correction,
    FieldKind,
    Form,
    Reason,
    Rejected,
    Step,
    SubjectKind,
    Verified,
)
from idp.domain.contra import ContraIndicator
from idp.domain.errors import (
    AttemptExpired,
    AttemptSpent,
    ChannelError,
    PersonMismatch,
    StoreUnavailable,
    Unavailable,
)
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.organisations import Standing
from idp.domain.ports import Binding, Citizen, Citizens, EndedSession, Recorded, Standings
from idp.people.attempt_trail import AttemptTrail
from idp.people.attempts import Attempts, Kept
from idp.people.calendar_day import china_day
from idp.people.consequences import Consequences
from idp.people.origin import Origin
from idp.people.proof_results import Begun, HeldElsewhere, Pending, Proved, Refused, Result
from idp.people.proof_tries import ProofTries, Tries
from idp.people.proved_person import ProvedPerson, read_person
from idp.people.representing import read_standing


@dataclass(frozen=True, slots=True)
class Exchange:
    """The reply's work. ``kept`` is claimed for it and ``taken`` is counted; ``fields`` are canonical for a form."""

    channel: Channel
    citizen: Citizen
    kept: Kept
    fields: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    judged: Judged | None = field(repr=False)
    origin: Origin
    taken: Tries = field(repr=False)
    attempts: Attempts
    tries: ProofTries
    citizens: Citizens
    consequences: Consequences
    guarded: bool
    standings: Standings
    trail: AttemptTrail

    def run(self) -> Result:
        """Ask the channel and keep what it says. Raises ChannelError, PersonMismatch or AttemptError."""
        asked_about = self._form.get(FieldKind.ID_NUMBER)
        if asked_about is not None:
            if self.citizen.person is not None and self.citizen.person[1] != asked_about:
                # Before the upstream: a proved account is no instrument to question the register about others. Nobody
                # has answered, so it says nothing about who stands behind the account.
                return self._rejected(Reason.MISMATCH_PERSON)
            if self._too_young(IdNumber(asked_about)):
                return self._rejected(Reason.UNDER_AGE)
        answer = self._ask()
        if isinstance(answer, ProvedPerson):
            return self._verified(answer)
        return self._refused(answer.reason) if isinstance(answer, Rejected) else self._pending(answer)

    def _ask(self) -> ProvedPerson | Rejected | Step:
        """The channel's answer, believed. A failure leaves the attempt as it was and costs the person nothing."""
        attempt = self.kept.attempt
        try:
            reply = Reply(attempt.id, attempt.channel, self.fields, self.body, self.judged)
            outcome = self.channel.resume(attempt, reply)
            answer = (
                read_person(self._facts, outcome, self.citizen, self._form, today=self._today)
                if isinstance(outcome, Verified)
                else outcome
            )
        except ChannelError as error:
            self.tries.give_back(self.taken, unanswered=True)
            self.trail.failed(error, self.citizen.id, self._facts.name, self.origin)
            with suppress(AttemptSpent, AttemptExpired):  # it expired meanwhile; the failure is what happened
                self._after(error)
            raise
        self.trail.health.answered(self._facts.name)
        return answer

    def _after(self, error: ChannelError) -> None:
        """The attempt waits on; or it is over, where the upstream has no other answer for it."""
        if isinstance(error, Unavailable) and error.over:
            self.attempts.finish(self.kept, verified=False, now=self._now)
        else:
            # An answer that cannot be believed can be provoked by a forged return: it excuses nothing.
            failed = self.kept.failed or isinstance(error, Unavailable)
            self.attempts.release(replace(self.kept, failed=failed), now=self._now)

    def _verified(self, person: ProvedPerson) -> Result:
        if person.is_another_than(self.citizen, self._facts.source):
            return self._refused(Reason.MISMATCH_PERSON)
        if self._too_young(person.number):
            return self._rejected(Reason.UNDER_AGE)
        if SubjectKind.CITIZEN not in self._facts.subjects:
            return self._acts(person)
        now = self._now
        held = self.attempts.hold(self.kept, now=now)
        evidence = self._evidence(person, now)
        before = {self.citizen.id: self._level(self.citizen.id, now)}
        holder = self.citizens.by_id_number(person.number.value)
        if holder is not None:
            before[holder.id] = self._level(holder.id, now)
        correction = person.correction_of(self.citizen)
        try:
            recorded = self._record(person, evidence, correction)
            standing = self._stand(person, now)
        except PersonMismatch:  # the account was proved to be another person's while this attempt ran
            self.attempts.finish(held, verified=False, now=now)
            self._record_refusal(Reason.MISMATCH_PERSON)
            raise
        except StoreUnavailable:
            self._not_kept(held)
            raise
        self.attempts.finish(held, verified=True, now=now)
        self.trail.proved(evidence, self.origin)
        ended = self._corrected(correction, stood=recorded.stood) if correction else ()
        result = self._held(recorded, before, now, ended)
        return replace(result, standing=standing) if isinstance(result, Proved) else result

    def _acts(self, person: ProvedPerson) -> Result:
        """An answer about an organisation alone: it lets the citizen act, and is no evidence of who they are."""
        now = self._now
        held = self.attempts.hold(self.kept, now=now)
        try:
            standing = self._stand(person, now)
        except StoreUnavailable:
            self._not_kept(held)
            raise
        self.attempts.finish(held, verified=standing is not None, now=now)
        if standing is None:  # the account lost its number while this attempt ran
            self._record_refusal(Reason.MISMATCH_PERSON)
            raise PersonMismatch(self._facts.name)
        return Proved(self._level(self.citizen.id, now), standing=standing, of_the_person=False)

    def _stand(self, person: ProvedPerson, now: float) -> Standing | None:
        """Keep for whom the answer lets the citizen act; None where it says nothing of it, or they hold no number."""
        standing = read_standing(self._facts, person.answer, self.kept.attempt, self.citizen.id, now=now)
        if standing is None or not self.standings.keep(standing):
            return None
        self.trail.stands(standing, self.origin)
        return standing

    def _not_kept(self, held: Kept) -> None:
        """The upstream has said yes, and it could not be kept: that costs the person nothing."""
        self.tries.give_back(self.taken, unanswered=True)
        self.attempts.release(replace(held, failed=True), now=self._now)

    def _record(self, person: ProvedPerson, evidence: Evidence, correction: Correction | None) -> Recorded:
        """Keep it, or put the account right by it. Raises PersonMismatch."""
        name, number = person.name.typed, person.number.value
        if correction is None:
            return self.citizens.record_proof(evidence, name=name, id_number=number)
        recorded = self.citizens.correct_person(
            evidence, name=name, id_number=number, former_number=correction.id_number
        )
        if recorded.binding is Binding.NOT_FREE:
            for other in recorded.others:
                self.trail.held_elsewhere(self.citizen.id, self._facts.name, other, self.origin)
            raise PersonMismatch(self._facts.name)
        return recorded

    def _corrected(self, correction: Correction, *, stood: bool) -> tuple[EndedSession, ...]:
        first, second = correction.officers
        return self.consequences.corrected(self.citizen.id, first, second, self.origin, stood=stood)

    def _held(
        self, recorded: Recorded, before: Mapping[str, Level], now: float, corrected: tuple[EndedSession, ...]
    ) -> Result:
        """What the proof means for this account and for the others it touched."""
        if recorded.binding in {Binding.HELD, Binding.HELD_EQUALLY}:
            for other in recorded.others:
                self.trail.held_elsewhere(self.citizen.id, self._facts.name, other, self.origin)
            return HeldElsewhere(disputable=recorded.binding is Binding.HELD_EQUALLY, ended=corrected)
        ended: list[EndedSession] = [*corrected]
        for other in recorded.others:
            if recorded.binding is Binding.TAKEN_OVER:
                previous = before.get(other, Level.UNPROVED)
                ended += self.consequences.taken_over(
                    other, self.citizen.id, self._facts.name, previous, self.origin, stood=recorded.stood
                )
            else:
                self.trail.settled(other, self.origin, holds=False)
        if recorded.binding is Binding.SETTLED:
            self.trail.settled(self.citizen.id, self.origin, holds=True)
        level = self._level(self.citizen.id, now)
        self.consequences.announcer.level_changed(self.citizen.id, before[self.citizen.id], level)
        return Proved(level, tuple(ended))

    def _level(self, citizen_id: str, now: float) -> Level:
        return level_of(self.citizens.evidence_of(citizen_id), now)

    def _refused(self, reason: Reason) -> Refused:
        """The upstream said no. Where it spoke of somebody else, that weighs against the account from now on."""
        told = self._facts.tells_cancel or reason is not Reason.MISMATCH_FACE
        return self._rejected(reason, self._weigh(reason) if told and reason in CONTRA_INDICATORS else ())

    def _weigh(self, reason: Reason) -> tuple[EndedSession, ...]:
        facts, now, citizen_id = self._facts, self._now, self.citizen.id
        before = self._level(citizen_id, now)
        contra_id = self.trail.randomness.hex(16)
        self.citizens.note_contra(ContraIndicator(contra_id, citizen_id, facts.name, facts.source, reason, now))
        self.trail.contra(citizen_id, facts.name, reason, self.origin)
        after = self._level(citizen_id, now)
        return self.consequences.weighed_down(citizen_id, before, after, self.origin) if after < before else ()

    def _rejected(self, reason: Reason, ended: tuple[EndedSession, ...] = ()) -> Refused:
        """End the attempt. Raises PersonMismatch when somebody else stands behind the account."""
        now = self._now
        self.attempts.finish(self.kept, verified=False, now=now)
        spent = reason not in UNSPENT_REASONS | (UNSPENT_AFTER_FAILURE if self.kept.failed else frozenset())
        if not spent:
            self.tries.give_back(self.taken)
        self._record_refusal(reason)
        if reason is Reason.MISMATCH_PERSON:
            raise PersonMismatch(self._facts.name, ended)
        left = self.tries.left(self.citizen.id, self._facts, now=now) if spent else None
        return Refused(reason, left, ended)

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
            # Of the attempt, so that the store keeps it once however often the attempt is replied to (CVE-2025-46815).
            id=hashlib.sha256(f"evidence {self.kept.attempt.id}".encode()).hexdigest()[:32],
            citizen_id=self.citizen.id,
            channel=facts.name,
            source=facts.source,
            check_methods=facts.check_methods,
            strength=facts.strength,
            txn=person.answer.txn,
            verified_at=now,
            expires_at=min(filter(None, (expiry_of(facts, now), person.answer.counts_until)), default=None),
            claims=person.answer.claims,
        )

    def _record_refusal(self, reason: Reason) -> None:
        self.trail.ended(self.citizen.id, self._facts.name, self.origin, Outcome.REFUSED, reason)

    def _too_young(self, number: IdNumber) -> bool:
        return not self._facts.serves_age(number.age_on(self._today), guarded=self.guarded)

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
