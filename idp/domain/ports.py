"""What the rooms need from the world: time, randomness, ciphers, and the two kinds of store.

*What expires* (journeys, attempts, codes sent, limits, sessions, grants) and *what lasts* (citizens, credentials,
evidence, consents, audit). Rooms see these protocols and never Redis or SQL; each implementation inherits one suite
(``tests/contract/store.py``). Every method may raise :class:`~idp.domain.errors.StoreUnavailable`; none may return a
value that it is not sure of. Times are seconds since the epoch, UTC. Expiry is checked at use against ``now``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

from idp.domain.audit import AuditEvent
from idp.domain.evidence import Evidence

JsonObject: TypeAlias = Mapping[str, Any]


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        ...


class Randomness(Protocol):
    """Randomness as an argument; the only real one is :mod:`secrets`."""

    def token(self, nbytes: int) -> str:
        """``nbytes`` random bytes as unpadded base64url text."""
        ...

    def hex(self, nbytes: int) -> str:
        """``nbytes`` random bytes as lower-case hex text."""
        ...

    def digits(self, count: int) -> str:
        """``count`` random decimal digits, uniform."""
        ...

    def octets(self, nbytes: int) -> bytes:
        """``nbytes`` random bytes."""
        ...


class FieldCipher(Protocol):
    """Personal fields at rest. ``context`` is authenticated with the text: a value moved elsewhere does not open."""

    def seal(self, plain: bytes, context: str) -> bytes:
        """Encrypt under the current data key."""
        ...

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt; raises MasterKeyWrong when it does not authenticate."""
        ...

    def fingerprint(self, purpose: str, value: str) -> bytes:
        """Keyed digest (32 bytes) by which a value is found; each purpose has a key of its own."""
        ...


# ---- what expires: records, one-time codes, limits ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Versioned:
    """A record as read, with the version that :meth:`Records.replace` wants back."""

    value: JsonObject = field(repr=False)
    version: int


@dataclass(frozen=True, slots=True)
class Spent:
    """A record that was redeemed already; ``note`` is what the redeemer left (never personal)."""

    note: str


class Records(Protocol):
    """Sealed, expiring records of one kind (journeys; attempts). Ids are stored as digests, values sealed."""

    def create(self, record_id: str, value: JsonObject, *, now: float, expires_at: float) -> None:
        """Keep a new record (version 1). Ids are random and never reused."""
        ...

    def read(self, record_id: str, *, now: float) -> Versioned | Spent | None:
        """The record, or what is left of it, or None when unknown or expired."""
        ...

    def replace(self, record_id: str, value: JsonObject, *, version: int, now: float) -> bool:
        """Compare-and-swap on ``version``; False when it moved, was redeemed or expired. Expiry stays."""
        ...

    def redeem(self, record_id: str, *, version: int, note: str, now: float) -> bool:
        """Take the record for good, if it still has ``version``: exactly one caller gets True.

        Leaves :class:`Spent` with ``note`` until the record's expiry.
        """
        ...


@dataclass(frozen=True, slots=True)
class CodeResult:
    """``matched``: right and now used. ``tries_left`` 0: burnt or unknown, ask for a new one."""

    matched: bool
    tries_left: int


class OneTimeCodes(Protocol):
    """Codes sent to a person. A slot is bound to purpose, number and browser by its name; a new code voids the old."""

    def issue(self, slot: str, code: str, *, now: float, expires_at: float, tries: int) -> None:
        """Keep the digest of ``code`` for ``slot``, replacing any earlier one."""
        ...

    def verify(self, slot: str, code: str, *, now: float) -> CodeResult:
        """Count one try and compare, atomically: of 20 parallel guesses at most ``tries`` are looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` in any window of ``seconds`` (sliding). ``name`` is the key space and goes to audit."""

    name: str
    count: int
    seconds: float


