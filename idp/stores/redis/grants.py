"""Grants: one hash each, holding code, access and refresh tokens (docs/adr/0004-grant-as-one-hash.md)."""

import hmac
from collections.abc import Sequence
from typing import Any

from idp.domain.ports import (
    Delegation,
    Handle,
    Inspected,
    Issued,
    KeyBinding,
    Mismatch,
    NewGrant,
    ProofMark,
    Randomness,
    Replayed,
    Target,
)
from idp.stores.redis.grant_fields import (
    INSPECTED,
    Text,
    binding_text,
    core_of,
    entries,
    grant_of,
    handle_of,
    place_of,
    resource_text,
)
from idp.stores.redis.keyspace import Keyspace, b64, digest, grant_id_of, shard_of, stamp
from idp.stores.redis.wire import Argument, Script, Wire, load

_REDEEM = load("redeem", "shard", "tokens")
_ROTATE = load("rotate", "shard", "tokens")
_ISSUE = load("issue", "shard", "ending", "tokens")
_DELEGATE = load("delegate", "shard", "tokens")
_INSPECT = load("inspect", "shard")
_REVOKE = load("revoke", "shard", "ending", "tokens")
_REVOKE_CLIENT = load("revoke_client", "shard", "ending")

_ANYBODY = Target()
_SALT_BYTES = 32


