"""Proving who one is: an attempt at a channel, from its first page to evidence.

What a channel says is believed only in this room: the claims must be those it is registered to prove, the person must
be the one the account belongs to, and each attempt has one result (CVE-2025-46815). A number that another account holds
moves nothing: the person is led to that account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from idp.domain.assurance import Level
from idp.domain.attempt import Attempt, Reply
from idp.domain.audit import Outcome
from idp.domain.channel import UNSPENT_REASONS, Channel, ChannelFacts, Form, Rejected, SubjectKind, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptMismatch, ChannelError, Distrusted, LimitReached, SignInRefused
from idp.domain.id_numbers import IdNumber
from idp.domain.ports import Citizen, Citizens, Clock, Limits, Outbox, Randomness, Records
from idp.people.attempts import Attempts, Kept
from idp.people.calendar_day import china_day
from idp.people.channel_health import ChannelHealth
from idp.people.exchange import AttemptTrail, Exchange
from idp.people.form_fields import read_fields
from idp.people.origin import Origin
from idp.people.proof_results import Begun, HeldElsewhere, Offer, Pending, Proved, Refused, Result
from idp.people.proof_tries import ProofTries
from idp.people.ways import Ways, find_ways

__all__ = ["Begun", "HeldElsewhere", "Offer", "Pending", "Proved", "Proving", "Refused", "Result", "Ways"]

ATTEMPT_ID_BYTES: Final = 24


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
        """The channels that can prove something about this citizen. Raises SignInRefused for a disabled account."""
        citizen, now = self._citizen(citizen_id), self.clock.now()
        every = (channel.facts for channel in self.channels.values())
        return [Offer(facts, self.health.retry_at(facts.name, now)) for facts in every if _serves(facts, citizen, now)]

    def ways(self, citizen_id: str, wanted: Level, after: str = "") -> Ways:
        """The channels that lead this citizen on towards ``wanted``; ``after``: the one that came to nothing last."""
        now = self.clock.now()
        return find_ways(self.offers(citizen_id), self.citizens.evidence_of(citizen_id), wanted, now, after)

    def begin(self, citizen_id: str, channel: str, return_uri: str, origin: Origin) -> Begun | Refused:
        """Start an attempt. Raises AttemptMismatch for a channel that is not offered, LimitReached, ChannelError."""
        citizen, now = self._citizen(citizen_id), self.clock.now()
        chosen = self.channels.get(channel)
        if chosen is None or not _serves(chosen.facts, citizen, now):
            raise AttemptMismatch("channel not offered")
        tries = ProofTries(self.limits)
        tries.check_begin(citizen_id, channel, origin, now=now)
        attempt = Attempt(
            id=self.randomness.token(ATTEMPT_ID_BYTES),
            channel=channel,
            expires_at=now + chosen.facts.attempt_seconds,
            return_uri=return_uri,
            known=_known(citizen),
        )
        try:
            outcome = chosen.begin(attempt)
            if isinstance(outcome, Verified):
                raise Distrusted(channel, "verified before any reply")
        except ChannelError as error:
            self._trail.failed(error, citizen_id, channel, origin)
            raise
        self.health.answered(channel)
        if not isinstance(outcome, Rejected):
            kept = Kept(attempt.awaiting(outcome.keep), citizen_id, outcome)
            Attempts(self.attempts).keep(kept, now=now)
            return Begun(attempt.id, channel, outcome, attempt.expires_at)
        self._trail.ended(citizen_id, channel, origin, Outcome.REFUSED, outcome.reason)
        if outcome.reason in UNSPENT_REASONS:
            return Refused(outcome.reason, None)
        tries.take(attempt, citizen_id, {}, origin, now=now)
        return Refused(outcome.reason, tries.left(citizen_id, channel, now=now))

    def show(self, attempt_id: str, citizen_id: str) -> Begun:
        """What the attempt waits for; changes nothing. Raises AttemptError."""
        kept = Attempts(self.attempts).find(attempt_id, citizen_id, now=self.clock.now())
        return Begun(attempt_id, kept.attempt.channel, kept.step, kept.attempt.expires_at)

    def reply(
        self,
        attempt_id: str,
        channel: str,
        citizen_id: str,
        fields: Mapping[str, str],
        origin: Origin,
        *,
        body: bytes = b"",
    ) -> Result:
        """Take what came back: the fields of a form, or an upstream's parameters; ``body``: as it came by POST.

        No fields for a step that is no form: the channel is only asked whether there is a result by now.

        Raises InvalidInput (nothing spent), LimitReached, AttemptError, ChannelError (the attempt still waits and the
        try is given back), PersonMismatch (another person than the account's; recorded as a contra-indicator).
        """
        citizen, now = self._citizen(citizen_id), self.clock.now()
        attempts, tries = Attempts(self.attempts), ProofTries(self.limits)
        kept = attempts.find(attempt_id, citizen_id, now=now)
        attempts.receive(kept, Reply(attempt_id, channel), now=now)
        chosen = self.channels.get(kept.attempt.channel)
        if chosen is None:
            raise AttemptMismatch("channel no longer configured")
        if isinstance(kept.step, Form):
            fields = read_fields(kept.step.fields, fields, today=china_day(now))
        kept = attempts.claim(kept, now=now)
        try:
            taken = tries.take(kept.attempt, citizen_id, fields, origin, now=now)
        except LimitReached:
            attempts.release(kept, now=now)
            raise
        return Exchange(
            channel=chosen,
            citizen=citizen,
            kept=kept,
            fields=fields,
            body=body,
            origin=origin,
            taken=taken,
            attempts=attempts,
            tries=tries,
            citizens=self.citizens,
            trail=self._trail,
        ).run()

    def _citizen(self, citizen_id: str) -> Citizen:
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is not None:
            raise SignInRefused
        return citizen

    @property
    def _trail(self) -> AttemptTrail:
        return AttemptTrail(self.outbox, self.health, self.clock, self.randomness)


def _serves(facts: ChannelFacts, citizen: Citizen, now: float) -> bool:
    """Whether the channel can help this citizen at all: their kind of document, their age (once they are known)."""
    if SubjectKind.CITIZEN not in facts.subjects:
        return False
    if citizen.id_number is None:
        return True
    number = IdNumber(citizen.id_number)
    return number.kind in facts.documents and number.age_on(china_day(now)) >= facts.minimum_age


def _known(citizen: Citizen) -> dict[ClaimName, str]:
    """What the account has proved already, for channels that check against it."""
    values = {ClaimName.NAME: citizen.name, ClaimName.ID_NUMBER: citizen.id_number}
    return {name: value for name, value in values.items() if value is not None}
