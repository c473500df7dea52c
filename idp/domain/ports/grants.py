"""Grants: an authorization with its code, access and refresh tokens."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Grant:
    """An authorization as the token endpoint and userinfo see it. ``claims`` is still sealed.

    ``asked`` is not empty when claims were asked for by name: only then the ID token needs the sealed ones.
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
