"""The way of audit events: from the outbox beside the hot path into the hash-chained log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from idp.domain.audit_words import AuditEvent
from idp.domain.ports.expiring import JsonObject


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A stored event."""

    number: int
    kind: str
    at: float
    citizen_id: str | None
    client_id: str | None
    detail: JsonObject


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row (``number``) that is changed, missing or out of order, and which of these."""

    number: int
    what: str


class AuditLog(Protocol):
    """The append-only, hash-chained log."""

    def append(self, events: Iterable[AuditEvent]) -> int:
        """Append in order, skipping ids that are there already. How many were new. Safe from several processes."""
        ...

    def verify(self) -> Broken | int:
        """Walk the chain: the first break, or the number of rows when it is whole."""
        ...

    def recent(self, citizen_id: str, *, limit: int) -> Sequence[AuditEntry]:
        """A citizen's newest events."""
        ...


class Outbox(Protocol):
    """Audit events written beside the hot path, on their way to the audit log."""

    def append(self, event: AuditEvent) -> None:
        """Keep an event."""
        ...

    def drain(self, log: "AuditLog", *, batch: int = 500) -> int:
        """Move up to ``batch`` events into ``log``; deleted here only after they are there. How many were moved."""
        ...
