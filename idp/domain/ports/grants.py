"""Grants: an authorization with its code, access and refresh tokens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self

from idp.domain.ports.sessions import Release, SessionFacts


class BindingKind(StrEnum):
    """What a token is bound to, by the name of the confirmation member (RFC 9449 section 6.1, RFC 8705 section 3.1)."""

    JKT = "jkt"
    X5T = "x5t#S256"


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """The key whose holder alone may use a token: a DPoP key or a certificate, by its SHA-256 thumbprint."""

    kind: BindingKind
    thumbprint: str

    @property
    def cnf(self) -> dict[str, str]:
        """The ``cnf`` claim (RFC 7800 section 3.1)."""
        return {self.kind.value: self.thumbprint}


@dataclass(frozen=True, slots=True)
class Grant:
    """An authorization as the token endpoint and userinfo see it. ``claims`` is still sealed.

    ``asked`` is not empty when claims were asked for by name: only then the ID token needs the sealed ones.
    ``citizen_id`` is empty for a machine that acts for itself. ``resources``: whom its tokens may be for (RFC 8707).
    ``details``: what was granted in detail (RFC 9396).
    """

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
    asked: str = ""
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """What one access token is, beside its grant. Times in seconds since the epoch.

    ``client_id``: who holds it. ``audience``: the resource it is for; empty for the provider itself (userinfo).
    ``actors``: client identifiers that acted for one another, the present one first (RFC 8693 section 4.1).
    """

    client_id: str
    audience: str
    binding: KeyBinding | None
    actors: tuple[str, ...]
    issued_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Handle:
    """By what a JWT access token is found: its ``jti``. It names the grant and a digest, so it opens nothing itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Issued:
    """Tokens just minted for a grant. Only their digests were stored."""

    grant: Grant
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_in: int
    access: Access
    handle: Handle


@dataclass(frozen=True, slots=True)
class Inspected:
    """A live access token and its grant, with that token's scope."""

    grant: Grant
    access: Access


@dataclass(frozen=True, slots=True)
class Replayed:
    """A code or refresh token that was used before; its grant is revoked now."""

    grant_id: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Known and unused, but presented with another client, redirect URI, verifier, key or a wider scope.

    Nothing changed. ``what``: ``client``, ``redirect_uri``, ``code_verifier``, ``dpop_jkt``, ``binding``, ``scope``,
    ``resource``, or ``jti`` where a proof was used before.
    """

    what: str


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a new access token is for, and who may use it. ``resource`` None: not said; empty: the provider itself.

    ``keyed_refresh``: the refresh token is bound to ``binding`` too (public clients, RFC 9449 section 5); otherwise
    only the kind of binding stays, for the client authenticates (RFC 8705 section 7.1).
    """

    resource: str | None = None
    binding: KeyBinding | None = None
    keyed_refresh: bool = False


@dataclass(frozen=True, slots=True)
class ProofMark:
    """A DPoP proof as it is marked used. ``name`` tells it from every other; at ``expires_at`` it is too old anyway."""

    name: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A grant without a browser session: approved elsewhere (device, CIBA), or for a machine (client credentials).

    ``life_seconds``: nothing of it lives longer; None for no such end.
    """

    client_id: str
    citizen_id: str
    sub: str
    sid: str
    scope: tuple[str, ...]
    auth_time: float
    amr: tuple[str, ...]
    level: int
    claims: bytes = field(repr=False)
    asked: str = ""
    resources: tuple[str, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()
    offline: bool = False
    nonce: str | None = None
    life_seconds: float | None = None

    @classmethod
    def approved(
        cls,
        release: Release,
        facts: SessionFacts,
        scope: tuple[str, ...],
        *,
        resources: tuple[str, ...] = (),
        details: tuple[Mapping[str, Any], ...] = (),
        offline: bool = False,
        nonce: str | None = None,
        life_seconds: float | None = None,
    ) -> Self:
        """Of a citizen who agreed in the session of ``facts``, with what is released to the client."""
        return cls(
            client_id=release.client_id,
            citizen_id=facts.citizen_id,
            sub=release.sub,
            sid=release.sid,
            scope=scope,
            auth_time=facts.auth_time,
            amr=facts.amr,
            level=facts.level,
            claims=release.claims,
            asked=release.asked,
            resources=resources,
            details=details,
            offline=offline,
            nonce=nonce,
            life_seconds=life_seconds,
        )


@dataclass(frozen=True, slots=True)
class Delegation:
    """What a token exchanged for another is to be (RFC 8693): for which resource, in whose hands, how narrow."""

    client_id: str
    audience: str
    scope: tuple[str, ...]
    actors: tuple[str, ...]
    binding: KeyBinding | None = None


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
        target: Target = Target(),
    ) -> Issued | Replayed | Mismatch | None:
        """Redeem a code once: compare client, redirect URI, challenge, key and resource, then mint, in one script.

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
        target: Target = Target(),
        grace_seconds: float = 0.0,
    ) -> Issued | Replayed | Mismatch | None:
        """Exchange a refresh token for new tokens, once. ``scope`` narrows the access token (RFC 6749 section 6).

        Reuse of a rotated token by its own client revokes the grant; another client's try changes nothing. Within
        ``grace_seconds``, and until its successor is used, a rotated token answers again, with the same successor.
        """
        ...

    def issue(
        self,
        new: NewGrant,
        *,
        access_seconds: int,
        refresh_seconds: int | None,
        now: float,
        audience: str = "",
        binding: KeyBinding | None = None,
    ) -> Issued:
        """A grant and its first tokens, in one script: the caller has redeemed what it rests on."""
        ...

    def delegate(self, access_token: str | Handle, to: Delegation, *, access_seconds: int, now: float) -> Issued | None:
        """A further access token of the same grant, for as long as ``access_token`` lives at most; None: it is dead."""
        ...

    def inspect(
        self, access_token: str | Handle, *, now: float, mark: ProofMark | None = None
    ) -> Inspected | Mismatch | None:
        """A live access token. One round trip, also where a proof is marked used; Mismatch when it was before."""
        ...

    def revoke(self, token: str | Handle, *, client_id: str, now: float) -> bool:
        """RFC 7009: a refresh token ends its grant, an access token only itself, anything else nothing."""
        ...

    def revoke_client(self, citizen_id: str, client_id: str, *, now: float) -> int:
        """End every grant of a client for a citizen, and its releases in the citizen's sessions. How many grants."""
        ...
