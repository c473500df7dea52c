"""Requests that wait for an approval elsewhere: sealed records that are polled, and an index by citizen."""

from collections.abc import Sequence
from typing import Any

import orjson

from idp.domain.ports import FieldCipher, JsonObject, Polled, Spent, Versioned
from idp.stores.redis.keyspace import life, stamp
from idp.stores.redis.records import CREATE, RedisRecords, taken
from idp.stores.redis.wire import Call, Wire, load

_POLL = load("waiting_poll")
_NOTE = load("waiting_note")
_OF = load("waiting_of")

SLOWER = 5  # RFC 8628 section 3.5
LONGEST_PAUSE = 60
# Half a second: networks deliver unevenly what was sent evenly.
TOLERANCE = "0.5"
_NOBODY = "nobody"


class RedisWaitingRequests(RedisRecords):
    """:class:`idp.domain.ports.WaitingRequests`. Each method is one round trip on one server."""

    def __init__(self, wire: Wire, cipher: FieldCipher, *, prefix: str = "") -> None:
        super().__init__(wire, cipher, "waiting", prefix=prefix)

    def keep(self, record_id: str, value: JsonObject, citizen_id: str, *, now: float, expires_at: float) -> None:
        """A new record and its place in the citizen's index; for nobody the same is done."""
        name = self._name(record_id)
        milliseconds = life(now, expires_at)
        created, _noted = self._wire.many(
            [
                Call(CREATE, [self._prefix + name], (self._seal(name, value), stamp(expires_at), milliseconds)),
                Call(_NOTE, [self._index(citizen_id)], (stamp(now), record_id, stamp(expires_at), milliseconds)),
            ]
        )
        if not created:
            raise taken(self._kind)

    def poll(self, record_id: str, *, pause: float, now: float) -> Polled | None:
        """Read and count, in one script."""
        name = self._name(record_id)
        args = (stamp(now), stamp(pause), SLOWER, LONGEST_PAUSE, TOLERANCE)
        answer = self._wire.call([self._prefix + name], _POLL, args)
        if answer is None:
            return None
        version, sealed, note, soon = answer
        if note is not None:
            return Polled(Spent(note.decode()), too_soon=bool(soon))
        value: Any = orjson.loads(self._open(name, sealed))
        return Polled(Versioned(value, int(version)), too_soon=bool(soon))

    def of_citizen(self, citizen_id: str, *, now: float) -> Sequence[str]:
        """From the index alone; the records tell whether they still wait."""
        return [each.decode() for each in self._wire.call([self._index(citizen_id)], _OF, (stamp(now),))]

    def _index(self, citizen_id: str) -> str:
        return f"{self._prefix}of:{citizen_id or _NOBODY}"
