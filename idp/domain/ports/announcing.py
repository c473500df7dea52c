"""What relying parties are to be told about a citizen's account, until they have taken it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from idp.domain.event_stream import EventStream
from idp.domain.security_event import SecurityEvent, SecurityEventKind

__all__ = [
    "DueEvent", "EventState", "EventStreams", "Expiries", "KeptEvent", "ParkedEvents", "SecurityEvent",
    "SecurityEventKind", "SecurityEvents",
]  # fmt: skip


class EventState(StrEnum):
    """Where an event stands: to be tried (again), taken by its relying party, or given up."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An event that is to be tried now; ``tries`` were made before.

    ``leased_until`` (epoch seconds) is the proof of holding it: who comes back after another has taken it over changes
    nothing any more.
    """

    event: SecurityEvent
    tries: int
    leased_until: float


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event as operators see it. ``next_try_at`` is set while it is waiting."""

    event: SecurityEvent
    state: EventState
    tries: int
    next_try_at: float | None


class SecurityEvents(Protocol):
    """Kept until taken: a relying party that is down today is told tomorrow."""

    def announce(self, events: Sequence[SecurityEvent]) -> None:
        """Keep events to be told at once, all or none; an id that is kept already changes nothing."""
        ...

    def take_due(
        self, *, now: float, lease_seconds: float, limit: int, skip: Collection[str] = ()
    ) -> Sequence[DueEvent]:
        """Up to ``limit`` events whose time has come, oldest first; nobody else gets them for ``lease_seconds``.

        ``skip``: clients (by id) of which none is wanted now.
        """
        ...

    def delivered(self, due: DueEvent, *, now: float) -> bool:
        """The relying party took it. True for exactly one caller, also when the lease had run out meanwhile.

        False, and nothing is changed, when the event is settled already.
        """
        ...

    def put_off(self, due: DueEvent, *, until: float | None) -> bool:
        """It did not: counts one try. ``until`` None gives it up; it stays as undelivered for the operators.

        False, and nothing is changed, when another holds it by now, or it is settled.
        """
        ...

    def waiting_for(self, client_id: str, *, limit: int) -> Sequence[SecurityEvent]:
        """What a client that comes itself (RFC 8936) has not taken yet, oldest first; never the end of one session."""
        ...

    def settle(self, client_id: str, ids: Collection[str], *, taken: bool, now: float) -> Sequence[SecurityEvent]:
        """The client took these, or never will. Those that were waiting and its own: each for exactly one caller."""
        ...

    def hasten(self, client_id: str, *, now: float) -> int:
        """What waits for a client is due now: it takes events again, or in another way. How many."""
        ...

    def listing(self, state: EventState | None = None, *, limit: int) -> Sequence[KeptEvent]:
        """Events, newest first; of one state, or of all."""
        ...

    def count(self, state: EventState) -> int:
        """How many there are."""
        ...

    def retry(self, event_id: str | None = None, *, now: float) -> int:
        """Try an undelivered event again from the beginning, or all of them. How many."""
        ...

    def forget_delivered(self, *, before: float) -> int:
        """Drop what relying parties took before ``before`` (epoch seconds). How many."""
        ...


class ParkedEvents(Protocol):
    """Events that the database could not take when they happened."""

    def park(self, events: Sequence[SecurityEvent]) -> None:
        """Keep events, all or none."""
        ...

    def move(self, events: SecurityEvents) -> int:
        """Announce what is parked, oldest first, and forget it here; how many. Nothing is lost half-way."""
        ...


class EventStreams(Protocol):
    """What relying parties made of their streams themselves, beside what clients.yaml declares."""

    def of(self, client_id: str) -> EventStream | None:
        """The client's stream, also one that it has deleted."""
        ...

    def keep(self, stream: EventStream, *, now: float) -> None:
        """Keep a stream, whole, in place of the client's earlier one."""
        ...


class Expiries(Protocol):
    """Evidence that runs out by itself."""

    def between(self, after: float, until: float) -> Sequence[tuple[str, float]]:
        """(citizen id, moment) of what ran out later than ``after`` and no later than ``until``, oldest first."""
        ...

    def taken_back(self, after: float, until: float) -> Sequence[str]:
        """The citizens of whose evidence some was revoked or suspended in that span."""
        ...
