"""What can go wrong, as facts. No HTTP, no OAuth, no sentence for people: those are decided at the edges.

::

    DomainError
    ├── InvalidInput              what was typed cannot be right; field and rule say which and why
    ├── LimitReached              too many tries; carries seconds to wait
    ├── SignInRefused             wrong password, unknown account, locked account: deliberately one error
    ├── SecondFactorRefused       wrong or used one-time code
    ├── LoginNameTaken            somebody has this login name (not personal: login names are chosen)
    ├── MobileTaken               another account confirmed this mobile number
    ├── PersonMismatch            a channel answered with another person than the account's
    ├── LinkTaken                 another citizen signs in by this upstream account
    ├── LinkPresent               this citizen signs in by another account of this channel
    ├── LinkProofDead             what permitted a link was used, is too old, or was for somebody else
    ├── LastWayIn                 nothing would be left to sign in by
    ├── FactorSetupOver           setting up a second factor has to be begun again
    ├── CaptureOver               no such run at the camera: begin another
    ├── Foul                      what no camera page sends (idp.domain.capturing)
    ├── JudgeBusy                 too many runs at once; nothing was taken (idp.domain.capturing)
    ├── ApprovalOver              no such request to approve: expired, answered, or somebody else's
    ├── HandoverOver              no such check handed over to a phone: the PC makes another code
    ├── JourneyLost               unknown, expired, finished, or begun in another browser
    ├── JourneyMoved              another tab moved this journey on
    ├── AttemptError
    │   ├── AttemptExpired
    │   ├── AttemptSpent          a reply to an attempt that has its result
    │   └── AttemptMismatch       a reply that belongs to another attempt
    ├── InteractionNeeded         prompt=none cannot be honoured
    ├── AssuranceNotMet           an essential level was not reached
    ├── ConsentRefused            the citizen said no
    ├── CodeReplayed              an authorization code came twice; its grant is revoked
    ├── RefreshReplayed           a rotated refresh token came again; its grant is revoked
    ├── StoreUnavailable          Redis or SQL gave no answer: fail closed
    ├── DocumentUnavailable       what a client publishes at its own address cannot be had
    ├── ClientIdTaken             another client is called so, or nearly so
    ├── InitialTokenRefused       nobody may register with this token (any more)
    ├── MasterKeyWrong            wrapped keys do not open: another master key, or tampered rows
    └── ChannelError              a failure, never a refusal
        ├── Unavailable           no usable answer; the try is not spent
        └── Distrusted            bad signature, nonce, schema or subject: alert, never retry
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar


class DomainError(Exception):
    """Root of all facts. ``str()`` is for logs: ids and closed words only, never personal data."""


class Rule(StrEnum):
    """Why an input was refused. Pages translate these; nothing else may be said about an input."""

    MISSING = "missing"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK_CHARACTER = "check_character"
    BIRTH_DATE = "birth_date"
    BIRTH_DATE_FUTURE = "birth_date_future"
    AREA = "area"
    FORMAT = "format"
    COMMON = "common"
    PERSONAL = "personal"
    WRONG = "wrong"
    EXPIRED = "expired"
    TAKEN = "taken"
    RESERVED = "reserved"


class InvalidInput(DomainError):
    """A field that cannot be right. ``field`` is the form's field name, ``rule`` the reason."""

    def __init__(self, field: str, rule: Rule) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class LimitReached(DomainError):
    """A limit is used up. ``retry_after`` is in whole seconds, at least 1; ``limit`` names which one."""

    def __init__(self, limit: str, retry_after: float) -> None:
        self.limit = limit
        self.retry_after = max(1, int(-(-retry_after // 1)))
        super().__init__(f"{limit}: wait {self.retry_after} s")


class SignInRefused(DomainError):
    """No sign-in. One error for every cause, so that nobody learns who has an account (OWASP ASVS 6.3.8)."""


class SecondFactorRefused(DomainError):
    """The second factor did not verify, or its time step was used before (RFC 6238 section 5.2)."""


class LoginNameTaken(DomainError):
    """The chosen login name belongs to another account."""


class MobileTaken(DomainError):
    """The confirmed mobile number belongs to another account."""


class PersonMismatch(DomainError):
    """A channel proved another person than the one the account belongs to; its name and number stay as they are.

    ``ended`` are sessions that ended because the answer weighs against the account's evidence.
    """

    def __init__(self, text: str = "", ended: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.ended = ended


class LinkTaken(DomainError):
    """The upstream account is linked to another citizen; nothing was changed, and nobody is told to whom."""


class LinkPresent(DomainError):
    """The citizen has a link to another account of this channel; nothing was changed."""


class LinkProofDead(DomainError):
    """The proof that permits a link was used, voided by a later link or unlink, or names another citizen or browser."""


class LastWayIn(DomainError):
    """Unlinking would leave the citizen without any way to sign in; nothing was changed."""


class FactorSetupOver(DomainError):
    """Setting up or removing a second factor begins again: too old, of another session or browser, or one is there."""


class CaptureOver(DomainError):
    """A run at the camera that is unknown, expired, ended, fouled or another owner's: the page is never told which."""


class ApprovalOver(DomainError):
    """No such request waits for this citizen (any more): expired, answered, or for somebody else. Never which."""


class HandoverOver(DomainError):
    """A code for a phone: unknown, too old, replaced, used or another browser's. The page is never told which."""


class JourneyLost(DomainError):
    """No such journey for this browser. ``finished`` tells a used-up journey from one that is unknown or expired."""

    def __init__(self, *, finished: bool = False, client_id: str | None = None) -> None:
        super().__init__("finished" if finished else "unknown, expired or of another browser")
        self.finished = finished
        self.client_id = client_id


class JourneyMoved(DomainError):
    """The journey changed under this request (second tab); read it again and dispatch."""


class AttemptError(DomainError):
    """A reply that an attempt cannot take."""


class AttemptExpired(AttemptError):
    """The reply came after the attempt's own expiry."""


class AttemptSpent(AttemptError):
    """The attempt already has its result; results are used once."""


class AttemptMismatch(AttemptError):
    """The reply belongs to another attempt or another channel (mix-up, RFC 9700 section 4.4)."""


class Interaction(StrEnum):
    """Which page ``prompt=none`` forbids, by its OpenID Connect Core 3.1.2.6 error."""

    LOGIN = "login_required"
    CONSENT = "consent_required"
    ACCOUNT_SELECTION = "account_selection_required"
    OTHER = "interaction_required"


class InteractionNeeded(DomainError):
    """The answer needs a page, and the client asked for none."""

    def __init__(self, interaction: Interaction) -> None:
        super().__init__(interaction)
        self.interaction = interaction


class AssuranceNotMet(DomainError):
    """An essential assurance level could not be reached (OpenID Connect Core unmet_authentication_requirements 1.0)."""


class ConsentRefused(DomainError):
    """The citizen refused, or cancelled the journey."""


class CodeReplayed(DomainError):
    """A code was redeemed twice (RFC 6749 section 4.1.2). The store has revoked the grant already."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(f"grant {grant_id}")
        self.grant_id = grant_id


class RefreshReplayed(DomainError):
    """A rotated refresh token was used again (RFC 9700 section 4.14.2). The store has revoked the grant already."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(f"grant {grant_id}")
        self.grant_id = grant_id


class StoreUnavailable(DomainError):
    """A store gave no answer in time. Nothing may be assumed: refuse, say 503, let the client try again."""


class DocumentUnavailable(DomainError):
    """A document that a client publishes could not be had. ``what``: why, in constant ASCII without the address."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class ClientIdTaken(DomainError):
    """A client is called so already, or nearly so: identifiers are unique after case folding."""


class InitialTokenRefused(DomainError):
    """The initial access token is unknown, expired, revoked or used up (RFC 7591 section 3)."""


class MasterKeyWrong(DomainError):
    """The vault's wrapped keys do not open under the configured master key."""


class ChannelError(DomainError):
    """The channel failed. A refusal is an answer (``Rejected``), a failure is this."""

    spends_try: ClassVar[bool] = False

    def __init__(self, channel: str, what: str) -> None:
        super().__init__(f"{channel}: {what}")
        self.channel = channel
        self.what = what


class Unavailable(ChannelError):
    """No usable answer: network, deadline, 5xx, quota, maintenance, or our own configuration (``alert=True``).

    ``retry_at``: when it is worth asking again (seconds since the epoch), where that is known. ``over``: the upstream
    will give this attempt no other answer; only a new one helps, and this one costs no try. ``personal``: for this
    person alone, e.g. a mobile number that had its texts of the hour; it says nothing about the channel.
    """

    def __init__(
        self,
        channel: str,
        what: str,
        *,
        alert: bool = False,
        retry_at: float | None = None,
        over: bool = False,
        personal: bool = False,
    ) -> None:
        super().__init__(channel, what)
        self.alert = alert
        self.retry_at = retry_at
        self.over = over
        self.personal = personal


class Distrusted(ChannelError):
    """An answer that must not be believed: signature, schema, request number or subject is wrong."""
