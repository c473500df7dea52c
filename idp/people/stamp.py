"""What every audit event of this room starts with."""

from dataclasses import dataclass
from typing import TypedDict

from idp.domain.audit_words import CitizenId, OpaqueId
from idp.domain.ports import Clock, Randomness


class Stamp(TypedDict):
    """The common fields of :class:`idp.domain.audit.AuditEvent`."""

    id: OpaqueId
    at: float
    citizen_id: CitizenId | None
    request_id: OpaqueId | None


@dataclass(frozen=True, slots=True)
class Stamper:
    """Makes stamps: a new id, the time, whom it is about, and the request it happened in."""

    clock: Clock
    randomness: Randomness

    def __call__(self, citizen_id: str | None, request_id: str | None = None) -> Stamp:
        """A stamp for one event."""
        return Stamp(
            id=OpaqueId(self.randomness.hex(16)),
            at=self.clock.now(),
            citizen_id=CitizenId(citizen_id) if citizen_id else None,
            request_id=OpaqueId(request_id) if request_id else None,
        )
