"""The audit vocabulary (:mod:`idp.domain.audit`) of requests that are approved elsewhere than where they were made."""

from dataclasses import dataclass
from typing import ClassVar

from idp.domain.audit_words import AuditEvent
from idp.domain.decoupled import Way


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(AuditEvent):
    """A relying party asked a citizen, by CIBA, to confirm something on a device of their own."""

    kind: ClassVar[str] = "approval_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestApproved(AuditEvent):
    """A citizen typed the match number and approved a request of a terminal or a telephone call."""

    kind: ClassVar[str] = "request_approved"
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRefused(AuditEvent):
    """A request was refused: by the citizen, or after too many wrong match numbers (``guessed``)."""

    kind: ClassVar[str] = "request_refused"
    way: Way
    guessed: bool = False
