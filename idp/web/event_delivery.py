"""Delivering what relying parties are to be told: at once when it happens, then again with growing pauses.

Events are kept in the store until they are settled, so a worker that stops loses nothing: any worker takes up what is
due. Each is held by one worker at a time (a lease), and a worker has at most one call to the same client under way: a
slow receiver holds up its own events and nobody else's.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, Protocol

import structlog

from idp.domain.audit import EventDelivered, LogoutDelivered
from idp.domain.audit_words import AuditEvent, CitizenId, ClientId, OpaqueId, Outcome
from idp.domain.client import Client, Clients
from idp.domain.ports import Clock, DueEvent, Outbox, Randomness, SecurityEvent, SecurityEventKind, SecurityEvents

LEASE_SECONDS: Final = 60.0  # well above the deadlines of one call
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 4 * 3600.0
# The pauses of the first hour and a half. An old event that operators send once more is given these, at least.
FEWEST_TRIES: Final = 8
KEPT_WHEN_DELIVERED: Final = 86_400.0
SWEEP_EVERY: Final = 3600.0

log = structlog.get_logger(__name__)


class Courier(Protocol):
    """Takes one kind of event to one client."""

    def carry(self, client: Client, event: SecurityEvent) -> Outcome:
        """OK: it was taken. REFUSED: it never will be. UNAVAILABLE, or any exception: try again."""
        ...


class EventDelivery:
    """See the module. ``life_seconds``: how long an event is tried before it is given up."""

    def __init__(
        self,
        *,
        events: SecurityEvents,
        clients: Clients,
        couriers: Mapping[SecurityEventKind, Courier],
        outbox: Outbox,
        clock: Clock,
        randomness: Randomness,
        life_seconds: float,
        threads: int = 8,
    ) -> None:
        self._events = events
        self._clients = clients
        self._couriers = couriers
        self._outbox = outbox
        self._clock = clock
        self._randomness = randomness
        self._life = life_seconds
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="event-delivery")
        self._stopping = threading.Event()
        self._asking = threading.Lock()
        self._asked = False
        self._taking = threading.Lock()
        self._busy: set[str] = set()
        self._swept_at = 0.0

    def wake(self) -> None:
        """Something may be due: look soon, in another thread. Returns at once; one look at a time waits its turn."""
        with self._asking:
            if self._asked:
                return
            self._asked = True
        with suppress(RuntimeError):  # the pool is closed: the next worker's look finds it
            self._pool.submit(self._look)

    def tick(self) -> None:
        """What housekeeping does once a second: look for what is due, and drop old rows now and then."""
        self.wake()
        now = self._clock.now()
        if now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            self._events.forget_delivered(before=now - KEPT_WHEN_DELIVERED)

    def once(self) -> int:
        """Deliver what is due in this thread, one after the other. How many were tried."""
        tried = 0
        while (due := self._take()) is not None:
            self._settle(due)
            tried += 1
        return tried

    def close(self) -> None:
        """Let what is under way finish; the rest waits in the store."""
        self._stopping.set()
        self._pool.shutdown(wait=True)

    def _look(self) -> None:
        """Deliver what is due until nothing is; the last look before the end still takes one."""
        with self._asking:
            self._asked = False
        try:
            while (due := self._take()) is not None:
                self.wake()  # another thread sees to the next one while this receiver makes up its mind
                self._settle(due)
                if self._stopping.is_set():
                    return
        except Exception:  # a store is away; what was taken comes back when its lease runs out
            log.exception("event_delivery_failed")

    def _take(self) -> DueEvent | None:
        with self._taking:
            due = self._events.take_due(
                now=self._clock.now(), lease_seconds=LEASE_SECONDS, limit=1, skip=frozenset(self._busy)
            )
            if not due:
                return None
            self._busy.add(due[0].event.client_id)
            return due[0]

    def _settle(self, due: DueEvent) -> None:
        try:
            self._deliver(due)
        finally:
            with self._taking:
                self._busy.discard(due.event.client_id)

    def _deliver(self, due: DueEvent) -> None:
        outcome, now = self._carry(due.event), self._clock.now()
        if outcome is Outcome.OK:
            settled = self._events.delivered(due, now=now)
        elif outcome is Outcome.REFUSED or self._too_old(due, now):
            settled = self._events.put_off(due, until=None)
        else:
            self._events.put_off(due, until=now + pause(due.tries, self._randomness))
            return
        if settled:
            self.record(due.event, outcome, now)

    def _carry(self, event: SecurityEvent) -> Outcome:
        client = self._clients.get(event.client_id)
        if client is None:  # taken out of clients.yaml, or this worker has not read the new file yet
            log.warning("event_without_client", client_id=event.client_id, event_id=event.id)
            return Outcome.UNAVAILABLE
        try:
            return self._couriers[event.kind].carry(client, event)
        except Exception as error:  # noqa: BLE001  whatever a receiver does, the others must be told
            kind = type(error).__name__
            log.warning("event_not_delivered", client_id=event.client_id, event_id=event.id, kind=kind)
            return Outcome.UNAVAILABLE

    def _too_old(self, due: DueEvent, now: float) -> bool:
        return now - due.event.at >= self._life and due.tries + 1 >= FEWEST_TRIES

    def record(self, event: SecurityEvent, outcome: Outcome, now: float) -> None:
        """Write down how telling of an event ended; whoever settled it calls this, once."""
        self._outbox.append(self._result(event, outcome, now))

    def _result(self, event: SecurityEvent, outcome: Outcome, now: float) -> AuditEvent:
        stamp = {
            "id": OpaqueId(self._randomness.hex(16)),
            "at": now,
            "citizen_id": CitizenId(event.citizen_id) if event.citizen_id else None,
            "client_id": ClientId(event.client_id),
        }
        if event.kind is SecurityEventKind.SESSION_ENDED:
            return LogoutDelivered(**stamp, outcome=outcome)  # type: ignore[arg-type]  # a mapping of mixed values
        return EventDelivered(**stamp, event=event.kind, outcome=outcome)  # type: ignore[arg-type]


def pause(tries: int, randomness: Randomness) -> float:
    """Seconds until the next try after ``tries`` earlier ones: fourfold each time up to four hours, then half to all.

    The random part keeps all that failed at one moment from coming back at one moment.
    """
    longest = min(FIRST_PAUSE * 2.0 ** min(2 * tries, 32), LONGEST_PAUSE)
    return longest * (0.5 + int.from_bytes(randomness.octets(4)) / 2**33)