class Limits(Protocol):
    """Counters of guesses and sends, by any key; keys are stored as digests."""

    def hit(self, pairs: Sequence[tuple[Limit, str]], *, now: float) -> tuple[Limit, float] | None:
        """Count one for each (limit, key). None when all had room; else the first full one and seconds to wait.

        All or nothing is not promised across keys; a refused hit never counts for the limit that refused it.
        """
        ...

    def reset(self, limit: Limit, key: str) -> None:
        """Forget what was counted (after a success)."""
        ...

    def refund(self, pairs: Sequence[tuple[Limit, str]], *, at: float) -> None:
        """Take back the one hit that was counted at ``at`` for each (limit, key): the try turned out to be none."""
        ...

    def room(self, limit: Limit, key: str, *, now: float) -> int:
        """How many hits are left in the window. For showing and for marks, never instead of :meth:`hit`."""
        ...

    def take_once(self, space: str, key: str, *, now: float, expires_at: float) -> bool:
        """Exactly one caller gets True for this key until ``expires_at``: replay guard."""
        ...


# ---- what expires: a citizen's live state ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a sign-in established. ``auth_time`` is of the last active authentication;
    ``handle`` is public to its owner.

    ``device`` is a coarse label ("Chrome / Android") for the account page.
    """

    citizen_id: str
    auth_time: float
    amr: tuple[str, ...]
    level: int
    created_at: float
    handle: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What one client may receive in one session: consented scopes, its ``sub`` and ``sid``, and the claims sealed.

    ``claims`` is opaque to the store (sealed by the vault): a snapshot taken when the release was made.
    """

    client_id: str
    sub: str
    sid: str
    scopes: frozenset[str]
    claims: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOnRequest:
    """What an authorization request needs of a live session. Conditions are checked where the code is written.

    ``authenticated_since``: earliest acceptable auth_time (from ``max_age``), 0 for any. ``minimum_level``: real-name
    level needed. ``expected_sub``: from ``id_token_hint`` or claims; None for any. ``code_seconds`` is the code's life;
    ``grant_seconds`` that of the grant when no refresh token extends it. ``offline`` grants outlive the session.
    ``event`` is stored with the code, atomically.
    """

    client_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    code_challenge: str
    nonce: str | None = None
    authenticated_since: float = 0.0
    minimum_level: int = 0
    expected_sub: str | None = None
    code_seconds: float = 60.0
    grant_seconds: float = 600.0
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """The session satisfied the request: here is the code; ``level`` is the session's."""

    code: str = field(repr=False)
    level: int
    citizen_id: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The session lives but does not satisfy the request; ``release`` is what this client has, if anything."""

    session: SessionFacts
    release: Release | None


@dataclass(frozen=True, slots=True)
class EndedSession:
    """What ended with a session: whom to tell (client id, sub, sid)."""

    citizen_id: str
    relying_parties: tuple[tuple[str, str, str], ...]


class Sessions(Protocol):
    """Browser sessions. Tokens are 256 random bits, stored as digests; idle and absolute life are checked at use."""

    def open(self, facts: SessionFacts, *, now: float) -> str:
        """A new session's token."""
        ...

    def read(self, token: str, *, now: float) -> SessionFacts | None:
        """The session, counted as seen now."""
        ...

    def renew(self, token: str, facts: SessionFacts, *, now: float) -> str | None:
        """Replace facts and token, atomically (after re-authentication or step-up); releases are kept.

        None when the session is gone.
        """
        ...

    def release(self, token: str, release: Release, *, now: float) -> bool:
        """Keep what a client may receive; replaces an earlier release of that client, keeping its ``sid``."""
        ...

    def sign_on(self, token: str, request: SignOnRequest, event: AuditEvent, *, now: float) -> Granted | Asked | None:
        """One round trip: if the session satisfies ``request``, open a grant and return its code.

        Otherwise Asked, or None without a session. ``event`` (a SignedOn) is completed with citizen and level, and kept
        in the outbox in the same script.
        """
        ...

    def of_citizen(self, citizen_id: str, *, now: float) -> Sequence[SessionFacts]:
        """Live sessions, newest first."""
        ...

    def end(self, token: str, *, now: float) -> EndedSession | None:
        """End this session and every grant of it that is not offline."""
        ...

    def end_by_handle(self, citizen_id: str, handle: str, *, now: float) -> EndedSession | None:
        """End one of the citizen's own sessions."""
        ...

    def end_all(self, citizen_id: str, *, now: float, keep: str | None = None) -> Sequence[EndedSession]:
        """End every session but the one of token ``keep``, and every grant that hung on them, offline ones too."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """An authorization as the token endpoint and userinfo see it. ``claims`` is still sealed."""

    id: str
    client_id: str
    citizen_id: str
    sub: str
    sid: str
    scope: tuple[str, ...]
    redirect_uri: str
    nonce: str | None
    auth_time: float
    amr: tuple[str, ...]
    level: int
    offline: bool
    claims: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens just minted for a grant. Only their digests were stored."""

    grant: Grant
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class Replayed:
    """A code or refresh token that was used before; its grant is revoked now."""

    grant_id: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Known and unused, but presented with another client, redirect URI, verifier or a wider scope: nothing changed."""

    what: str


class Grants(Protocol):
    """Grants with their code, access and refresh tokens: one hash, one script an operation."""

    def redeem(
        self,
        code: str,
        *,
        client_id: str,
        redirect_uri: str,
        code_challenge: str,
        access_seconds: int,
        refresh_seconds: int | None,
        now: float,
    ) -> Issued | Replayed | Mismatch | None:
        """Redeem a code once: compare client, redirect URI and challenge, then mint, in one script.

        ``code_challenge`` is computed from the presented verifier (RFC 7636 section 4.6). A second redemption revokes
        the grant (RFC 6749 section 4.1.2). None: unknown or expired. ``refresh_seconds`` None mints no refresh token.
        """  # fmt: skip
        ...

    def rotate(
        self,
        refresh_token: str,
        *,
        client_id: str,
        scope: frozenset[str] | None,
        access_seconds: int,
        refresh_seconds: int,
        now: float,
    ) -> Issued | Replayed | Mismatch | None:
        """Exchange a refresh token for new tokens, once. ``scope`` narrows the access token (RFC 6749 section 6).

        Reuse of a rotated token by its own client revokes the grant; another client's try changes nothing.
        """  # fmt: skip
        ...

    def inspect(self, access_token: str, *, now: float) -> Grant | None:
        """The grant behind a live access token, with that token's scope. One round trip."""
        ...

    def revoke(self, token: str, *, client_id: str, now: float) -> bool:
        """RFC 7009: a refresh token ends its grant, an access token only itself, anything else nothing."""
        ...

    def revoke_client(self, citizen_id: str, client_id: str, *, now: float) -> int:
        """End every grant of a client for a citizen, and its releases in the citizen's sessions. How many grants."""
        ...


