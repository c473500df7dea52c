"""Deleting everything kept about a person (personal information law, PIPL article 47).

In this order, each step safe to repeat: sessions and grants end, and their relying parties hear it; the ``sub`` of the
person at every relying party is computed; one transaction deletes what is kept and keeps what is to be told of it. What
was interrupted is finished by the same command: the audit log still knows that there was such an account.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from idp.domain.audit_persons import AccountPurged, AccountsJoined, DisputeSettled
from idp.domain.audit_words import OpaqueId
from idp.domain.errors import StoreUnavailable
from idp.domain.ports import AuditLog, Citizens, EndedSession, Merges, SecurityEvent
from idp.people.consequences import Consequences
from idp.people.disputing import Disputing
from idp.people.origin import Origin
from idp.people.stamp import Stamper

# More than any account has in the log; a purge that was interrupted looks in it for the accounts that went along.
ENTRIES: Final = 100_000


class Teller(Protocol):
    """Tells relying parties (:class:`idp.people.announcements.Announcements`)."""

    def purge_events(self, accounts: Sequence[str]) -> Sequence[SecurityEvent]:
        """What is to be told of a purge, by every ``sub`` of the accounts."""
        ...

    @property
    def wake(self) -> Callable[[], None]:
        """There is something to deliver."""
        ...


class NotPurged(StrEnum):
    """Why nothing was deleted: no such account, one that is not closed, one that was joined to another."""

    UNKNOWN = "unknown"
    OPEN = "open"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Gone:
    """``accounts`` are gone (the person's own and those joined to it); sessions that ended, notices about them.

    ``told``: how many events say that the account was purged.
    """

    accounts: tuple[str, ...]
    sessions: int
    notices: int
    told: int = 0


@dataclass(frozen=True, slots=True)
class Purging:
    """See the module. ``tell`` tells the relying parties of a session that it ended; how many."""

    citizens: Citizens
    merges: Merges
    audit: AuditLog
    disputing: Disputing
    teller: Teller
    consequences: Consequences
    tell: Callable[[EndedSession], int]

    def purge(self, citizen_id: str, ended: Sequence[EndedSession], origin: Origin) -> Gone:
        """Delete a closed account. ``ended``: sessions that ended when it was closed. Raises StoreUnavailable."""
        accounts = self._accounts(citizen_id)
        notices = self._told(ended)
        sessions = len(ended)
        for each in accounts:
            self.disputing.withdraw(each, origin)  # whoever holds the number that it claimed hears that it is theirs
        done = self._end(accounts, origin)
        events = self.teller.purge_events(accounts)
        purged = self.citizens.purge(citizen_id, events, now=self._now)
        if purged is None:
            raise StoreUnavailable("sql: an account changed while it was purged")
        self.teller.wake()
        for each in purged.freed:
            self._record(DisputeSettled(**self._stamp(each, origin.request_id), holds=False))
        late = self._over(purged.accounts, origin)
        return Gone(purged.accounts, sessions + done[0] + late[0], notices + done[1] + late[1], len(events))

    def finish(self, citizen_id: str, origin: Origin) -> Gone | None:
        """What is left to do for an account that is gone already; None when there never was such an account."""
        entries = self.audit.recent(citizen_id, limit=ENTRIES)
        if not entries:
            return None
        joined = {str(each.detail["joined"]): None for each in entries if each.kind == AccountsJoined.kind}
        accounts = (citizen_id, *(each for each in joined if self.citizens.by_id(each) is None))
        self.teller.wake()
        return Gone(accounts, *self._over(accounts, origin))

    def _accounts(self, citizen_id: str) -> tuple[str, ...]:
        """The account and those that are joined to it, over however many merges."""
        found = [citizen_id]
        for each in found:  # grows on the way
            standing = (one for one in self.merges.of(each) if one.kept_id == each and one.undone_at is None)
            found += [one.joined_id for one in standing if one.joined_id not in found]
        return tuple(found)

    def _over(self, accounts: Iterable[str], origin: Origin) -> tuple[int, int]:
        """Sessions once more, for a sign-in may have been under way; then the log says so, once however often."""
        done = self._end(accounts, origin)
        for each in accounts:
            stamp = self._stamp(each, origin.request_id)
            stamp["id"] = OpaqueId(hashlib.sha256(f"purged {each}".encode()).hexdigest()[:32])
            self._record(AccountPurged(**stamp))
        return done

    def _end(self, accounts: Iterable[str], origin: Origin) -> tuple[int, int]:
        """How many sessions ended, and how many notices tell of it."""
        ended = [one for each in accounts for one in self.consequences.purged(each, origin)]
        return len(ended), self._told(ended)

    def _told(self, ended: Iterable[EndedSession]) -> int:
        return sum(self.tell(each) for each in ended)

    def _record(self, event: AccountPurged | DisputeSettled) -> None:
        self.consequences.outbox.append(event)

    @property
    def _now(self) -> float:
        return self.consequences.clock.now()

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.consequences.clock, self.consequences.randomness)
