"""The port of the real-name channels: two methods, one closed answer type.

A *refusal* is an answer (:class:`Rejected`); a *failure* is an exception (:class:`~idp.domain.errors.Unavailable`,
:class:`~idp.domain.errors.Distrusted`). Adapters keep nothing between calls: what they need back is in ``keep``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from idp.domain.attempt import Attempt, Reply
from idp.domain.capturing import Hint
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
    MOBILE_UNSUPPORTED = "mobile_unsupported"
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


# What is left of a one-time code whose answer was lost: no try either, but only in an attempt that had such a failure.
# In any other it is the person who sent an old answer, or who let a check run out so as not to be told its result.
UNSPENT_AFTER_FAILURE = frozenset({Reason.REPLAYED, Reason.EXPIRED})
# Refusals that the person could not have avoided spend no try (channels.md 2.1): what a device, a bank or a register
# lacks, bad frames (10.5), one's age. A lapse of time and a cancelled check are the person's own.
UNSPENT_REASONS = frozenset(
    {
        Reason.CAPTURE_FAILED,
        Reason.CARD_UNSUPPORTED,
        Reason.DEVICE_UNSUPPORTED,
        Reason.MOBILE_UNSUPPORTED,
        Reason.NO_PORTRAIT,
        Reason.RISK_CONTROL,
        Reason.UNDER_AGE,
    }
)

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
    SOCIAL_CARD = "social_card"


class SubjectKind(StrEnum):
    """Who a channel can prove something about."""

    CITIZEN = "citizen"
    LEGAL_PERSON = "legal_person"


# Under 14 a guardian decides about sensitive personal data (PIPL article 31).
GUARDED_UNTIL: Final = 14


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """A channel as data: discovery, the channel page, the audit vocabulary and the docs are derived from it.

    ``source``: correlated channels share one (Alipay and Zhima), and one does not corroborate the other.
    ``evidence``: what a success leaves to be told of. ``validity_days``: how long it counts at most; its check methods
    may make it shorter (:data:`idp.domain.assurance.VALIDITY_DAYS`); None is until revoked.
    ``proves``: claims that a :class:`Verified` carries, exactly these.
    ``begin_costs``: ``begin`` asks the upstream already, so beginnings have a budget as tries have.
    ``own_camera``: its page is a camera of ours, and a judge of captures decides who is before it.
    ``hourly_tries``: of one person.
    ``tells_cancel``: False where its upstream answers a cancel like another face; such a no weighs against nobody.
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
    tells_cancel: bool = True
    begin_costs: bool = False
    own_camera: bool = False
    hourly_tries: int = 5

    def serves_age(self, age: int, *, guarded: bool) -> bool:
        """Whether a person of this age may use the channel; ``guarded``: a guardian agreed, which helps up to 14."""
        return age >= self.minimum_age or (guarded and self.minimum_age <= GUARDED_UNTIL)

    @property
    def check_methods(self) -> tuple[CheckMethod, ...]:
        """Every check of a success, in order, once."""
        return tuple(dict.fromkeys(method for shape in self.evidence for method in shape.check_methods))

    @property
    def by_face(self) -> bool:
        """Whether it looks at a face: no citizen may be left with such ways alone (DESIGN section 4)."""
        return not {CheckMethod.BVR, CheckMethod.BVP}.isdisjoint(self.check_methods)


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
    """Show ``payload`` as a QR code and ask again every ``poll_seconds``.

    ``match``: a short number beside the code that ties the two screens together, so that a code which was sent on to
    somebody else leads nowhere (quishing): the phone asks for it where ``typed``, else it shows it to be compared.
    ``joined``: a phone has scanned, so the code is shown no more. A payload that is no address is a code for somebody
    at a desk.
    """

    payload: str = field(repr=False)
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)
    poll_seconds: int = 2
    match: str = field(default="", repr=False)
    typed: bool = False
    joined: bool = False

    @property
    def is_address(self) -> bool:
        """Whether a phone can open it."""
        return "://" in self.payload


@dataclass(frozen=True, slots=True)
class Capture:
    """Open the camera page; what is asked for there is the judge's (:mod:`idp.domain.capturing`).

    ``hints``: why the capture before came to nothing, and what would help.
    """

    hints: tuple[Hint, ...] = ()
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """Two officers state who the person was before: name and number as the document about the change has them.

    Whoever stands at a counter is asked for more than a new card: without the former number, any card would turn the
    account behind an open session into its bearer's, with every ``sub`` of somebody else.
    """

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    officers: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verified:
    """The upstream said yes. ``claims`` are exactly the facts' ``proves``; ``txn`` is our business number with it.

    ``counts_until``: seconds since the epoch, where this one answer counts for a shorter time than the facts say.
    ``corrects``: the claims put right what the account has proved; believed only where documents are examined in person
    (check method ``vpip``), and only for an account that has proved the former name and number.
    """

    claims: Mapping[ClaimName, str] = field(repr=False)
    txn: str
    counts_until: float | None = None
    corrects: Correction | None = None


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
