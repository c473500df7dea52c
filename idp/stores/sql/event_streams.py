"""Streams that relying parties made or changed themselves: one row a client, its bearer token sealed."""

from typing import Any, Final

import orjson
from sqlalchemy import Engine, RowMapping, select, update

from idp.domain.event_stream import EventStream, StreamStatus
from idp.domain.ports import FieldCipher
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.event_tables import event_streams
from idp.stores.sql.sealed_columns import open_optional, seal_text

_C: Final = event_streams.c


class SqlEventStreams:
    """:class:`idp.domain.ports.EventStreams` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def of(self, client_id: str) -> EventStream | None:
        """What the client made of its stream."""
        query = select(event_streams).where(_C.client_id == client_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else self._stream(row)

    def keep(self, stream: EventStream, *, now: float) -> None:
        """Keep a stream, whole, in place of the client's earlier one."""
        values = self._row(stream, now)
        with writing(self._engine) as connection:
            if not insert_unless_there(connection, event_streams, values, "client_id"):
                this = _C.client_id == stream.client_id
                connection.execute(update(event_streams).where(this).values(values))

    def _row(self, stream: EventStream, now: float) -> dict[str, Any]:
        bearer = stream.bearer
        return {
            "client_id": stream.client_id,
            "id": stream.id,
            "uri": stream.uri,
            "bearer": seal_text(self._cipher, _C.bearer, stream.id, bearer) if bearer else None,
            "bearer_ref": stream.bearer_ref,
            "events": orjson.dumps(sorted(stream.events)).decode(),
            "status": stream.status.value,
            "reason": stream.reason,
            "description": stream.description,
            "changed_at": now,
        }

    def _stream(self, row: RowMapping) -> EventStream:
        return EventStream(
            id=row[_C.id],
            client_id=row[_C.client_id],
            uri=row[_C.uri],
            bearer=open_optional(self._cipher, row, _C.bearer, row[_C.id]),
            bearer_ref=row[_C.bearer_ref],
            events=frozenset(orjson.loads(row[_C.events])),
            status=StreamStatus(row[_C.status]),
            reason=row[_C.reason],
            description=row[_C.description],
        )
