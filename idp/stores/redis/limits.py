"""Sliding windows and replay guards.

A window is a list of the times of its last ``count`` hits: exact, no approximation, bounded by ``count`` entries; the
error is the difference between the workers' clocks. Keys may be numbers and addresses, so they are stored as keyed
fingerprints (purpose ``limit``).
"""

from collections.abc import Sequence

from idp.domain.ports import FieldCipher, Limit
from idp.stores.redis.keyspace import Keyspace, life, stamp
from idp.stores.redis.wire import Argument, Call, Wire, load

_HIT = load("limit_hit")
_TAKE = load("take_once")
_FORGET = load("forget")
_REFUND = load("limit_refund")
_ROOM = load("limit_room")

_LOOK, _COUNT = "0", "1"


class RedisLimits:
    """:class:`idp.domain.ports.Limits`."""

    def __init__(self, wire: Wire, cipher: FieldCipher, *, prefix: str = "") -> None:
        self._wire = wire
        self._cipher = cipher
        self._prefix = Keyspace(prefix).prefix

    def hit(self, pairs: Sequence[tuple[Limit, str]], *, now: float) -> tuple[Limit, float] | None:
        """Count one for each pair, or for none when the first full window is found.

        One round trip on one server, where this is all or nothing. In a cluster the windows lie on different nodes:
        all are looked at, then all are counted (two round trips); who loses a race between the two is refused by that
        window, the others keep the hit.
        """
        keys = [self._key("limit", limit.name, key) for limit, key in pairs]
        if not keys:
            return None
        if self._wire.one_server or len(keys) == 1:
            windows = [text for limit, _ in pairs for text in _window(limit)]
            answers = [self._wire.call(keys, _HIT, (stamp(now), _COUNT, *windows))]
            return _first_full([limit for limit, _ in pairs], answers)
        for step in (_LOOK, _COUNT):
            calls = [
                Call(_HIT, [key], (stamp(now), step, *_window(limit)))
                for (limit, _), key in zip(pairs, keys, strict=True)
            ]
            for (limit, _), answer in zip(pairs, self._wire.many(calls), strict=True):
                if full := _first_full([limit], [answer]):
                    return full
        return None

    def reset(self, limit: Limit, key: str) -> None:
        """Forget what was counted."""
        self._wire.call([self._key("limit", limit.name, key)], _FORGET)

    def refund(self, pairs: Sequence[tuple[Limit, str]], *, at: float) -> None:
        """Take back the one hit that was counted at ``at`` for each pair; one round trip."""
        calls = [Call(_REFUND, [self._key("limit", limit.name, key)], (stamp(at),)) for limit, key in pairs]
        if calls:
            self._wire.many(calls)

    def room(self, limit: Limit, key: str, *, now: float) -> int:
        """How many hits are left in the window."""
        name = self._key("limit", limit.name, key)
        return int(self._wire.call([name], _ROOM, (stamp(now), *_window(limit))))

    def take_once(self, space: str, key: str, *, now: float, expires_at: float) -> bool:
        """True for exactly one caller until ``expires_at``; what has expired already is taken by nobody."""
        if expires_at <= now:
            return False
        args = (stamp(now), stamp(expires_at), life(now, expires_at))
        return bool(self._wire.call([self._key("once", space, key)], _TAKE, args))

    def _key(self, use: str, space: str, key: str) -> str:
        fingerprint = self._cipher.fingerprint("limit", f"{use}\0{space}\0{key}")
        return f"{self._prefix}{use}:{space}:{fingerprint.hex()}"


def _window(limit: Limit) -> tuple[Argument, Argument]:
    return (limit.count, stamp(limit.seconds))


def _first_full(limits: Sequence[Limit], answers: Sequence[list[bytes | int] | None]) -> tuple[Limit, float] | None:
    for answer in answers:
        if answer is not None:
            place, wait = answer
            return limits[int(place) - 1], float(wait)
    return None
