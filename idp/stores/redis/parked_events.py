"""Events that the database could not take: they wait in one stream until it can.

Like the outbox of audit events this key has no expiry: what is here is nowhere else.
"""

from collections.abc import Sequence
from typing import Final

import orjson

from idp.domain.ports import SecurityEvent, SecurityEventKind, SecurityEvents
from idp.stores.redis.keyspace import SHARDS, Keyspace
from idp.stores.redis.wire import Wire, load

_APPEND = load("outbox_append")
_READ = load("outbox_read")
_DELETE = load("outbox_delete")
KIND: Final = "security_events"
BATCH: Final = 100


class RedisParkedEvents:
    """:class:`idp.domain.ports.ParkedEvents`."""

    def __init__(self, wire: Wire, *, prefix: str = "") -> None:
        self._wire = wire
        self._stream = f"{Keyspace(prefix).base(SHARDS[0])}parked"

    def park(self, events: Sequence[SecurityEvent]) -> None:
        """Keep events here, all in one entry."""
        self._wire.call([self._stream], _APPEND, (KIND, orjson.dumps(list(events))))

    def move(self, events: SecurityEvents) -> int:
        """Move what waits into ``events``, oldest first; how many.

        Deleted here only when they are there; several workers may move at once, because an id is kept once.
        """
        rows = self._wire.call([self._stream], _READ, (BATCH,))
        if not rows:
            return 0
        found = [event for _id, flat in rows for event in _events(flat)]
        events.announce(found)
        self._wire.call([self._stream], _DELETE, tuple(row_id for row_id, _flat in rows))
        return len(found)


def _events(flat: list[bytes]) -> list[SecurityEvent]:
    row = dict(zip(flat[::2], flat[1::2], strict=True))
    return [
        SecurityEvent(**{**values, "kind": SecurityEventKind(values["kind"])}) for values in orjson.loads(row[b"event"])
    ]
