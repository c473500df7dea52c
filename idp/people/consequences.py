"""What a change of hands brings with it: sessions end, grants and consents go, relying parties and operators are told.

Each method is called after the store has decided and written (:meth:`idp.domain.ports.Citizens.record_proof`), and may
be repeated: what ended stays ended.
"""

from dataclasses import dataclass
from typing import Protocol

from idp.domain.assurance import Level
from idp.domain.audit import NumberDisputed, NumberTakenOver, SignedOut
from idp.domain.audit_words import CitizenId, EndCause
from idp.domain.ports import AccountLinks, Clock, Consents, EndedSession, Outbox, Randomness, Sessions
from idp.people.origin import Origin
from idp.people.stamp import Stamper


class Announcer(Protocol):
    """Tells a citizen's relying parties (:class:`idp.people.announcements.Announcements`)."""

    def level_changed(self, citizen_id: str, previous: Level, current: Level) -> int:
        """The real-name level is another now."""
        ...


@dataclass(frozen=True, slots=True)
class Consequences:
    """See the module. Methods answer the sessions that ended: whoever calls tells their relying parties."""

    sessions: Sessions
    consents: Consents
    links: AccountLinks
    announcer: Announcer
    outbox: Outbox
    clock: Clock
    randomness: Randomness

    def taken_over(
        self, loser: str, winner: str, channel: str, previous: Level, origin: Origin
    ) -> tuple[EndedSession, ...]:
        """The number went from ``loser`` to ``winner``: everything it obtained on the strength of it is over."""
        self.announcer.level_changed(loser, previous, Level.UNPROVED)  # first: consents say who is to be told
        ended = self._end(loser, EndCause.DISPLACED, origin)
        for consent in self.consents.all_of(loser):
            self.consents.withdraw(loser, consent.client_id, now=self.clock.now())
        self.links.unlink_all(loser)
        stamp = self._stamp(loser, origin.request_id)
        self.outbox.append(
            NumberTakenOver(**stamp, channel=channel, taken_by=CitizenId(winner), previous=int(previous))
        )
        return ended

    def frozen(self, holder: str, previous: Level, claimant: str, origin: Origin) -> tuple[EndedSession, ...]:
        """The holder of a number is frozen with its claimant: until it is settled neither is anybody in particular."""
        self.announcer.level_changed(holder, previous, Level.UNPROVED)
        ended = self._end(holder, EndCause.DISPUTED, origin)
        for citizen_id, level in ((holder, previous), (claimant, Level.UNPROVED)):
            self.outbox.append(NumberDisputed(**self._stamp(citizen_id, origin.request_id), previous=int(level)))
        return ended

    def weighed_down(
        self, citizen_id: str, previous: Level, current: Level, origin: Origin
    ) -> tuple[EndedSession, ...]:
        """A contra-indicator lowered the level: no session goes on to claim what does not hold any more."""
        self.announcer.level_changed(citizen_id, previous, current)
        return self._end(citizen_id, EndCause.CONTRA_INDICATOR, origin)

    def _end(self, citizen_id: str, cause: EndCause, origin: Origin) -> tuple[EndedSession, ...]:
        """Sessions, and every grant that hung on them, offline ones too."""
        ended = tuple(self.sessions.end_all(citizen_id, now=self.clock.now()))
        for each in ended:
            stamp = self._stamp(citizen_id, origin.request_id)
            self.outbox.append(SignedOut(**stamp, cause=cause, clients=len(each.relying_parties)))
        return ended

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