class Outbox(Protocol):
    """Audit events written beside the hot path, on their way to the audit log."""

    def append(self, event: AuditEvent) -> None:
        """Keep an event."""
        ...

    def drain(self, log: "AuditLog", *, batch: int = 500) -> int:
        """Move up to ``batch`` events into ``log``; deleted here only after they are there. How many were moved."""
        ...


# ---- what lasts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Citizen:
    """An account. ``subject_secret`` seeds its pairwise subject identifiers; name and number are set once proved."""

    id: str
    created_at: float
    locale: str
    subject_secret: bytes = field(repr=False)
    mobile: str | None = field(default=None, repr=False)
    login_name: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    disabled_at: float | None = None
    elder_mode: bool = False


@dataclass(frozen=True, slots=True)
class NewCitizen:
    """An account to open: the mobile number is confirmed (E.164), the password is hashed."""

    id: str
    created_at: float
    locale: str
    mobile: str = field(repr=False)
    password_hash: str = field(repr=False)
    subject_secret: bytes = field(repr=False)
    login_name: str | None = field(default=None, repr=False)


class Citizens(Protocol):
    """Accounts and the uniqueness of their names. Values are found by keyed fingerprint, stored encrypted."""

    def open(self, new: NewCitizen) -> None:
        """Open an account. Raises MobileTaken or LoginNameTaken, also when two do so at once."""
        ...

    def by_id(self, citizen_id: str) -> Citizen | None:
        """The account."""
        ...

    def by_login_name(self, login_name: str) -> Citizen | None:
        """The account of a login name (case folded by the caller)."""
        ...

    def by_mobile(self, mobile: str) -> Citizen | None:
        """The account that confirmed a mobile number (E.164)."""
        ...

    def by_id_number(self, id_number: str) -> Citizen | None:
        """The account that has *proved* a canonical ID number."""
        ...

    def record_proof(self, evidence: Evidence, *, name: str, id_number: str) -> None:
        """Keep evidence and bind name and number to its citizen, in one transaction.

        Raises PersonKeyTaken when another account holds the number, PersonMismatch when this account has proved another
        number; nothing is changed then. Twenty at once: one holder.
        """
        ...

    def evidence_of(self, citizen_id: str) -> Sequence[Evidence]:
        """Evidence of a citizen, newest first, dead rows too."""
        ...


