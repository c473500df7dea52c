"""The audit vocabulary: one frozen dataclass per event, and no way to put personal data into one.

Fields may be opaque ids, closed enumerations, client ids, levels and counts; an architecture test fails when a field
has another type. Rows are hash-chained when they are stored (:class:`idp.domain.ports.AuditLog`).
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, NewType

from idp.domain.channel import Reason

CitizenId = NewType("CitizenId", str)
ClientId = NewType("ClientId", str)
OpaqueId = NewType("OpaqueId", str)


class Outcome(StrEnum):
    """How an attempted action ended."""

    OK = "ok"
    REFUSED = "refused"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    DISTRUSTED = "distrusted"


class SignInMethod(StrEnum):
    """By which name a citizen signed in; never the name itself."""

    LOGIN_NAME = "login_name"
    MOBILE = "mobile"
    ID_NUMBER = "id_number"


class EndCause(StrEnum):
    """Why sessions or grants ended."""

    SIGN_OUT = "sign_out"
    CITIZEN = "citizen"
    RELYING_PARTY = "relying_party"
    REPLAY = "replay"
    PROOF = "proof"
    OPERATOR = "operator"


COMMON = frozenset({"id", "at", "citizen_id", "client_id", "request_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """What every event has. ``at`` is seconds since the epoch; ``id`` makes storing idempotent (32 hex)."""

    kind: ClassVar[str]
    id: OpaqueId
    at: float
    citizen_id: CitizenId | None = None
    client_id: ClientId | None = None
    request_id: OpaqueId | None = None

    def detail(self) -> dict[str, Any]:
        """The fields of this kind alone, JSON values."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in COMMON}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(AuditEvent):
    """A citizen opened an account."""

    kind: ClassVar[str] = "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(AuditEvent):
    """A citizen signed in; ``amr`` holds RFC 8176 names."""

    kind: ClassVar[str] = "signed_in"
    method: SignInMethod
    amr: tuple[str, ...]
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(AuditEvent):
    """A sign-in was refused; the citizen is named only when the account exists."""

    kind: ClassVar[str] = "sign_in_failed"
    method: SignInMethod
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorFailed(AuditEvent):
    """The password was right and the second factor was not: somebody else may know the password."""

    kind: ClassVar[str] = "second_factor_failed"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent(AuditEvent):
    """A one-time code went out by text message."""

    kind: ClassVar[str] = "code_sent"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEnded(AuditEvent):
    """A channel attempt ended; ``reason`` when it was refused."""

    kind: ClassVar[str] = "attempt_ended"
    channel: str
    outcome: Outcome
    reason: Reason | None = None
    evidence_id: OpaqueId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonHeldElsewhere(AuditEvent):
    """A proved number belongs to another account; nothing was moved."""

    kind: ClassVar[str] = "person_held_elsewhere"
    channel: str
    holder: CitizenId


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOn(AuditEvent):
    """A client received an authorization code."""

    kind: ClassVar[str] = "signed_on"
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(AuditEvent):
    """A citizen consented to scopes for a client."""

    kind: ClassVar[str] = "consent_given"
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(AuditEvent):
    """A citizen disconnected a client."""

    kind: ClassVar[str] = "consent_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantReplayed(AuditEvent):
    """A code or refresh token came twice; the grant was revoked."""

    kind: ClassVar[str] = "grant_replayed"
    grant_id: OpaqueId
    artefact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(AuditEvent):
    """A client revoked one of its tokens (RFC 7009)."""

    kind: ClassVar[str] = "token_revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(AuditEvent):
    """Sessions ended; ``clients`` counts the relying parties that had one."""

    kind: ClassVar[str] = "signed_out"
    cause: EndCause
    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutDelivered(AuditEvent):
    """The result of telling a relying party by back-channel logout."""

    kind: ClassVar[str] = "logout_delivered"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsReloaded(AuditEvent):
    """clients.yaml was read again; on refusal the old clients stay."""

    kind: ClassVar[str] = "clients_reloaded"
    outcome: Outcome
    count: int


EVENTS: tuple[type[AuditEvent], ...] = (
    Registered, SignedIn, SignInFailed, SecondFactorFailed, CodeSent, AttemptEnded, PersonHeldElsewhere, SignedOn,
    ConsentGiven, ConsentWithdrawn, GrantReplayed, TokenRevoked, SignedOut, LogoutDelivered, ClientsReloaded,
)  # fmt: skip
