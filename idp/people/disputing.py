"""Two accounts, one number, equal strength: no machine decides who is who.

Whoever proved a number that another account holds may say that the other account is somebody else's. Both are frozen
then, until one shows more, an officer at a counter has seen one of them, or the claim is given up.
"""

from dataclasses import dataclass, replace

from idp.domain.assurance import Level, level_of
from idp.domain.audit_persons import DisputeSettled
from idp.domain.evidence import Status
from idp.domain.holding import Verdict, held_by, hold_of, settle
from idp.domain.ports import Citizen, Citizens, EndedSession, Limits, PersonClaim
from idp.people import limits as budget
from idp.people.consequences import Consequences
from idp.people.origin import Origin
from idp.people.stamp import Stamper


@dataclass(frozen=True, slots=True)
class Disputing:
    """See the module."""

    citizens: Citizens
    limits: Limits
    consequences: Consequences

    def dispute(self, citizen_id: str, origin: Origin) -> tuple[EndedSession, ...] | None:
        """Freeze this account's claim and the holder; the holder's sessions that ended. None: nothing to dispute.

        Raises LimitReached.
        """
        now, holder = self.consequences.clock.now(), self._holder(citizen_id)
        if holder is None:
            return None
        pairs = [(budget.DISPUTE, citizen_id), (budget.DISPUTE_HOLDER, holder.id)]
        budget.spend(self.limits, pairs, now=now)
        previous = self._level(holder, now)
        frozen = self.citizens.dispute(citizen_id, now=now)
        if frozen is None:
            self.limits.refund(pairs, at=now)
            return None
        return self.consequences.frozen(frozen, previous, citizen_id, origin)

    def withdraw(self, citizen_id: str, origin: Origin) -> bool:
        """Give the claim up; the other account is free again. False when there was none."""
        now, holder, claim = self.consequences.clock.now(), self._holder(citizen_id), self.claim_of(citizen_id)
        before = self._level(holder, now)
        if not self.citizens.withdraw_claim(citizen_id, now=now):
            return False
        if claim is not None and claim.disputed_at is not None:  # a claim that disputes nothing touched nobody else
            self._record(citizen_id, origin, holds=False)
            if holder is not None:
                self._record(holder.id, origin, holds=True)
                self.consequences.announcer.level_changed(holder.id, before, self._level(holder, now))
        return True

    def claim_of(self, citizen_id: str) -> PersonClaim | None:
        """The citizen's claim on a number that another account holds."""
        citizen = self.citizens.by_id(citizen_id)
        return citizen.claim if citizen else None

    def disputable(self, citizen_id: str) -> bool:
        """Whether the holder of the claimed number has shown no more than the claimant."""
        holder, now = self._holder(citizen_id), self.consequences.clock.now()
        if holder is None:
            return False
        theirs = held_by(self.citizens.evidence_of(holder.id), now)
        return settle(theirs, hold_of(self.citizens.evidence_of(citizen_id), now)) is Verdict.EQUAL

    def frozen(self, citizen_id: str) -> bool:
        """Whether this account holds its number and somebody disputes it."""
        citizen = self.citizens.by_id(citizen_id)
        if citizen is None or citizen.id_number is None:
            return False
        now = self.consequences.clock.now()
        return any(row.status(now) is Status.SUSPENDED for row in self.citizens.evidence_of(citizen_id))

    def goal(self, citizen_id: str) -> Level:
        """The level at which the number is this account's for certain; 0 where nobody else claims or holds it.

        More than the other side has shown: a claimant's is the holder, and a dispute means that both showed the same.
        """
        holder = self._holder(citizen_id)
        other = holder.id if holder else citizen_id if self.frozen(citizen_id) else None
        if other is None:
            return Level.UNPROVED
        rows = [replace(row, suspended_at=None) for row in self.citizens.evidence_of(other)]
        shown = level_of(rows, self.consequences.clock.now())
        return Level.HIGH if shown >= Level.MEDIUM else Level.MEDIUM

    def _level(self, citizen: Citizen | None, now: float) -> Level:
        return level_of(self.citizens.evidence_of(citizen.id), now) if citizen else Level.UNPROVED

    def _holder(self, citizen_id: str) -> Citizen | None:
        citizen = self.citizens.by_id(citizen_id)
        return self.citizens.by_id_number(citizen.claim.id_number) if citizen and citizen.claim else None

    def _record(self, citizen_id: str, origin: Origin, *, holds: bool) -> None:
        stamp = Stamper(self.consequences.clock, self.consequences.randomness)(citizen_id, origin.request_id)
        self.consequences.outbox.append(DisputeSettled(**stamp, holds=holds))
