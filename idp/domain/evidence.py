"""Evidence: what was examined, how, with what result, when (OpenID Connect for Identity Assurance 1.0, section 5.4).

One row per successful attempt. Levels are computed from rows that are alive (:mod:`idp.domain.assurance`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from idp.domain.claims import ClaimName


class CheckMethod(StrEnum):
    """How it was checked: values of the Identity Assurance check-method register."""

    DATA = "data"
    VDIG = "vdig"
    BVP = "bvp"
    AUTH = "auth"
    TOKEN = "token"  # noqa: S105  a check method's registered name, no secret
    VCRYPT = "vcrypt"
    VPIP = "vpip"
    PVP = "pvp"
    BVR = "bvr"


class Strength(StrEnum):
    """What a success says about the person in front of us."""

    KNOWLEDGE = "knowledge"
    POSSESSION = "possession"
    PRESENCE = "presence"


class EvidenceType(StrEnum):
    """``evidence.type`` of the Identity Assurance schema."""

    DOCUMENT = "document"
    ELECTRONIC_RECORD = "electronic_record"
    VOUCH = "vouch"
    ELECTRONIC_SIGNATURE = "electronic_signature"


@dataclass(frozen=True, slots=True)
class EvidenceShape:
    """One member of ``evidence`` that a success leaves (Identity Assurance 5.4.4).

    ``record_type`` is the type of the record, document or attestation; ``check_methods`` in the order of the checks.
    """

    type: EvidenceType
    record_type: str
    check_methods: tuple[CheckMethod, ...]


class Status(StrEnum):
    """Whether a row counts, and if not, why: the account page and operators say it."""

    ALIVE = "alive"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    OUTWEIGHED = "outweighed"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One successful check. Times are seconds since the epoch, UTC; ``expires_at`` None means until revoked.

    ``suspended_at``: two accounts claim its person; it counts for neither until that is settled. ``outweighed_at``:
    since when an answer about somebody else weighs against it (:mod:`idp.domain.contra`). ``txn`` is our
    business number with the upstream: for audit and disputes, never released to a client. ``claims`` are what the
    upstream confirmed.
    """

    id: str
    citizen_id: str
    channel: str
    source: str
    check_methods: tuple[CheckMethod, ...]
    strength: Strength
    txn: str
    verified_at: float
    expires_at: float | None = None
    revoked_at: float | None = None
    suspended_at: float | None = None
    outweighed_at: float | None = None
    claims: Mapping[ClaimName, str] = field(default_factory=dict, repr=False)

    def alive(self, now: float) -> bool:
        """Whether it counts at ``now``."""
        return self.status(now) is Status.ALIVE

    def status(self, now: float) -> Status:
        """Why it does or does not count at ``now``; what cannot be undone comes first."""
        if self.revoked_at is not None:
            return Status.REVOKED
        if self.expires_at is not None and now >= self.expires_at:
            return Status.EXPIRED
        if self.suspended_at is not None:
            return Status.SUSPENDED
        return Status.ALIVE if self.outweighed_at is None else Status.OUTWEIGHED
