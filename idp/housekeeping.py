"""What every worker does beside answering: audit events to the log, clients.yaml, and other rooms' duties.

One daemon thread; several workers may run it at once (the log is idempotent by event id). Tests call :meth:`once`.
"""

import threading
from collections.abc import Callable, Sequence

import structlog

from idp.clients import ClientRegistry, ClientsInvalid
from idp.domain.audit import ClientsReloaded
from idp.domain.audit_words import OpaqueId, Outcome
from idp.domain.ports import AuditLog, Clock, Outbox, Randomness

PAUSE_SECONDS = 1.0
BATCH = 500

log = structlog.get_logger(__name__)


class Housekeeping:
    """Starts with the worker, stops with it. ``duties`` are done each round, quickly: what takes long is set going."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        audit: AuditLog,
        clients: ClientRegistry,
        clock: Clock,
        randomness: Randomness,
        duties: Sequence[Callable[[], object]],
    ) -> None:
        self._outbox = outbox
        self._audit = audit
        self._clients = clients
        self._clock = clock
        self._randomness = randomness
        self._duties = duties
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, drain once more, and end."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def once(self) -> int:
        """One round. How many events were moved."""
        if self._clients.changed():
            self._reload()
        moved = 0
        while count := self._outbox.drain(self._audit, batch=BATCH):
            moved += count
        for duty in self._duties:
            try:
                duty()
            except Exception:  # one duty that fails must not keep the others from being done
                log.exception("housekeeping_failed")
        return moved

    def _run(self) -> None:
        while True:
            stopping = self._stop.wait(PAUSE_SECONDS)
            try:
                self.once()
            except Exception:  # a store may be away for a while; the events wait in the outbox
                log.exception("housekeeping_failed")
            if stopping:
                return

    def _reload(self) -> None:
        """Take the new clients whole, or keep the old ones and say why."""
        outcome = Outcome.OK
        try:
            self._clients.reload()
        except (ClientsInvalid, OSError, UnicodeDecodeError) as error:
            outcome = Outcome.REFUSED
            log.error("clients_refused", faults=list(getattr(error, "faults", [type(error).__name__])))  # noqa: TRY400
        event_id = OpaqueId(self._randomness.hex(16))
        count = len(self._clients.all())
        self._outbox.append(ClientsReloaded(id=event_id, at=self._clock.now(), outcome=outcome, count=count))
