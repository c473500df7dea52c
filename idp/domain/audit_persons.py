"""The audit vocabulary (:mod:`idp.domain.audit`) about persons: whose a number is, what became of accounts."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit_words import AuditEvent, CitizenId, OpaqueId
from idp.domain.channel import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHeldElsewhere(AuditEvent):
    """A proved number belongs to another account; nothing was moved."""

    kind: ClassVar[str] = "person_held_elsewhere"
    channel: str
    holder: CitizenId


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberTakenOver(AuditEvent):
    """The citizen's number went to another account, which proved it more strongly; ``previous`` is the level lost."""

    kind: ClassVar[str] = "number_taken_over"
    channel: str
    taken_by: CitizenId
    previous: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberDisputed(AuditEvent):
    """Two accounts claim one number with equal strength; this one is frozen until a counter decides."""

    kind: ClassVar[str] = "number_disputed"
    previous: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeSettled(AuditEvent):
    """The dispute about this account's number is over; ``holds`` tells whether the number is still (or again) its."""

    kind: ClassVar[str] = "dispute_settled"
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ContraIndicatorNoted(AuditEvent):
    """A channel answered with another person, or another face, than the account's."""

    kind: ClassVar[str] = "contra_indicator_noted"
    channel: str
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsJoined(AuditEvent):
    """The citizen signed in to both; ``joined`` was joined to this account."""

    kind: ClassVar[str] = "accounts_joined"
    joined: CitizenId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsParted(AuditEvent):
    """The joining was taken back."""

    kind: ClassVar[str] = "accounts_parted"
    joined: CitizenId


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianAgreed(AuditEvent):
    """A guardian agreed that this child may use channels for which it is too young alone, or took it back."""

    kind: ClassVar[str] = "guardian_agreed"
    guardian: CitizenId
    agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCorrected(AuditEvent):
    """Two officers corrected the name or number of this account; the subject identifiers stay."""

    kind: ClassVar[str] = "person_corrected"
    first_officer: OpaqueId
    second_officer: OpaqueId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDisabled(AuditEvent):
    """An operator closed the account; nobody signs in to it until it is enabled."""

    kind: ClassVar[str] = "account_disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEnabled(AuditEvent):
    """An operator opened a disabled account again."""

    kind: ClassVar[str] = "account_enabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPurged(AuditEvent):
    """Everything kept about the person was deleted; what the log says of the account names nobody any more."""

    kind: ClassVar[str] = "account_purged"
