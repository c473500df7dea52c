"""The audit log: append-only, numbered without gaps, chained by keyed hashes (:mod:`idp.stores.sql.audit_chain`)."""

import hmac
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, RowMapping, insert, select, update

from idp.domain.audit_words import AuditEvent
from idp.domain.errors import StoreUnavailable
from idp.domain.ports import AuditEntry, Broken, FieldCipher
from idp.stores.sql import audit_chain as chain
from idp.stores.sql.engine import reading, snapshot, writing
from idp.stores.sql.tables import audit_events, audit_head

_ROWS_AT_ONCE: Final = 500
_THE_HEAD: Final = audit_head.c.id == 1


class SqlAuditLog:
    """:class:`idp.domain.ports.AuditLog` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def append(self, events: Iterable[AuditEvent]) -> int:
        """Append in order, skipping ids that are there already. How many were new.

        The head row is locked for the whole append, so appends of all processes come one after the other.
        """
        contents = {event.id: chain.content_of_event(event) for event in events}
        if not contents:
            return 0
        # The audit key may have to be made, and SQLite has one writer: not inside the transaction.
        self._cipher.fingerprint("audit", "")
        with writing(self._engine) as connection:
            head = _head(connection, lock=True)
            if head is None:
                raise StoreUnavailable("sql: the head of the audit log is gone")
            known = _known_ids(connection, list(contents))
            rows = self._rows([c for i, c in contents.items() if i not in known], head)
            if rows:
                connection.execute(insert(audit_events), rows)
                number, last = rows[-1]["number"], rows[-1]["hash"]
                seal = chain.head_seal(self._cipher, number, last)
                connection.execute(update(audit_head).where(_THE_HEAD).values(number=number, hash=last, seal=seal))
        return len(rows)

    def verify(self) -> Broken | int:
        """Walk the chain in one snapshot: the first break, or the number of rows when it is whole."""
        with snapshot(self._engine) as connection:
            head = _head(connection, lock=False)
            query = select(audit_events).order_by(audit_events.c.number)
            streamed = connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
            number, previous = 0, chain.GENESIS
            for row in streamed.mappings():
                number += 1
                what = self._fault(connection, row, number, previous)
                if what is not None:
                    streamed.close()
                    return Broken(number, what)
                previous = row[audit_events.c.hash]
            return self._fault_of_head(head, number, previous) or number

    def recent(self, citizen_id: str, *, limit: int) -> Sequence[AuditEntry]:
        """A citizen's newest events, newest first."""
        query = (
            select(audit_events)
            .where(audit_events.c.citizen_id == citizen_id)
            .order_by(audit_events.c.number.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(_entry(row) for row in connection.execute(query).mappings())

    def _rows(self, contents: Sequence[chain.Content], head: RowMapping) -> list[dict[str, Any]]:
        number, previous = head[audit_head.c.number], head[audit_head.c.hash]
        rows = []
        for content in contents:
            number += 1
            link = chain.link(self._cipher, previous, content)
            written = {name: getattr(content, name) for name in content.__slots__}
            rows.append(written | {"number": number, "previous": previous, "hash": link})
            previous = link
        return rows

    def _fault(self, connection: Connection, row: RowMapping, number: int, previous: bytes) -> str | None:
        """What is wrong with the row found where ``number`` should be, after the row of hash ``previous``."""
        if row[audit_events.c.number] != number:
            return chain.REMOVED
        if not chain.is_authentic(self._cipher, row):
            return chain.CHANGED
        if hmac.compare_digest(row[audit_events.c.previous], previous):
            return None
        # Authentic, but not the next: either what belongs before it stands elsewhere, or it is gone.
        elsewhere = select(audit_events.c.number).where(audit_events.c.hash == row[audit_events.c.previous]).limit(1)
        is_first = row[audit_events.c.previous] == chain.GENESIS
        return chain.OUT_OF_ORDER if is_first or connection.execute(elsewhere).first() else chain.REMOVED

    def _fault_of_head(self, head: RowMapping | None, number: int, last: bytes) -> Broken | None:
        """What the head row says against a chain of ``number`` rows that is whole in itself."""
        if head is None:
            return Broken(number + 1, chain.REMOVED)
        says, digest, seal = (head[column] for column in (audit_head.c.number, audit_head.c.hash, audit_head.c.seal))
        if not hmac.compare_digest(seal, chain.head_seal(self._cipher, says, digest)):
            return Broken(max(number, 1), chain.CHANGED)
        if says > number:
            return Broken(number + 1, chain.REMOVED)
        if says < number:
            return Broken(says + 1, chain.INSERTED)
        return None if hmac.compare_digest(digest, last) else Broken(number, chain.CHANGED)


def _head(connection: Connection, *, lock: bool) -> RowMapping | None:
    query = select(audit_head).where(_THE_HEAD)
    return connection.execute(query.with_for_update() if lock else query).mappings().first()


def _known_ids(connection: Connection, ids: list[str]) -> set[str]:
    """Which of these events are stored; asked in slices, for databases limit the parameters of a statement."""
    known: set[str] = set()
    for start in range(0, len(ids), _ROWS_AT_ONCE):
        query = select(audit_events.c.event_id).where(audit_events.c.event_id.in_(ids[start : start + _ROWS_AT_ONCE]))
        known.update(connection.execute(query).scalars())
    return known


def _entry(row: RowMapping) -> AuditEntry:
    columns = audit_events.c
    return AuditEntry(
        number=row[columns.number],
        kind=row[columns.kind],
        at=row[columns.at],
        citizen_id=row[columns.citizen_id],
        client_id=row[columns.client_id],
        detail=orjson.loads(row[columns.detail]),
    )
