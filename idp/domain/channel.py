"""The port of the nine real-name channels: two methods, one closed answer type.

A *refusal* is an answer (:class:`Rejected`); a *failure* is an exception (:class:`~idp.domain.errors.Unavailable`,
:class:`~idp.domain.errors.Distrusted`). Adapters keep nothing between calls: what they need back is in ``keep``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from idp.domain.attempt import Attempt, Reply
from idp.domain.claims import ClaimName
from idp.domain.evidence import CheckMethod, EvidenceShape, Strength
from idp.domain.id_numbers import DocumentKind


class Reason(StrEnum):
    """Why an upstream, or the channel's own rules, said no. A closed set; pages and audit translate it."""

    MISMATCH_NAME = "mismatch_name"
    MISMATCH_NUMBER = "mismatch_number"
    MISMATCH_PHONE = "mismatch_phone"
    MISMATCH_CARD = "mismatch_card"
    MISMATCH_FACE = "mismatch_face"
    MISMATCH_PERSON = "mismatch_person"
    NOT_FOUND = "not_found"
    NO_PORTRAIT = "no_portrait"
    BAD_INPUT = "bad_input"
    CANCELLED_OR_DECEASED = "cancelled_or_deceased"
    CARD_STATE = "card_state"
    CARD_UNSUPPORTED = "card_unsupported"
    LICENCE_REVOKED = "licence_revoked"
    NOT_LEGAL_REPRESENTATIVE = "not_legal_representative"
    AMBIGUOUS_NAME_AND_USCC = "ambiguous_name_and_uscc"
    USER_CANCELLED = "user_cancelled"
    TIMEOUT_BY_USER = "timeout_by_user"
    EXPIRED = "expired"
    REPLAYED = "replayed"
    CAPTURE_FAILED = "capture_failed"
    LIVENESS_FAILED = "liveness_failed"
    DEVICE_UNSUPPORTED = "device_unsupported"
    PERMISSION_DENIED = "permission_denied"
    TOO_MANY_TRIES = "too_many_tries"
    RISK_CONTROL = "risk_control"
    UNDER_AGE = "under_age"


# Refusals that the person could not have avoided spend no try.
UNSPENT_REASONS = frozenset({Reason.DEVICE_UNSUPPORTED, Reason.RISK_CONTROL, Reason.NO_PORTRAIT})

# Refusals that say somebody else stands behind the account: kept as a contra-indicator.
CONTRA_INDICATORS = frozenset({Reason.MISMATCH_PERSON, Reason.MISMATCH_FACE})


class FieldKind(StrEnum):
    """What a form asks for; the page knows label, hint, keyboard and autocomplete of each kind."""

    NAME = "name"
    ID_NUMBER = "id_number"
    MOBILE = "mobile"
    BANK_CARD = "bank_card"
    SMS_CODE = "sms_code"
    CREDIT_CODE = "credit_code"
    ORGANISATION_NAME = "organisation_name"


class SubjectKind(StrEnum):
    """Who a channel can prove something about."""

    CITIZEN = "citizen"
    LEGAL_PERSON = "legal_person"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as data: discovery, the channel page, the audit vocabulary and the docs are derived from it.

    ``source``: correlated channels share one (Alipay and Zhima), and one does not corroborate the other.
    ``evidence``: what a success leaves to be told of. ``validity_days``: how long it counts at most; its check methods
    may make it shorter (:data:`idp.domain.assurance.VALIDITY_DAYS`); None is until revoked.
    ``proves``: claims that a :class:`Verified` carries, exactly these.
    """

    name: str
    label_zh: str
    label_en: str
    hint_zh: str
    hint_en: str
    source: str
    strength: Strength
    evidence: tuple[EvidenceShape, ...]
    organization: str
    proves: frozenset[ClaimName]
    amr: str | None = None
    subjects: frozenset[SubjectKind] = frozenset({SubjectKind.CITIZEN})
    documents: frozenset[DocumentKind] = frozenset(DocumentKind)
    validity_days: int | None = None
    minimum_age: int = 0
    attempt_seconds: int = 900

    @property
    def check_methods(self) -> tuple[CheckMethod, ...]:
        """Every check of a success, in order, once."""
        return tuple(dict.fromkeys(method for shape in self.evidence for method in shape.check_methods))


@dataclass(frozen=True, slots=True)
class Form:
    """Ask the person for these fields, on our own page."""

    fields: tuple[FieldKind, ...]
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to the upstream; it comes back to the attempt's ``return_uri``."""

    url: str = field(repr=False)
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Scan:
    """Show ``payload`` as a QR code and ask again every ``poll_seconds``."""

    payload: str = field(repr=False)
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)
    poll_seconds: int = 2


@dataclass(frozen=True, slots=True)
class Capture:
    """Open the camera page with this challenge."""

    challenge: Mapping[str, str] = field(repr=False)
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """The upstream said yes. ``claims`` are exactly the facts' ``proves``; ``txn`` is our business number with it."""

    claims: Mapping[ClaimName, str] = field(repr=False)
    txn: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A definite no. ``txn`` where a request was made."""

    reason: Reason
    txn: str | None = None


Step: TypeAlias = Redirect | Form | Scan | Capture
Outcome: TypeAlias = Step | Verified | Rejected


class Channel(Protocol):
    """One real-name channel. Safe to call from several threads."""

    @property
    def facts(self) -> ChannelFacts:
        """What this channel is."""
        ...

    def begin(self, attempt: Attempt) -> Outcome:
        """Start the attempt. Raises Unavailable or Distrusted."""
        ...

    def resume(self, attempt: Attempt, reply: Reply) -> Outcome:
        """Take a reply that ``attempt.receive`` has accepted. Any reply ends in an Outcome or a ChannelError.

        MUST return Rejected(BAD_INPUT) for fields that cannot be right, MUST raise Distrusted for an upstream answer
        with a wrong signature, schema, request number or subject, and MUST raise Unavailable within the channel's
        deadline when no usable answer comes.
        """
        ...
