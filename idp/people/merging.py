"""One person's two accounts: joined by who signed in to both, parted again by either side for thirty days.

Nothing is joined on the strength of a number alone: the same journey has signed in to both accounts. The account that
holds the number is kept; the other goes on to sign in, and arrives there. Every ``sub`` stays alive.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from idp.domain.assurance import Level, level_of
from idp.domain.audit import SignedOut
from idp.domain.audit_faces import FaceFactorRemoved
from idp.domain.audit_persons import AccountsJoined, AccountsParted
from idp.domain.audit_words import CitizenId, EndCause
from idp.domain.client import Clients
from idp.domain.ports import (
    Citizen,
    Citizens,
    Clock,
    Consents,
    EndedSession,
    Faces,
    Merge,
    Merges,
    Outbox,
    Randomness,
    Sessions,
)
from idp.domain.ports.merging import UNDO_SECONDS
from idp.people.origin import Origin
from idp.people.stamp import Stamper

ID_BYTES: Final = 16


class Teller(Protocol):
    """Tells relying parties of both accounts (:class:`idp.people.announcements.Announcements`)."""

    def subjects_joined(self, kept_id: str, joined_id: str, *, leading: Collection[str] = ()) -> int:
        """Two subject identifiers are one person's."""
        ...

    def subjects_parted(self, kept_id: str, joined_id: str, *, leading: Collection[str] = ()) -> int:
        """They are two persons' again."""
        ...

    def level_changed(self, citizen_id: str, previous: Level, current: Level) -> int:
        """The real-name level is another now."""
        ...


@dataclass(frozen=True, slots=True)
class Parted:
    """A merge that was undone, and the sessions that ended with it."""

    merge: Merge
    ended: Sequence[EndedSession]


@dataclass(frozen=True, slots=True)
class Merging:
    """See the module."""

    citizens: Citizens
    consents: Consents
    merges: Merges
    sessions: Sessions
    clients: Clients
    teller: Teller
    outbox: Outbox
    clock: Clock
    randomness: Randomness
    faces: Faces

    def candidate(self, kept_id: str, joined_id: str) -> Citizen | None:
        """The account that would be joined: alive, and claiming the number that ``kept_id`` holds."""
        kept, joined = self.citizens.by_id(kept_id), self.citizens.by_id(joined_id)
        if kept is None or joined is None or joined.claim is None or kept.id_number is None:
            return None
        alive = joined.merged_into is None and joined.disabled_at is None and kept.disabled_at is None
        return joined if alive and joined.claim.id_number == kept.id_number else None

    def join(self, kept_id: str, joined_id: str, origin: Origin) -> Sequence[EndedSession] | None:
        """Join two accounts that one journey signed in to; the sessions that ended. None when it is not possible."""
        now = self.clock.now()
        sectors = self._sectors(kept_id, joined_id)
        merge = Merge(self.randomness.hex(ID_BYTES), kept_id, joined_id, now, now + UNDO_SECONDS)
        before = self._level(kept_id, now)
        if not self.merges.join(merge, sectors):
            return None
        ended = self._end(joined_id, origin)  # first, whatever store goes away on the way
        # Nobody signs in to it any more, and its page, where a template could be deleted, is gone: none is left behind.
        if self.faces.forget(joined_id):
            self.outbox.append(FaceFactorRemoved(**self._stamp(joined_id, origin.request_id)))
        self.teller.subjects_joined(kept_id, joined_id, leading=_leading(sectors))
        self.teller.level_changed(kept_id, before, self._level(kept_id, now))
        self.outbox.append(AccountsJoined(**self._stamp(kept_id, origin.request_id), joined=CitizenId(joined_id)))
        return ended

    def undo(self, merge_id: str, citizen_id: str, origin: Origin) -> Parted | None:
        """Take a merge back, for either side. None when there is nothing (any more) to take back."""
        found = next((each for each in self.merges.of(citizen_id) if each.id == merge_id), None)
        if found is None:
            return None
        now, leading = self.clock.now(), self._led_by(found)
        before = self._level(found.kept_id, now)
        merge = self.merges.undo(merge_id, citizen_id, now=now)
        if merge is None:
            return None
        ended = self._end(merge.kept_id, origin)
        self.teller.level_changed(merge.kept_id, before, self._level(merge.kept_id, now))
        self.teller.subjects_parted(merge.kept_id, merge.joined_id, leading=leading)
        stamp = self._stamp(merge.kept_id, origin.request_id)
        self.outbox.append(AccountsParted(**stamp, joined=CitizenId(merge.joined_id)))
        return Parted(merge, ended)

    def standing(self, citizen_id: str) -> Sequence[Merge]:
        """The merges that this citizen can still undo."""
        now = self.clock.now()
        return [merge for merge in self.merges.of(citizen_id) if merge.can_be_undone(now)]

    def _level(self, citizen_id: str, now: float) -> Level:
        return level_of(self.citizens.evidence_of(citizen_id), now)

    def _sectors(self, kept_id: str, joined_id: str) -> dict[str, bool]:
        """The sectors that know the joined account; True where they alone do, and go on to receive its ``sub``."""
        kept, joined = self._known_to(kept_id), self._known_to(joined_id)
        return {sector: sector not in kept for sector in joined}

    def _known_to(self, citizen_id: str) -> set[str]:
        clients = (self.clients.get(consent.client_id) for consent in self.consents.all_of(citizen_id))
        return {client.sector for client in clients if client is not None}

    def _led_by(self, merge: Merge) -> frozenset[str]:
        """The sectors that receive the joined account's ``sub`` while the merge stands."""
        joined = self.citizens.by_id(merge.joined_id)
        if joined is None:
            return frozenset()
        sectors = {client.sector for client in self.clients.all()}
        return frozenset(
            sector
            for sector in sectors
            if self.citizens.subject_secrets(merge.kept_id, sector)[0] == joined.subject_secret
        )

    def _end(self, citizen_id: str, origin: Origin) -> Sequence[EndedSession]:
        ended = self.sessions.end_all(citizen_id, now=self.clock.now())
        for each in ended:
            stamp = self._stamp(citizen_id, origin.request_id)
            self.outbox.append(SignedOut(**stamp, cause=EndCause.JOINED, clients=len(each.relying_parties)))
        return ended

    @property
    def _stamp(self) -> Stamper:
        return Stamper(self.clock, self.randomness)


def _leading(sectors: dict[str, bool]) -> frozenset[str]:
    return frozenset(sector for sector, leads in sectors.items() if leads)
