"""What a change of hands brings with it: sessions end, grants and consents go, relying parties and operators are told.

Each method is called after the store has decided and written (:meth:`idp.domain.ports.Citizens.record_proof`), and may
be repeated: what ended stays ended. Sessions end first: should a store go away on the way, nobody goes on with them.
"""

from dataclasses import dataclass
from typing import Protocol

from idp.domain.assurance import Level
from idp.domain.audit import SignedOut
from idp.domain.audit_persons import AccountDisabled, NumberDisputed, NumberTakenOver, PersonCorrected
from idp.domain.audit_words import CitizenId, EndCause, OpaqueId
from idp.domain.ports import AccountLinks, Clock, Consents, EndedSession, Outbox, Randomness, Sessions
from idp.domain.security_event import CredentialType
from idp.people.origin import Origin
from idp.people.stamp import Stamper


class Announcer(Protocol):
    """Tells a citizen's relying parties (:class:`idp.people.announcements.Announcements`)."""

    def level_changed(self, citizen_id: str, previous: Level, current: Level) -> int:
        """The real-name level is another now."""
        ...

    def account_disabled(self, citizen_id: str) -> int:
        """The account cannot be used any more."""
        ...

    def account_enabled(self, citizen_id: str) -> int:
        """It can be used again."""
        ...

    def sessions_revoked(self, citizen_id: str) -> int:
        """Every session of the citizen is over."""
        ...

    def credential_compromised(self, citizen_id: str, credential: CredentialType) -> int:
        """Somebody else may have used it."""
        ...

    def mandate_revoked(self, citizen_id: str) -> int:
        """The citizen stands for an organisation no more."""
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
        self, loser: str, winner: str, channel: str, previous: Level, origin: Origin, *, stood: bool = False
    ) -> tuple[EndedSession, ...]:
        """The number went from ``loser`` to ``winner``: everything it obtained on the strength of it is over.

        ``stood``: it stood for an organisation, as here and in :meth:`corrected`.
        """
        ended = self._end(loser, EndCause.DISPLACED, origin)
        self.announcer.level_changed(loser, previous, Level.UNPROVED)  # consents still say who is to be told
        if stood:
            self.announcer.mandate_revoked(loser)
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
        ended = self._end(holder, EndCause.DISPUTED, origin)
        self.announcer.level_changed(holder, previous, Level.UNPROVED)
        for citizen_id, level in ((holder, previous), (claimant, Level.UNPROVED)):
            self.outbox.append(NumberDisputed(**self._stamp(citizen_id, origin.request_id), previous=int(level)))
        return ended

    def weighed_down(
        self, citizen_id: str, previous: Level, current: Level, origin: Origin
    ) -> tuple[EndedSession, ...]:
        """A contra-indicator lowered the level: no session goes on to claim what does not hold any more."""
        ended = self._end(citizen_id, EndCause.CONTRA_INDICATOR, origin)
        self.announcer.level_changed(citizen_id, previous, current)
        return ended

    def ran_out(self, citizen_id: str) -> tuple[EndedSession, ...]:
        """Evidence ran out, and the level fell: nor does any session go on then. It is told of by who noticed."""
        return self._end(citizen_id, EndCause.EXPIRED_EVIDENCE)

    def corrected(
        self, citizen_id: str, first: str, second: str, origin: Origin, *, stood: bool = False
    ) -> tuple[EndedSession, ...]:
        """Officers ``first`` and ``second`` put the person right: nothing goes on to tell what was wrong.

        Consents, links and every ``sub`` stay: the account is the same person's.
        """
        ended = self._end(citizen_id, EndCause.CORRECTED, origin)
        if stood:
            self.announcer.mandate_revoked(citizen_id)
        stamp = self._stamp(citizen_id, origin.request_id)
        self.outbox.append(PersonCorrected(**stamp, first_officer=OpaqueId(first), second_officer=OpaqueId(second)))
        return ended

    def disabled(self, citizen_id: str, origin: Origin) -> tuple[EndedSession, ...]:
        """The account was closed. Its links stay: sign-in refuses them, and whoever gets it back has them again."""
        self.announcer.account_disabled(citizen_id)
        ended = self._end(citizen_id, EndCause.OPERATOR, origin)
        self.outbox.append(AccountDisabled(**self._stamp(citizen_id, origin.request_id)))
        return ended

    def compromised(self, citizen_id: str, credential: CredentialType, origin: Origin) -> tuple[EndedSession, ...]:
        """A credential came into wrong hands: nothing goes on that may have been opened by it."""
        ended = self._end(citizen_id, EndCause.OPERATOR, origin)
        self.announcer.credential_compromised(citizen_id, credential)
        return ended

    def purged(self, citizen_id: str, origin: Origin) -> tuple[EndedSession, ...]:
        """The account goes, or is gone: so does everything that hangs on it. What is told of it is the purge itself."""
        return self._end_sessions(citizen_id, EndCause.OPERATOR, origin)

    def _end(self, citizen_id: str, cause: EndCause, origin: Origin | None = None) -> tuple[EndedSession, ...]:
        ended = self._end_sessions(citizen_id, cause, origin)
        if ended:
            self.announcer.sessions_revoked(citizen_id)
        return ended

    def _end_sessions(self, citizen_id: str, cause: EndCause, origin: Origin | None) -> tuple[EndedSession, ...]:
        """Sessions, and every grant that hung on them, offline ones too."""
        ended = tuple(self.sessions.end_all(citizen_id, now=self.clock.now()))
        for each in ended:
            stamp = self._stamp(citizen_id, origin.request_id if origin else None)
            self.outbox.append(SignedOut(**stamp, cause=cause, clients=len(each.relying_parties)))
        return ended

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)
