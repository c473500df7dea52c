"""What relying parties are to be told about a citizen's account, until they have taken it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class SecurityEventKind(StrEnum):
    """Why a relying party is told. The wire's event types are the protocol room's business.

    ``LEVEL_CHANGED``: detail ``previous`` and ``current`` (``acr`` values). ``SUBJECTS_JOINED``: ``alias`` is another
    ``sub`` of the same person at this relying party from now on; ``SUBJECTS_PARTED`` takes that back.
    """

    LEVEL_CHANGED = "level_changed"
    SUBJECTS_JOINED = "subjects_joined"
    SUBJECTS_PARTED = "subjects_parted"
    SESSIONS_REVOKED = "sessions_revoked"
    ACCOUNT_DISABLED = "account_disabled"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event for one client. ``id`` is random (32 hex) and becomes the token's ``jti``; ``at`` in epoch seconds.

    ``detail`` holds closed words and subject identifiers of this very client, nothing personal.
    """

    id: str
    client_id: str
    kind: SecurityEventKind
    at: float
    sub: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DueEvent:
    """An event that is to be tried now; ``tries`` were made before."""

    event: SecurityEvent
    tries: int


class SecurityEvents(Protocol):
    """Kept until taken: a relying party that is down today is told tomorrow."""

    def announce(self, events: Sequence[SecurityEvent]) -> None:
        """Keep events to be told, all or none; an id that is kept already changes nothing."""
        ...

    def take_due(self, *, now: float, lease_seconds: float, limit: int) -> Sequence[DueEvent]:
        """Up to ``limit`` events whose time has come, oldest first; nobody else gets them for ``lease_seconds``."""
        ...

    def delivered(self, event_id: str, *, now: float) -> None:
        """The relying party took it."""
        ...

    def put_off(self, event_id: str, *, until: float | None) -> None:
        """It did not: counts one try. ``until`` None gives it up; it stays as undelivered for the operators."""
        ...
