"""The audit vocabulary (:mod:`idp.domain.audit`) about acting for organisations; never which organisation it is."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit_words import AuditEvent, OpaqueId
from idp.domain.organisations import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingProved(AuditEvent):
    """The citizen has shown at this channel that they stand for an organisation."""

    kind: ClassVar[str] = "standing_proved"
    channel: str
    role: Role
    standing_id: OpaqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRemoved(AuditEvent):
    """The citizen took it away; ``clients`` counts the relying parties that have to ask again."""

    kind: ClassVar[str] = "standing_removed"
    standing_id: OpaqueId
    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ActingChosen(AuditEvent):
    """For whom the citizen acts at this client from now on; None: for themselves."""

    kind: ClassVar[str] = "acting_chosen"
    standing_id: OpaqueId | None = None
