"""Audit events written beside the hot path: one stream per shard, drained into the audit log."""

import logging
from dataclasses import dataclass
from typing import Any

from idp.domain.audit_words import AuditEvent
from idp.domain.ports import AuditLog
from idp.stores.redis.events import UnknownEvent, decode, encode
from idp.stores.redis.keyspace import SHARDS, Keyspace, shard_of
from idp.stores.redis.wire import Call, Wire, load

_APPEND = load("outbox_append")
_LENGTH = load("outbox_length")
_READ = load("outbox_read")
_DELETE = load("outbox_delete")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event with its place: the stream and the id there."""

    stream: str
    id: bytes
    event: AuditEvent

    @property
    def arrival(self) -> tuple[int, int]:
        """Milliseconds of the server's clock and a sequence within them."""
        milliseconds, _, sequence = self.id.partition(b"-")
        return int(milliseconds), int(sequence)


class RedisOutbox:
    """:class:`idp.domain.ports.Outbox`. These keys alone have no expiry: an event stays until the log has it."""

    def __init__(self, wire: Wire, *, prefix: str = "") -> None:
        self._wire = wire
        keys = Keyspace(prefix)
        self._streams = {shard: keys.outbox(shard) for shard in SHARDS}

    def append(self, event: AuditEvent) -> None:
        """Keep an event in its citizen's shard; one of nobody in the first."""
        shard = SHARDS[0] if event.citizen_id is None else shard_of(event.citizen_id)
        self._wire.call([self._streams[shard]], _APPEND, (event.kind, encode(event)))

    def waiting(self) -> dict[str, int]:
        """How many events wait, by stream; streams without any are left out. One pipeline."""
        streams = list(self._streams.values())
        lengths = self._wire.many([Call(_LENGTH, [stream]) for stream in streams])
        return {stream: length for stream, length in zip(streams, lengths, strict=True) if length}

    def drain(self, log: AuditLog, *, batch: int = 500) -> int:
        """Move up to ``batch`` events into ``log`` in the order of their arrival, longest stream first.

        One pipeline when there is nothing to do. Deleted here only after the log has them; several may drain at once,
        because the log knows an event by its id. An event of a kind that this release does not know stays where it is,
        for a newer one (rolling update), and is told in the log by its kind.
        """
        entries = sorted(self._read(batch), key=lambda entry: entry.arrival)
        if not entries:
            return 0
        log.append([entry.event for entry in entries])
        moved: dict[str, list[bytes]] = {}
        for entry in entries:
            moved.setdefault(entry.stream, []).append(entry.id)
        return sum(self._wire.many([Call(_DELETE, [stream], ids) for stream, ids in moved.items()]))

    def _read(self, batch: int) -> list[_Entry]:
        calls, room = [], batch
        for stream, length in sorted(self.waiting().items(), key=lambda item: -item[1]):
            if room < 1:
                break
            calls.append(Call(_READ, [stream], [min(room, length)]))
            room -= length
        if not calls:
            return []
        entries = []
        for call, rows in zip(calls, self._wire.many(calls), strict=True):
            for row_id, flat in rows:
                event = _event(flat)
                if event is not None:
                    entries.append(_Entry(call.keys[0], row_id, event))
        return entries


def _event(flat: list[bytes]) -> AuditEvent | None:
    row = dict(zip(flat[::2], flat[1::2], strict=True))
    kind = row[b"kind"].decode()
    completed: dict[str, Any] = {}
    if b"citizen" in row:
        completed = {"citizen_id": row[b"citizen"].decode(), "level": int(row[b"level"])}
    try:
        return decode(kind, row[b"event"], completed)
    except UnknownEvent:
        _log.warning("audit event of an unknown kind stays in the outbox: %s", kind)
        return None
