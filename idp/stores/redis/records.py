"""Sealed, expiring records of one kind: journeys, attempts."""

import hashlib
from typing import Any

import orjson

from idp.domain.errors import StoreUnavailable
from idp.domain.ports import FieldCipher, JsonObject, Spent, Versioned
from idp.stores.redis.keyspace import Keyspace, life, stamp
from idp.stores.redis.wire import Wire, load

CREATE = load("record_create")
_REPLACE = load("record_replace")
_REDEEM = load("record_redeem")
_TAKE = load("record_take")
_PUT_BACK = load("record_put_back")


class RedisRecords:
    """:class:`idp.domain.ports.Records`. ``kind`` ("journey") is the key space and part of the seal's context."""

    def __init__(self, wire: Wire, cipher: FieldCipher, kind: str, *, prefix: str = "") -> None:
        self._wire = wire
        self._cipher = cipher
        self._kind = kind
        self._prefix = f"{Keyspace(prefix).prefix}{kind}:"

    def create(self, record_id: str, value: JsonObject, *, now: float, expires_at: float) -> None:
        """Keep a new record (version 1). An id that exists is refused with StoreUnavailable, never overwritten."""
        name = self._name(record_id)
        sealed = self._seal(name, value)
        if not self._wire.call([self._prefix + name], CREATE, (sealed, stamp(expires_at), life(now, expires_at))):
            raise taken(self._kind)

    def read(self, record_id: str, *, now: float) -> Versioned | Spent | None:
        """The record, what is left of it, or None. Raises MasterKeyWrong when it was tampered with or moved."""
        name = self._name(record_id)
        version, sealed, ends, note = self._wire.fields(self._prefix + name, ("version", "value", "ends", "note"))
        if ends is None or float(ends) <= now:
            return None
        if note is not None:
            return Spent(note.decode())
        if version is None or sealed is None:
            return None
        value: Any = orjson.loads(self._open(name, sealed))
        return Versioned(value, int(version))

    def replace(self, record_id: str, value: JsonObject, *, version: int, now: float) -> bool:
        """Compare-and-swap on ``version``; the expiry stays."""
        name = self._name(record_id)
        sealed = self._seal(name, value)
        return bool(self._wire.call([self._prefix + name], _REPLACE, (version, stamp(now), sealed)))

    def redeem(self, record_id: str, *, version: int, note: str, now: float) -> bool:
        """Take the record for good: one caller gets True, the others find :class:`Spent`."""
        name = self._name(record_id)
        return bool(self._wire.call([self._prefix + name], _REDEEM, (version, stamp(now), note)))

    def take(self, record_id: str, *, note: str, now: float) -> Versioned | Spent | None:
        """Read and take it in one round trip: one caller gets the value, the others find :class:`Spent`."""
        name = self._name(record_id)
        answer = self._wire.call([self._prefix + name], _TAKE, (stamp(now), note))
        if answer is None:
            return None
        taken, *rest = answer
        return self._opened(name, *rest) if taken else Spent(rest[0].decode())

    def put_back(self, record_id: str) -> bool:
        """Undo :meth:`take`."""
        return bool(self._wire.call([self._prefix + self._name(record_id)], _PUT_BACK))

    def _opened(self, name: str, version: bytes, sealed: bytes) -> Versioned:
        value: Any = orjson.loads(self._cipher.open(sealed, f"{self._kind}:{name}"))
        return Versioned(value, int(version))

    def _name(self, record_id: str) -> str:
        return hashlib.sha256(record_id.encode()).hexdigest()

    def _seal(self, name: str, value: JsonObject) -> bytes:
        return self._cipher.seal(orjson.dumps(dict(value)), f"{self._kind}:{name}")

    def _open(self, name: str, sealed: bytes) -> bytes:
        return self._cipher.open(sealed, f"{self._kind}:{name}")


def taken(kind: str) -> StoreUnavailable:
    """An id that exists: random ones never do."""
    return StoreUnavailable(f"{kind}: the id is taken")