class Credentials(Protocol):
    """Passwords and second factors."""

    def password_hash(self, citizen_id: str) -> str | None:
        """The stored hash."""
        ...

    def set_password_hash(self, citizen_id: str, password_hash: str, *, now: float) -> None:
        """Replace it (also when parameters were raised)."""
        ...

    def totp_secret(self, citizen_id: str) -> str | None:
        """The base32 secret of the authenticator app, if one is enrolled."""
        ...

    def set_totp_secret(self, citizen_id: str, secret: str | None, *, now: float) -> None:
        """Enrol, or remove with None."""
        ...

    def take_totp_step(self, citizen_id: str, step: int) -> bool:
        """Use a time step: True for exactly one caller, False when this or a later step was used (RFC 6238 5.2)."""
        ...


@dataclass(frozen=True, slots=True)
class Consent:
    """What a citizen agreed to release to a client."""

    client_id: str
    scopes: frozenset[str]
    granted_at: float


class Consents(Protocol):
    """Consents, remembered per citizen and client."""

    def of(self, citizen_id: str, client_id: str) -> Consent | None:
        """The live consent."""
        ...

    def all_of(self, citizen_id: str) -> Sequence[Consent]:
        """Live consents, newest first."""
        ...

    def give(self, citizen_id: str, client_id: str, scopes: frozenset[str], *, now: float) -> None:
        """Agree to ``scopes`` besides those agreed to before."""
        ...

    def withdraw(self, citizen_id: str, client_id: str, *, now: float) -> bool:
        """End it; False when there was none."""
        ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A stored event."""

    number: int
    kind: str
    at: float
    citizen_id: str | None
    client_id: str | None
    detail: JsonObject


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row (``number``) that is changed, missing or out of order, and which of these."""

    number: int
    what: str


class AuditLog(Protocol):
    """The append-only, hash-chained log."""

    def append(self, events: Iterable[AuditEvent]) -> int:
        """Append in order, skipping ids that are there already. How many were new. Safe from several processes."""
        ...

    def verify(self) -> Broken | int:
        """Walk the chain: the first break, or the number of rows when it is whole."""
        ...

    def recent(self, citizen_id: str, *, limit: int) -> Sequence[AuditEntry]:
        """A citizen's newest events."""
        ...


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key under the master key. ``purpose`` e.g. ``field``, ``fingerprint:mobile``, ``sign:ES256``."""

    id: str
    purpose: str
    created_at: float
    wrapped: bytes = field(repr=False)


class KeyStore(Protocol):
    """Where wrapped keys live, shared by all workers."""

    def all(self) -> Sequence[WrappedKey]:
        """Every key, oldest first."""
        ...

    def add_first(self, key: WrappedKey) -> WrappedKey:
        """Add the first key of a purpose; when another worker was quicker, that one is returned instead."""
        ...

    def add(self, key: WrappedKey) -> None:
        """Add a further key of a purpose (rotation)."""
        ...


# ---- channels' neighbours -------------------------------------------------------------------------------------------


class SmsPurpose(StrEnum):
    """What a code does; the text message says it (channels.md 12.2)."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    EXISTING_ACCOUNT = "existing_account"
    BIND = "bind"


class SmsGateway(Protocol):
    """Sends one-time codes by text message."""

    def send_code(self, mobile: str, code: str, purpose: SmsPurpose) -> None:
        """Send ``code`` to ``mobile`` (E.164). Raises Unavailable, or LimitReached when the gateway throttles."""
        ...
