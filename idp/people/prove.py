"""Proving who one is: an attempt at a channel, from its first page to evidence.

What a channel says is believed only in this room: the claims must be those it is registered to prove, the person must
be the one the account belongs to, and each attempt has one result (CVE-2025-46815). A number that another account holds
goes over to stronger proof alone (:mod:`idp.domain.holding`); else the person is led to that account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from idp.domain.assurance import Level, level_of
from idp.domain.attempt import Attempt, Reply
from idp.domain.audit_words import Outcome
from idp.domain.capturing import Judged
from idp.domain.channel import UNSPENT_REASONS, Channel, ChannelFacts, Form, Rejected, SubjectKind, Verified
from idp.domain.claims import ClaimName
from idp.domain.errors import AttemptMismatch, ChannelError, Distrusted, LimitReached, SignInRefused
from idp.domain.evidence import Evidence
from idp.domain.id_numbers import IdNumber
from idp.domain.organisations import lets_act
from idp.domain.ports import ChannelStates, Citizen, Citizens, Clock, Limits, Outbox, Randomness, Records, Standings
from idp.people.attempt_trail import AttemptTrail
from idp.people.attempts import Attempts, Kept
from idp.people.calendar_day import china_day
from idp.people.channel_health import ChannelHealth
from idp.people.consequences import Consequences
from idp.people.exchange import Exchange
from idp.people.form_fields import read_fields
from idp.people.guarding import Guarding
from idp.people.origin import Origin
from idp.people.proof_results import Begun, HeldElsewhere, Offer, Pending, Proved, Refused, Result
from idp.people.proof_tries import ProofTries
from idp.people.ways import Ways, find_ways

__all__ = ["Begun", "HeldElsewhere", "Offer", "Pending", "Proved", "Proving", "Refused", "Result", "Ways"]

ATTEMPT_ID_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Proving:
    """See the module. ``channels`` are by name, in the order in which they are offered.

    ``states``: what all workers know of them; ``daily_quotas``: calls in a day, by channel, where there is a limit.
    """

    channels: Mapping[str, Channel]
    attempts: Records
    citizens: Citizens
    limits: Limits
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    consequences: Consequences
    guarding: Guarding
    states: ChannelStates
    standings: Standings
    daily_quotas: Mapping[str, int] = field(default_factory=dict)

    def offers(self, citizen_id: str, *, to_act: bool = False) -> Sequence[Offer]:
        """The channels that can prove something about this citizen; ``to_act``: that they stand for an organisation.

        Raises SignInRefused for a disabled account.
        """
        citizen = self._citizen(citizen_id)
        serves = self._lets_act if to_act else self._serves
        served = [each.facts for each in self.channels.values() if serves(each.facts, citizen)]
        known = self._health.known([facts.name for facts in served])
        return [Offer(facts, known[facts.name].retry_at) for facts in served]

    def ways(self, citizen_id: str, wanted: Level, after: str = "", *, factor_missing: bool = False) -> Ways:
        """The channels that lead this citizen on towards ``wanted``; see :func:`idp.people.ways.find_ways`."""
        now = self.clock.now()
        return find_ways(
            self.offers(citizen_id), self._shown(citizen_id), wanted, now, after, factor_missing=factor_missing
        )

    def amr_of(self, channel: str) -> str | None:
        """How a success at this channel authenticates the person present (RFC 8176), if it does."""
        return self.channels[channel].facts.amr

    def begin(
        self, citizen_id: str, channel: str, return_uri: str, origin: Origin, *, to_act: bool = False
    ) -> Begun | Refused:
        """Start an attempt. Raises AttemptMismatch for a channel that is not offered, LimitReached, ChannelError."""
        citizen, now = self._citizen(citizen_id), self.clock.now()
        chosen, serves = self.channels.get(channel), self._lets_act if to_act else self._serves
        if chosen is None or not serves(chosen.facts, citizen):
            raise AttemptMismatch("channel not offered")
        tries = ProofTries(self.limits, self.daily_quotas)
        paid = tries.check_begin(citizen_id, chosen.facts, origin, now=now)
        attempt = Attempt(
            id=self.randomness.token(ATTEMPT_ID_BYTES),
            channel=channel,
            expires_at=now + chosen.facts.attempt_seconds,
            return_uri=return_uri,
            known=_known(citizen),
            guarded=self._guarded(citizen),
        )
        try:
            outcome = chosen.begin(attempt)
            if isinstance(outcome, Verified):
                raise Distrusted(channel, "verified before any reply")
        except ChannelError as error:
            tries.give_back(paid, unanswered=True)
            self._trail.failed(error, citizen_id, channel, origin)
            raise
        if not isinstance(outcome, Rejected):
            kept = Kept(attempt.awaiting(outcome.keep), citizen_id, outcome)
            Attempts(self.attempts).keep(kept, now=now)
            return Begun(attempt.id, channel, outcome, attempt.expires_at)
        self._trail.ended(citizen_id, channel, origin, Outcome.REFUSED, outcome.reason)
        if outcome.reason in UNSPENT_REASONS:
            tries.give_back(paid)
            return Refused(outcome.reason, None)
        tries.take(attempt, citizen_id, chosen.facts, {}, origin, now=now)
        return Refused(outcome.reason, tries.left(citizen_id, chosen.facts, now=now))

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
        judged: Judged | None = None,
    ) -> Result:
        """Take what came back: the fields of a form, or an upstream's parameters; ``body``: as it came by POST;
        ``judged``: what our judge made of a capture of this attempt.

        No fields for a step that is no form: the channel is only asked whether there is a result by now.

        Raises InvalidInput (nothing spent), LimitReached, AttemptError, ChannelError (the attempt still waits and the
        try is given back), PersonMismatch (another person than the account's; recorded as a contra-indicator).
        """
        citizen, now = self._citizen(citizen_id), self.clock.now()
        attempts, tries = Attempts(self.attempts), ProofTries(self.limits, self.daily_quotas)
        kept = attempts.find(attempt_id, citizen_id, now=now)
        attempts.receive(kept, Reply(attempt_id, channel), now=now)
        chosen = self.channels.get(kept.attempt.channel)
        if chosen is None:
            raise AttemptMismatch("channel no longer configured")
        if isinstance(kept.step, Form):
            fields = read_fields(kept.step.fields, fields, today=china_day(now))
        kept = attempts.claim(kept, now=now)
        try:
            taken = tries.take(kept.attempt, citizen_id, chosen.facts, fields, origin, now=now)
        except LimitReached:
            attempts.release(kept, now=now)
            raise
        return Exchange(
            channel=chosen,
            citizen=citizen,
            kept=kept,
            fields=fields,
            body=body,
            judged=judged,
            origin=origin,
            taken=taken,
            attempts=attempts,
            tries=tries,
            citizens=self.citizens,
            consequences=self.consequences,
            guarded=self._guarded(citizen),
            standings=self.standings,
            trail=self._trail,
        ).run()

    def _serves(self, facts: ChannelFacts, citizen: Citizen) -> bool:
        """Whether the channel can help this citizen: their kind of document, their age (once they are known)."""
        return SubjectKind.CITIZEN in facts.subjects and self._suits(facts, citizen)

    def _lets_act(self, facts: ChannelFacts, citizen: Citizen) -> bool:
        """Whether it can show for whom this citizen stands: only somebody in particular does, proved to level 1."""
        if citizen.id_number is None or not lets_act(facts) or not self._suits(facts, citizen):
            return False
        return level_of(self.citizens.evidence_of(citizen.id), self.clock.now()) >= Level.BASIC

    def _suits(self, facts: ChannelFacts, citizen: Citizen) -> bool:
        if citizen.person is None:
            return True
        number = IdNumber(citizen.person[1])
        age = number.age_on(china_day(self.clock.now()))
        return number.kind in facts.documents and facts.serves_age(age, guarded=self._guarded(citizen))

    def _guarded(self, citizen: Citizen) -> bool:
        return bool(self.guarding.guardians(citizen.id))

    def _shown(self, citizen_id: str) -> Sequence[Evidence]:
        """What the citizen has shown, whether or not another account holds the number: nobody shows it twice."""
        return [replace(each, suspended_at=None) for each in self.citizens.evidence_of(citizen_id)]

    def _citizen(self, citizen_id: str) -> Citizen:
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.disabled_at is not None:
            raise SignInRefused
        return citizen

    @property
    def _trail(self) -> AttemptTrail:
        return AttemptTrail(self.outbox, self._health, self.clock, self.randomness)

    @property
    def _health(self) -> ChannelHealth:
        return ChannelHealth(self.states, self.clock)


def _known(citizen: Citizen) -> dict[ClaimName, str]:
    """What the account has proved already, for channels that check against it."""
    return dict(zip((ClaimName.NAME, ClaimName.ID_NUMBER), citizen.person or (), strict=False))
