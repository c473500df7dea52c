"""The audit vocabulary: one frozen dataclass per event, and no way to put personal data into one.

Fields may be opaque ids, closed enumerations, client ids, levels and counts; an architecture test fails when a field
has another type. Rows are hash-chained when they are stored (:class:`idp.domain.ports.AuditLog`).
"""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit_clients import ClientChanged
from idp.domain.audit_decoupled import ApprovalAsked, RequestApproved, RequestRefused
from idp.domain.audit_faces import FaceConsentGiven, FaceConsentWithdrawn, FaceFactorEnrolled, FaceFactorRemoved
from idp.domain.audit_organisations import ActingChosen, StandingProved, StandingRemoved
from idp.domain.audit_persons import (
    AccountDisabled,
    AccountEnabled,
    AccountPurged,
    AccountsJoined,
    AccountsParted,
    ContraIndicatorNoted,
    DisputeSettled,
    GuardianAgreed,
    NumberDisputed,
    NumberTakenOver,
    PersonCorrected,
    PersonHeldElsewhere,
)
from idp.domain.audit_words import AuditEvent, ClientId, EndCause, OpaqueId, Outcome, SignInMethod
from idp.domain.channel import Reason
from idp.domain.security_event import SecurityEventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered(AuditEvent):
    """A citizen opened an account."""

    kind: ClassVar[str] = "registered"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(AuditEvent):
    """A citizen signed in; ``amr`` holds RFC 8176 names, ``channel`` whose linked account it was, if one."""

    kind: ClassVar[str] = "signed_in"
    method: SignInMethod
    amr: tuple[str, ...]
    level: int
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInFailed(AuditEvent):
    """A sign-in was refused; the citizen is named only when the account exists."""

    kind: ClassVar[str] = "sign_in_failed"
    method: SignInMethod
    outcome: Outcome
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked(AuditEvent):
    """A citizen can sign in by an account at this channel's upstream from now on; never which account."""

    kind: ClassVar[str] = "linked"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRefused(AuditEvent):
    """The upstream account is another citizen's, or this citizen has one of this channel already."""

    kind: ClassVar[str] = "link_refused"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked(AuditEvent):
    """A link was taken away, and the sessions it had opened were ended."""

    kind: ClassVar[str] = "unlinked"
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorFailed(AuditEvent):
    """The password was right and the second factor was not: somebody else may know the password."""

    kind: ClassVar[str] = "second_factor_failed"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorEnrolled(AuditEvent):
    """An authenticator app was set up: sign-ins need its code from now on."""

    kind: ClassVar[str] = "second_factor_enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorRemoved(AuditEvent):
    """The authenticator app was removed: with a code of it, or by an operator for somebody who has lost it."""

    kind: ClassVar[str] = "second_factor_removed"
    by_operator: bool = False


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
class CaptureFouled(AuditEvent):
    """What came for a run at the camera cannot be from a page that does as it is told; the run was ended.

    ``word`` is the judge's for why, ``purpose`` what the run was for (``attempt``, ``factor``).
    """

    kind: ClassVar[str] = "capture_fouled"
    purpose: str
    word: str


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
class TokenExchanged(AuditEvent):
    """A client exchanged a citizen's token for one to call ``resource`` with, the client of that name (RFC 8693)."""

    kind: ClassVar[str] = "token_exchanged"
    resource: ClientId


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
class EventDelivered(AuditEvent):
    """The end of telling a relying party about a change to the account: taken, refused, or given up."""

    kind: ClassVar[str] = "event_delivered"
    event: SecurityEventKind
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsReloaded(AuditEvent):
    """clients.yaml was read again; on refusal the old clients stay."""

    kind: ClassVar[str] = "clients_reloaded"
    outcome: Outcome
    count: int


EVENTS: tuple[type[AuditEvent], ...] = (
    Registered, SignedIn, SignInFailed, Linked, LinkRefused, Unlinked, SecondFactorFailed,
    SecondFactorEnrolled, SecondFactorRemoved, FaceConsentGiven, FaceConsentWithdrawn, FaceFactorEnrolled,
    FaceFactorRemoved, CodeSent, AttemptEnded, CaptureFouled, PersonHeldElsewhere,
    NumberTakenOver, NumberDisputed, DisputeSettled, ContraIndicatorNoted, AccountsJoined, AccountsParted,
    GuardianAgreed, PersonCorrected, AccountDisabled, AccountEnabled, AccountPurged, SignedOn,
    ApprovalAsked, RequestApproved, RequestRefused,
    ConsentGiven, ConsentWithdrawn, GrantReplayed, TokenRevoked, TokenExchanged, SignedOut, LogoutDelivered,
    EventDelivered, ClientsReloaded, ClientChanged, StandingProved, StandingRemoved, ActingChosen,
)  # fmt: skip
