"""What a relying party can be told about a citizen's account: closed kinds, one frozen event for one client."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SecurityEventKind(StrEnum):
    """Why a relying party is told. The wire's event types are the protocol room's business.

    ``LEVEL_CHANGED``: detail ``previous`` and ``current`` (``acr`` values). ``SUBJECTS_JOINED``: ``alias`` is another
    ``sub`` of the same person at this relying party from now on; ``SUBJECTS_PARTED`` takes that back.
    ``SESSION_ENDED``: one session, ``sid`` (back-channel logout); ``SESSIONS_REVOKED``: every session of the person.
    ``CREDENTIAL_CHANGED``: ``credential`` and ``change`` (closed words of CAEP); ``CREDENTIAL_COMPROMISED``:
    ``credential``. ``ACCOUNT_PURGED``: everything that was kept about the person is gone. ``MANDATE_REVOKED``: they
    stand for an organisation no more; which one is not said. ``STREAM_VERIFIED`` is about no citizen: the client asked
    for a sign of life, with its ``state``.
    """

    LEVEL_CHANGED = "level_changed"
    SUBJECTS_JOINED = "subjects_joined"
    SUBJECTS_PARTED = "subjects_parted"
    SESSION_ENDED = "session_ended"
    SESSIONS_REVOKED = "sessions_revoked"
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_ENABLED = "account_enabled"
    ACCOUNT_PURGED = "account_purged"
    CREDENTIAL_CHANGED = "credential_changed"
    CREDENTIAL_COMPROMISED = "credential_compromised"
    MANDATE_REVOKED = "mandate_revoked"
    STREAM_VERIFIED = "stream_verified"


class CredentialType(StrEnum):
    """What was changed or came into wrong hands (CAEP 1.0 section 3.3; ``face`` is agreed on, as it allows)."""

    PASSWORD = "password"  # noqa: S105  a kind of credential, not one
    APP = "app"
    FACE = "face"


class CredentialChange(StrEnum):
    """What happened to it (CAEP 1.0 section 3.3)."""

    CREATE = "create"
    UPDATE = "update"
    REVOKE = "revoke"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """One event for one client. ``id`` is random (32 hex) and becomes the token's ``jti``; ``at`` in epoch seconds.

    ``detail`` holds closed words and subject identifiers of this very client, nothing personal. ``citizen_id`` is for
    our own audit log: it never goes out; empty where nobody is meant.
    """

    id: str
    client_id: str
    citizen_id: str
    kind: SecurityEventKind
    at: float
    sub: str
    detail: Mapping[str, str] = field(default_factory=dict)
