"""Grants: one hash each, holding code, access and refresh tokens (docs/adr/0004-grant-as-one-hash.md)."""

import struct
from collections.abc import Iterator
from typing import Any

import orjson

from idp.domain.ports import Grant, Issued, Mismatch, Randomness, Replayed
from idp.stores.redis.keyspace import Keyspace, digest, grant_id_of, shard_of, stamp
from idp.stores.redis.wire import Argument, Script, Wire, load

_REDEEM = load("redeem", "shard", "tokens")
_ROTATE = load("rotate", "shard", "tokens")
_REVOKE = load("revoke", "shard", "ending", "tokens")
_REVOKE_CLIENT = load("revoke_client", "shard", "ending")

_ACCESS_ENTRY = struct.Struct("<32sdH")
"""As scripts/tokens.lua packs it: digest, expiry, length of the scope that follows."""

_INSPECTED = ("ends", "access", "client", "redirect_uri", "scope", "core", "claims")


class RedisGrants:
    """:class:`idp.domain.ports.Grants`. Each method is one round trip."""

    def __init__(self, wire: Wire, randomness: Randomness, *, prefix: str = "") -> None:
        self._wire = wire
        self._randomness = randomness
        self._keys = Keyspace(prefix)

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
        """Redeem a code once (RFC 6749 section 4.1.3); a second time revokes the grant."""
        grant_id = grant_id_of(code)
        if grant_id is None:
            return None
        access = self._new_token(grant_id)
        refresh = None if refresh_seconds is None else self._new_token(grant_id)
        args = (
            digest(code),
            client_id,
            redirect_uri,
            code_challenge,
            digest(access),
            access_seconds,
            b"" if refresh is None else digest(refresh),
            refresh_seconds or 0,
        )
        return _outcome(grant_id, self._call(_REDEEM, grant_id, now, args), access, refresh)

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
        """Exchange a refresh token, once (RFC 6749 section 6, RFC 9700 section 4.14.2)."""
        grant_id = grant_id_of(refresh_token)
        if grant_id is None:
            return None
        narrowed = " ".join(sorted(scope or ()))
        if scope is not None and not narrowed.strip():
            return Mismatch("scope")  # '' would stand for the whole scope
        access, refresh = self._new_token(grant_id), self._new_token(grant_id)
        args = (
            digest(refresh_token),
            client_id,
            narrowed,
            digest(access),
            access_seconds,
            digest(refresh),
            refresh_seconds,
        )
        return _outcome(grant_id, self._call(_ROTATE, grant_id, now, args), access, refresh)

    def inspect(self, access_token: str, *, now: float) -> Grant | None:
        """The grant behind a live access token: one HMGET, which is atomic and cheaper than a script."""
        grant_id = grant_id_of(access_token)
        if grant_id is None:
            return None
        key = f"{self._keys.base(grant_id)}g:{grant_id}"
        ends, packed, client, redirect_uri, scope, core, claims = self._wire.fields(key, _INSPECTED)
        if ends is None or packed is None or float(ends) <= now:
            return None
        wanted = digest(access_token)
        for stored, expires_at, narrowed in _access_tokens(packed):
            # Not a secret comparison: nobody can choose a token by the beginning of its SHA-256.
            if stored == wanted and expires_at > now:
                return _grant(grant_id, [client, redirect_uri, narrowed or scope, core, claims])
        return None

    def revoke(self, token: str, *, client_id: str, now: float) -> bool:
        """RFC 7009: a refresh token ends its grant, an access token only itself, anything else nothing."""
        grant_id = grant_id_of(token)
        if grant_id is None:
            return False
        return bool(self._call(_REVOKE, grant_id, now, (digest(token), client_id)))

    def revoke_client(self, citizen_id: str, client_id: str, *, now: float) -> int:
        """End every grant of a client for a citizen, and its releases in the citizen's sessions."""
        base = self._keys.base(shard_of(citizen_id))
        keys = (f"{base}cg:{citizen_id}", f"{base}cs:{citizen_id}")
        return int(self._wire.call(keys, _REVOKE_CLIENT, (base, stamp(now), citizen_id, client_id)))

    def _call(self, script: Script, grant_id: str, now: float, args: tuple[Argument, ...]) -> Any:
        base = self._keys.base(grant_id)
        return self._wire.call((f"{base}g:{grant_id}",), script, (base, stamp(now), grant_id, *args))

    def _new_token(self, grant_id: str) -> str:
        return f"{grant_id}.{self._randomness.token(32)}"


def _access_tokens(packed: bytes) -> Iterator[tuple[bytes, float, bytes]]:
    at = 0
    while at < len(packed):
        stored, expires_at, size = _ACCESS_ENTRY.unpack_from(packed, at)
        at += _ACCESS_ENTRY.size + size
        yield stored, expires_at, packed[at - size : at]


def _outcome(
    grant_id: str, answer: list[Any] | None, access: str, refresh: str | None
) -> Issued | Replayed | Mismatch | None:
    if answer is None:
        return None
    kind, *rest = answer
    if kind == b"replayed":
        return Replayed(grant_id)
    if kind == b"mismatch":
        return Mismatch(rest[0].decode())
    *columns, expires_in = rest
    return Issued(_grant(grant_id, columns), access, refresh, expires_in)


def _grant(grant_id: str, columns: list[Any]) -> Grant:
    client, redirect_uri, scope, core, claims = columns
    values = orjson.loads(core)
    session = values["session"]
    return Grant(
        id=grant_id,
        client_id=client.decode(),
        citizen_id=session["citizen_id"],
        sub=values["sub"],
        sid=values["sid"],
        scope=tuple(scope.decode().split()),
        redirect_uri=redirect_uri.decode(),
        nonce=values["nonce"],
        auth_time=session["auth_time"],
        amr=tuple(session["amr"]),
        level=session["level"],
        offline=values["offline"],
        claims=claims,
        asked=values.get("asked", ""),  # grants of before an upgrade have none
    )