class RedisGrants:
    """:class:`idp.domain.ports.Grants`. Each method is one round trip.

    A citizen, or a machine, has at most ``most_grants``: the one nearest its end gives way.
    """

    def __init__(self, wire: Wire, randomness: Randomness, *, most_grants: int = 512, prefix: str = "") -> None:
        self._wire = wire
        self._randomness = randomness
        self._most_grants = most_grants
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
        target: Target = _ANYBODY,
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
            binding_text(target.binding),
            resource_text(target.resource),
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
        target: Target = _ANYBODY,
        grace_seconds: float = 0.0,
    ) -> Issued | Replayed | Mismatch | None:
        """Exchange a refresh token, once (RFC 6749 section 6, RFC 9700 section 4.14.2)."""
        grant_id = grant_id_of(refresh_token)
        if grant_id is None:
            return None
        narrowed = " ".join(sorted(scope or ()))
        if scope is not None and not narrowed.strip():
            return Mismatch("scope")  # '' would stand for the whole scope
        access, salt = self._new_token(grant_id), self._randomness.octets(_SALT_BYTES)
        args = (
            digest(refresh_token),
            client_id,
            narrowed,
            digest(access),
            access_seconds,
            digest(_successor(refresh_token, salt)),
            refresh_seconds,
            binding_text(target.binding),
            resource_text(target.resource),
            "1" if target.keyed_refresh else "0",
            stamp(grace_seconds),
            salt,
        )
        answer = self._call(_ROTATE, grant_id, now, args)
        if answer is None or answer[0] != b"issued":
            return _outcome(grant_id, answer, access, None)
        *answer, kept = answer
        return _outcome(grant_id, answer, access, _successor(refresh_token, kept))

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
        """A grant and its first tokens. A machine's grants lie in a shard and an index of its own."""
        owner = new.citizen_id or f"client:{new.client_id}"
        grant_id = shard_of(owner) + self._randomness.token(12)
        access = self._new_token(grant_id)
        refresh = None if refresh_seconds is None else self._new_token(grant_id)
        args: tuple[Argument, ...] = (
            new.client_id,
            owner,
            " ".join(new.scope),
            core_of(new),
            new.claims,
            "1" if new.offline else "0",
            "" if new.life_seconds is None else stamp(new.life_seconds),
            digest(access),
            access_seconds,
            b"" if refresh is None else digest(refresh),
            refresh_seconds or 0,
            binding_text(binding),
            audience,
            " ".join(new.resources),
            self._most_grants,
        )
        answer = self._call(_ISSUE, grant_id, now, args)
        return _issued(grant_id, answer[1:], access, refresh)

    def delegate(self, access_token: str | Handle, to: Delegation, *, access_seconds: int, now: float) -> Issued | None:
        """A further access token in other hands, never living longer than the one it is exchanged for (RFC 8693)."""
        place = place_of(access_token)
        if place is None:
            return None
        grant_id, stored = place
        access = self._new_token(grant_id)
        args = (
            stored,
            digest(access),
            access_seconds,
            to.client_id,
            to.audience,
            " ".join(to.scope),
            " ".join(to.actors),
            binding_text(to.binding),
        )
        answer = self._call(_DELEGATE, grant_id, now, args)
        return None if answer is None else _issued(grant_id, answer[1:], access, None)

    def inspect(
        self, access_token: str | Handle, *, now: float, mark: ProofMark | None = None
    ) -> Inspected | Mismatch | None:
        """A live access token: one HMGET, which is atomic and cheaper than a script; with a proof to mark, a script."""
        place = place_of(access_token)
        if place is None:
            return None
        grant_id, wanted = place
        found = self._fields(grant_id, mark, now)
        if isinstance(found, Mismatch):
            return found
        ends, packed, client, redirect_uri, scope, core, claims, resources = found
        if ends is None or packed is None or client is None or float(ends) <= now:
            return None
        for stored, expires_at, said in entries(packed):
            # Not a secret comparison: nobody can choose a token by the beginning of its SHA-256.
            if stored == wanted and expires_at > now:
                text = Text.read(said)
                columns = (client, redirect_uri, text.scope.encode() or scope, core, claims, resources)
                return Inspected(grant_of(grant_id, columns), text.access(client.decode(), expires_at))
        return None

    def revoke(self, token: str | Handle, *, client_id: str, now: float) -> bool:
        """RFC 7009: a refresh token ends its grant, an access token only itself, anything else nothing."""
        place = place_of(token)
        if place is None:
            return False
        grant_id, stored = place
        return bool(self._call(_REVOKE, grant_id, now, (stored, client_id)))

    def revoke_client(self, citizen_id: str, client_id: str, *, now: float) -> int:
        """End every grant of a client for a citizen, and its releases in the citizen's sessions."""
        base = self._keys.base(shard_of(citizen_id))
        keys = (f"{base}cg:{citizen_id}", f"{base}cs:{citizen_id}")
        return int(self._wire.call(keys, _REVOKE_CLIENT, (base, stamp(now), citizen_id, client_id)))

    def _fields(self, grant_id: str, mark: ProofMark | None, now: float) -> Sequence[bytes | None] | Mismatch:
        base = self._keys.base(grant_id)
        key = f"{base}g:{grant_id}"
        if mark is None:
            return self._wire.fields(key, INSPECTED)
        used = f"{base}p:{digest(mark.name).hex()}"
        answer = self._wire.call((key, used), _INSPECT, (base, stamp(now), stamp(mark.expires_at), *INSPECTED))
        if answer is None:
            return (None,) * len(INSPECTED)
        kind, *fields = answer
        return Mismatch("jti") if kind == b"used" else fields

    def _call(self, script: Script, grant_id: str, now: float, args: tuple[Argument, ...]) -> Any:
        base = self._keys.base(grant_id)
        return self._wire.call((f"{base}g:{grant_id}",), script, (base, stamp(now), grant_id, *args))

    def _new_token(self, grant_id: str) -> str:
        return f"{grant_id}.{self._randomness.token(32)}"


def _successor(refresh_token: str, salt: bytes) -> str:
    """The next refresh token: the holder's secret and the salt in the store make it up, neither alone does."""
    return f"{refresh_token[:18]}.{b64(hmac.digest(salt, refresh_token.encode(), 'sha256'))}"


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
    return _issued(grant_id, rest, access, refresh)


def _issued(grant_id: str, rest: list[Any], access: str, refresh: str | None) -> Issued:
    *columns, said, ends, expires_in = rest
    grant, facts = grant_of(grant_id, columns), Text.read(said)
    return Issued(grant, access, refresh, expires_in, facts.access(grant.client_id, float(ends)), handle_of(access))
