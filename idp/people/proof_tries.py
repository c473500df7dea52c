"""The tries of proof: what one reply may cost, what is given back, what is left.

A try is counted before the upstream is asked (twenty at once must not be twenty answers) and given back when it was
none: no usable answer, still pending, or a refusal that the person could not have avoided (channels.md 2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from idp.domain.attempt import Attempt
from idp.domain.channel import ChannelFacts, FieldKind
from idp.domain.ports import Limit, Limits
from idp.people import limits as budget
from idp.people.origin import Origin


@dataclass(frozen=True, slots=True)
class Tries:
    """The counters of one reply, or of a beginning that costs.

    ``own`` are the person's, ``asked`` of what was typed, ``shared`` those of place, relying party and channel.
    """

    own: budget.Pairs
    asked: budget.Pairs
    shared: budget.Pairs
    at: float


# Given back where nobody was told anything; a day's outage must not use up a relying party's budget of the day.
_UNANSWERED: Final = frozenset({budget.PROOF_CLIENT_MINUTE.name, budget.PROOF_CLIENT_DAY.name})


@dataclass(frozen=True, slots=True)
class ProofTries:
    """See the module. ``daily_quotas``: what upstreams allow by channel; one relying party gets half at most."""

    limits: Limits
    daily_quotas: Mapping[str, int] = field(default_factory=dict)

    def check_begin(self, citizen_id: str, facts: ChannelFacts, origin: Origin, *, now: float) -> Tries:
        """Whether a new attempt makes sense, and what beginning it costs, to be given back when it comes to nothing.

        Raises LimitReached: also when a reply to it would be refused.
        """
        budget.spend(
            self.limits,
            [(budget.BEGIN_CITIZEN, citizen_id), (budget.BEGIN_ADDRESS, origin.address)],
            now=now,
        )
        own = _own(citizen_id, facts)
        budget.spend(self.limits, own, now=now)
        self.limits.refund(own, at=now)
        if not facts.begin_costs:
            return Tries([], [], [], now)
        paid = budget.each(budget.BEGIN_PAID_CITIZEN, citizen_id)
        shared = self._shared(facts.name, origin)
        budget.spend(self.limits, [*shared, *paid], now=now)
        return Tries(paid, [], shared, now)

    def take(
        self,
        attempt: Attempt,
        citizen_id: str,
        facts: ChannelFacts,
        fields: Mapping[str, str],
        origin: Origin,
        *,
        now: float,
    ) -> Tries:
        """Count one try at the channel of ``facts``. Raises LimitReached.

        What was typed has counters too: many accounts must not question a register about one person, and a card check
        that went well and is left lying costs the card and the phone no less. Replies to one attempt are counted by
        themselves and never given back: polling costs no try, hammering is bounded.
        """
        own, asked = _own(citizen_id, facts), _asked(citizen_id, fields)
        shared = self._shared(facts.name, origin)
        # The person's own come last: whoever shares a full address or channel does not pay for it.
        budget.spend(self.limits, [(budget.PROOF_REPLIES, attempt.id), *asked, *shared, *own], now=now)
        return Tries(own, asked, shared, now)

    def give_back(self, tries: Tries, *, unanswered: bool = False, all_of_it: bool = False) -> None:
        """Give the person's try back; with ``unanswered`` what was typed and the relying party's too.

        Place and channel only with ``all_of_it`` (nothing was asked, still pending): after a failure they stay
        counted, so forged replies and a dying upstream cannot be hammered for free.
        """
        asked = tries.asked if unanswered or all_of_it else []
        told_nobody = [(limit, key) for limit, key in tries.shared if unanswered and limit.name in _UNANSWERED]
        self.limits.refund([*tries.own, *asked, *(tries.shared if all_of_it else told_nobody)], at=tries.at)

    def left(self, citizen_id: str, facts: ChannelFacts, *, now: float) -> int:
        """How many tries the person has left at this channel."""
        return min(self.limits.room(limit, key, now=now) for limit, key in _own(citizen_id, facts))

    def _shared(self, channel: str, origin: Origin) -> budget.Pairs:
        """The counters of the place, of the relying party at this channel, and of the channel."""
        quota = self.daily_quotas.get(channel)
        by_day = budget.PROOF_CLIENT_DAY
        if quota is not None:
            by_day = replace(by_day, count=max(1, min(by_day.count, quota // 2)))
        client = budget.each([budget.PROOF_CLIENT_MINUTE, by_day], f"{origin.client}\0{channel}")
        return [
            *budget.each(budget.PROOF_ADDRESS, origin.address),
            *(client if origin.client else []),
            (budget.PROOF_CHANNEL, channel),
        ]


def _asked(citizen_id: str, fields: Mapping[str, str]) -> budget.Pairs:
    """The counters of what a form asks an upstream about."""
    pairs: list[tuple[Limit, str]] = []
    if number := fields.get(FieldKind.ID_NUMBER):
        pairs.append((budget.PROOF_NUMBER, number))
    if card := fields.get(FieldKind.BANK_CARD):
        pairs += [(budget.PROOF_CARD, card), (budget.PROOF_CARD_CITIZEN, citizen_id)]
    if phone := fields.get(FieldKind.MOBILE):
        pairs += budget.each(budget.PROOF_PHONE, phone)
    return pairs


def _own(citizen_id: str, facts: ChannelFacts) -> budget.Pairs:
    return [
        (replace(budget.PROOF_CITIZEN_CHANNEL, count=facts.hourly_tries), f"{citizen_id}\0{facts.name}"),
        (budget.PROOF_CITIZEN, citizen_id),
    ]
