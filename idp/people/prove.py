"""Proving who one is: an attempt at a channel, from its first page to evidence.

What a channel says is believed only here: the claims must be those it is registered to prove, the person must be the
one the account belongs to, and each attempt has one result (CVE-2025-46815). A number that another account holds moves
nothing: the person is led to that account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from idp.domain import id_numbers
from idp.domain.assurance import Level, level_of
from idp.domain.attempt import Attempt, Reply
from idp.domain.audit import AttemptEnded, OpaqueId, Outcome, PersonHeldElsewhere
from idp.domain.audit import CitizenId as AuditedCitizen
from idp.domain.channel import (
    UNSPENT_REASONS,
    Channel,
    ChannelFacts,
    FieldKind,
    Form,
    Reason,
    Rejected,
    Step,
    SubjectKind,
    Verified,
)
from idp.domain.claims import ClaimName
from idp.domain.errors import (
    AttemptMismatch,
    ChannelError,
    Distrusted,
    InvalidInput,
    LimitReached,
    PersonKeyTaken,
    PersonMismatch,
    SignInRefused,
    Unavailable,
)
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.persons import PersonName, parse_name
from idp.domain.ports import Citizen, Citizens, Clock, Limits, Outbox, Randomness, Records
from idp.people.attempts import Attempts, Kept
from idp.people.calendar_day import china_day
from idp.people.channel_health import ChannelHealth
from idp.people.form_fields import read_fields
from idp.people.origin import Origin
from idp.people.proof_tries import ProofTries, Tries
from idp.people.stamp import Stamper

ATTEMPT_ID_BYTES: Final = 24
DAY_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Offer:
    """A channel as it is offered; not ``open``: it is known not to answer just now."""

    facts: ChannelFacts
    open: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt under way and what the person does next."""

    attempt_id: str
    channel: str
    step: Step


@dataclass(frozen=True, slots=True)
class Proved:
    """Evidence is kept. ``level`` is the account's; a session without two factors stays below 高级."""

    level: Level


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel said no. ``tries_left`` at this channel, None where none was spent."""

    reason: Reason
    tries_left: int | None


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """Proved, but another account holds this number: the road to that account. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Pending:
    """No result yet; the attempt goes on."""

    begun: Begun


Result: TypeAlias = Proved | Refused | HeldElsewhere | Pending


@dataclass(frozen=True, slots=True)
class Proving:
    """See the module. ``channels`` are by name, in the order in which they are offered."""

    channels: Mapping[str, Channel]
    attempts: Records
    citizens: Citizens
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    health: ChannelHealth = field(default_factory=ChannelHealth)

    def offers(self, citizen_id: str) -> Sequence[Offer]:
        """The channels that can prove something about this citizen."""
        citizen, now = self._citizen(citizen_id), self.clock.now()
        every = (channel.facts for channel in self.channels.values())
        return [Offer(facts, self.health.open(facts.name, now)) for facts in every if _serves(facts, citizen, now)]

    def begin(self, citizen_id: str, channel: str, return_uri: str, origin: Origin) -> Begun | Refused:
        """Start an attempt. Raises AttemptMismatch for a channel that is not offered, LimitReached, ChannelError."""
        citizen, now = self._citizen(citizen_id), self.clock.now()
        chosen = self._channel(channel)
        facts = chosen.facts
        if not _serves(facts, citizen, now):
            raise AttemptMismatch("channel not offered")
        tries = ProofTries(self.limits)
        tries.check_begin(citizen_id, facts.name, origin, now=now)
        attempt = Attempt(
            id=self.randomness.token(ATTEMPT_ID_BYTES),
            channel=facts.name,
            expires_at=now + facts.attempt_seconds,
            return_uri=return_uri,
            known=_known(citizen),
        )
        try:
            outcome = chosen.begin(attempt)
            if isinstance(outcome, Verified):
                raise Distrusted(facts.name, "verified before any reply")
        except ChannelError as error:
            self._record_failure(error, citizen_id, facts.name, origin)
            raise
        self.health.answered(facts.name)
        if isinstance(outcome, Rejected):
            self._record_end(citizen_id, facts.name, origin, Outcome.REFUSED, outcome.reason)
            if outcome.reason in UNSPENT_REASONS:
                return Refused(outcome.reason, None)
            tries.take(citizen_id, facts.name, {}, origin, now=now)
            return Refused(outcome.reason, tries.left(citizen_id, facts.name, now=now))
        attempt = attempt.awaiting(outcome.keep)
        Attempts(self.attempts).keep(Kept(attempt, citizen_id, outcome), now=now)
        return Begun(attempt.id, facts.name, outcome)

    def show(self, attempt_id: str, citizen_id: str) -> Begun:
        """What the attempt waits for; changes nothing. Raises AttemptError."""
        kept = Attempts(self.attempts).find(attempt_id, citizen_id, now=self.clock.now())
        return Begun(attempt_id, kept.attempt.channel, kept.step)

    def reply(
        self, attempt_id: str, channel: str, citizen_id: str, fields: Mapping[str, str], origin: Origin
    ) -> Result:  # fmt: skip
        """Take what came back: form fields, or an upstream's parameters.

        Raises InvalidInput (nothing spent), LimitReached, AttemptError, ChannelError (the attempt still waits and the
        try is given back), PersonMismatch (another person than the account's; recorded as a contra-indicator).
        """
        citizen, now = self._citizen(citizen_id), self.clock.now()
        attempts = Attempts(self.attempts)
        kept = attempts.find(attempt_id, citizen_id, now=now)
        attempts.receive(kept, Reply(attempt_id, channel), now=now)
        chosen = self._channel(kept.attempt.channel)
        if isinstance(kept.step, Form):
            fields = read_fields(kept.step.fields, fields, today=china_day(now))
        kept = attempts.claim(kept, now=now)
        try:
            tries = ProofTries(self.limits).take(citizen_id, channel, fields, origin, now=now)
        except LimitReached:
            attempts.release(kept, now=now)
            raise
        exchange = _Exchange(self, citizen, kept, fields, origin, tries)
        exchange.check_person(fields.get(FieldKind.ID_NUMBER) if isinstance(kept.step, Form) else None)
        try:
            outcome = chosen.resume(kept.attempt, Reply(attempt_id, channel, fields))
            person = exchange.person_of(chosen.facts, outcome) if isinstance(outcome, Verified) else None
        except ChannelError as error:
            ProofTries(self.limits).give_back(tries)
            attempts.release(kept, now=self.clock.now())
            self._record_failure(error, citizen_id, channel, origin)
            raise
        self.health.answered(channel)
        if isinstance(outcome, Verified):
            assert person is not None  # noqa: S101  read in the same breath
            return exchange.verified(chosen.facts, outcome, *person)
        if isinstance(outcome, Rejected):
            return exchange.rejected(outcome.reason)
        return exchange.pending(outcome)
