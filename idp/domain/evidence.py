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


@dataclass(frozen=True, slots=True)
class Evidence:
    """One successful check. Times are seconds since the epoch, UTC; ``expires_at`` None means until revoked.

    ``suspended_at``: two accounts claim its person; it counts for neither until that is settled. ``txn`` is our
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
    claims: Mapping[ClaimName, str] = field(default_factory=dict, repr=False)

    def alive(self, now: float) -> bool:
        """Whether it counts at ``now``."""
        if self.revoked_at is not None or self.suspended_at is not None:
            return False
        return self.expires_at is None or now < self.expires_at
