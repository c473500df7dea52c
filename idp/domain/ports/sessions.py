"""What expires and belongs to a citizen: browser sessions and what relying parties may receive in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from idp.domain.audit_words import AuditEvent


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a sign-in established. ``auth_time`` is of the last active authentication;
    ``handle`` is public to its owner.

    ``device`` is a coarse label ("Chrome / Android") for the account page. ``link_id``: the account link it was opened
    by, and ends with; empty for every other way in.
    """

    citizen_id: str
    auth_time: float
    amr: tuple[str, ...]
    level: int
    created_at: float
    handle: str
    device: str = ""
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What one client may receive in one session: consented scopes, its ``sub`` and ``sid``, and the claims sealed.

    ``claims`` is opaque to the store (sealed by the vault): a snapshot taken when the release was made, good for the
    session's level of then and for one request for claims, ``asked`` (its fingerprint; empty: none by name).
    ``acting_for``: what the citizen chose here when asked for whom they act (:mod:`idp.domain.organisations`), None
    when they were not asked. Until ``good_until`` (None: as long as the session) it answers further sign-ons.
    """

    client_id: str
    sub: str
    sid: str
    scopes: frozenset[str]
    claims: bytes = field(repr=False)
    asked: str = ""
    acting_for: str | None = None
    good_until: float | None = None


@dataclass(frozen=True, slots=True)
class SignOnRequest:
    """What an authorization request needs of a live session. Conditions are checked where the code is written.

    ``authenticated_since``: earliest acceptable auth_time (from ``max_age``), 0 for any. ``minimum_level``: real-name
    level needed. ``expected_sub``: from ``id_token_hint`` or claims; None for any. ``code_seconds`` is the code's life;
    ``grant_seconds`` that of the grant when no refresh token extends it. ``offline`` grants outlive the session.
    ``asked``: the release must be made for it. ``event`` is stored with the code, atomically. ``resources``,
    ``details`` and ``dpop_jkt`` are those of the authorization request.
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
    asked: str = ""
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()
    dpop_jkt: str | None = None


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

    def owner(self, token: str, *, now: float) -> str | None:
        """Whose session this is, also of one that sleeps; it is not counted as seen."""
        ...

    def renew(self, token: str, facts: SessionFacts, *, now: float) -> str | None:
        """Replace facts and token, atomically (after re-authentication or step-up); releases are kept.

        None when the session is gone.
        """
        ...

    def release(self, token: str, release: Release, *, now: float) -> bool:
        """Keep what a client may receive; replaces an earlier release of that client, keeping its ``sid``."""
        ...

    def chosen(self, token: str, client_id: str, *, now: float) -> str | None:
        """For whom the citizen acts at this client, as the release of the session has it (``acting_for``)."""
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
