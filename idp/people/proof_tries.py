"""The tries of proof: what one reply may cost, what is given back, what is left.

A try is counted before the upstream is asked (twenty at once must not be twenty answers) and given back when it was
none: no usable answer, still pending, or a refusal that the person could not have avoided (channels.md 2.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.domain.attempt import Attempt
from idp.domain.channel import FieldKind
from idp.domain.ports import Limits
from idp.people import limits as budget
from idp.people.origin import Origin


@dataclass(frozen=True, slots=True)
class Tries:
    """The counters of one reply. ``own`` are the person's, ``shared`` those of place and channel."""

    own: budget.Pairs
    shared: budget.Pairs
    at: float


@dataclass(frozen=True, slots=True)
class ProofTries:
    """See the module."""

    limits: Limits

    def check_begin(self, citizen_id: str, channel: str, origin: Origin, *, now: float) -> None:
        """Whether a new attempt makes sense. Raises LimitReached: also when a reply to it would be refused."""
        budget.spend(
            self.limits,
            [(budget.BEGIN_CITIZEN, citizen_id), (budget.BEGIN_ADDRESS, origin.address)],
            now=now,
        )
        own = _own(citizen_id, channel)
        budget.spend(self.limits, own, now=now)
        self.limits.refund(own, at=now)

    def take(
        self, attempt: Attempt, citizen_id: str, fields: Mapping[str, str], origin: Origin, *, now: float
    ) -> Tries:
        """Count one try. Raises LimitReached.

        The typed number has a counter too: many accounts must not question the register about one person. Replies to
        one attempt are counted by themselves and never given back: polling costs no try, hammering is bounded.
        """
        own = _own(citizen_id, attempt.channel)
        number = fields.get(FieldKind.ID_NUMBER)
        shared = [
            *([(budget.PROOF_NUMBER, number)] if number else []),
            *budget.each(budget.PROOF_ADDRESS, origin.address),
            (budget.PROOF_CHANNEL, attempt.channel),
        ]
        # The person's own come last: whoever shares a full address or channel does not pay for it.
        budget.spend(self.limits, [(budget.PROOF_REPLIES, attempt.id), *shared, *own], now=now)
        return Tries(own, shared, now)

    def give_back(self, tries: Tries, *, unanswered: bool = False, all_of_it: bool = False) -> None:
        """Give the person's try back; with ``unanswered`` the number's too: nobody was told anything about it.

        Place and channel only with ``all_of_it`` (nothing was asked, still pending): after a failure they stay
        counted, so forged replies and a dying upstream cannot be hammered for free.
        """
        number = [(limit, key) for limit, key in tries.shared if unanswered and limit is budget.PROOF_NUMBER]
        self.limits.refund([*tries.own, *(tries.shared if all_of_it else number)], at=tries.at)

    def left(self, citizen_id: str, channel: str, *, now: float) -> int:
        """How many tries the person has left at this channel."""
        return min(self.limits.room(limit, key, now=now) for limit, key in _own(citizen_id, channel))


def _own(citizen_id: str, channel: str) -> budget.Pairs:
    return [
        (budget.PROOF_CITIZEN_CHANNEL, f"{citizen_id}\0{channel}"),
        (budget.PROOF_CITIZEN, citizen_id),
    ]
