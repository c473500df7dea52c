"""The audit vocabulary (:mod:`idp.domain.audit`) of relying parties that are registered here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from idp.domain.audit_words import AuditEvent


class ClientAct(StrEnum):
    """What was done to a registration."""

    REGISTERED = "registered"
    UPDATED = "updated"
    REMOVED = "removed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    SECRET_ADDED = "secret_added"  # noqa: S105  an act
    OLD_SECRET_DROPPED = "old_secret_dropped"  # noqa: S105  an act


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChanged(AuditEvent):
    """A registration was changed: by the client itself (RFC 7591, RFC 7592), or by an ``operator``."""

    kind: ClassVar[str] = "client_changed"
    act: ClientAct
    operator: bool
