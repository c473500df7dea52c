"""The words that every audit event is made of: ids, outcomes, ways and causes; and what all events have in common."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, NewType

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
    """By which name, or by an account linked before; never the name or the account itself."""

    LOGIN_NAME = "login_name"
    MOBILE = "mobile"
    ID_NUMBER = "id_number"
    LINKED_ACCOUNT = "linked_account"


class EndCause(StrEnum):
    """Why sessions or grants ended."""

    SIGN_OUT = "sign_out"
    CITIZEN = "citizen"
    RELYING_PARTY = "relying_party"
    REPLAY = "replay"
    PROOF = "proof"
    DISPLACED = "displaced"
    DISPUTED = "disputed"
    JOINED = "joined"
    CONTRA_INDICATOR = "contra_indicator"
    EXPIRED_EVIDENCE = "expired_evidence"
    UNLINKED = "unlinked"
    CORRECTED = "corrected"
    SECOND_FACTOR = "second_factor"
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
