"""What relying parties are to be told: one row an event, kept until taken.

``next_try_at`` is when the row is due; taking a row moves it to the end of the lease, so a worker that dies gives it
back by doing nothing. A row without it is settled: delivered (``delivered_at``), or given up.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, and_, delete, func, not_, select, update

from idp.domain.ports import DueEvent, EventState, KeptEvent, SecurityEvent, SecurityEventKind
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.event_tables import security_events

_C: Final = security_events.c
_STATES: Final[dict[EventState, tuple[ColumnElement[bool], ...]]] = {
    EventState.WAITING: (_C.next_try_at.is_not(None),),
    EventState.DELIVERED: (_C.delivered_at.is_not(None),),
    EventState.UNDELIVERED: (_C.next_try_at.is_(None), _C.delivered_at.is_(None)),
}
# A session that ended, and a person who is not the one who is purged: both are true without the account.
_OUTLIVE_THE_ACCOUNT: Final = (SecurityEventKind.SESSION_ENDED.value, SecurityEventKind.SUBJECTS_PARTED.value)


class SqlSecurityEvents:
    """:class:`idp.domain.ports.SecurityEvents` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def announce(self, events: Sequence[SecurityEvent]) -> None:
        """Keep events to be told at once, all or none; an id that is kept already changes nothing."""
        if not events:
            return
        with writing(self._engine) as connection:
            keep(connection, events)

    def take_due(
        self, *, now: float, lease_seconds: float, limit: int, skip: Collection[str] = ()
    ) -> Sequence[DueEvent]:
        """Up to ``limit`` due events, oldest first, leased. Nothing is locked or written when there is none."""
        due = _due(now, limit, skip)
        with reading(self._engine) as connection:
            if connection.execute(due).first() is None:
                return ()
        leased_until = now + lease_seconds
        with writing(self._engine) as connection:
            rows = connection.execute(due.with_for_update(skip_locked=True)).mappings().all()
            ids = [row[_C.id] for row in rows]
            if ids:
                leased = update(security_events).where(_C.id.in_(ids)).values(next_try_at=leased_until)
                connection.execute(leased)
        return tuple(DueEvent(_event(row), row[_C.tries], leased_until) for row in rows)

    def delivered(self, due: DueEvent, *, now: float) -> bool:
        """The relying party took it. True for exactly one caller; False when it is settled already."""
        settled = {"delivered_at": now, "next_try_at": None, "tries": _C.tries + 1}
        return self._change(settled, _C.id == due.event.id, *_STATES[EventState.WAITING]) == 1

    def put_off(self, due: DueEvent, *, until: float | None) -> bool:
        """Count a try; False when the lease is another's by now."""
        changed = {"next_try_at": until, "tries": _C.tries + 1}
        return self._change(changed, _C.id == due.event.id, _C.next_try_at == due.leased_until) == 1

    def waiting_for(self, client_id: str, *, limit: int) -> Sequence[SecurityEvent]:
        """What a client that comes itself has not taken yet, oldest first; never the end of one session."""
        query = select(security_events).where(*_to_fetch(client_id)).order_by(_C.at, _C.id).limit(limit)
        with reading(self._engine) as connection:
            return tuple(_event(row) for row in connection.execute(query).mappings())

    def settle(self, client_id: str, ids: Collection[str], *, taken: bool, now: float) -> Sequence[SecurityEvent]:
        """The client took these, or never will. Those that were waiting and its own: each for exactly one caller."""
        which = (*_to_fetch(client_id), _C.id.in_(sorted(set(ids))))
        settled = {"next_try_at": None, "tries": _C.tries + 1, "delivered_at": now if taken else None}
        with writing(self._engine) as connection:
            rows = connection.execute(select(security_events).where(*which).with_for_update()).mappings().all()
            if rows:
                connection.execute(update(security_events).where(*which).values(settled))
        return tuple(_event(row) for row in rows)

    def hasten(self, client_id: str, *, now: float) -> int:
        """What waits for a client is due now."""
        return self._change({"next_try_at": now}, *_to_fetch(client_id))

    def listing(self, state: EventState | None = None, *, limit: int) -> Sequence[KeptEvent]:
        """Events, newest first."""
        query = select(security_events).order_by(_C.at.desc(), _C.id).limit(limit)
        if state is not None:
            query = query.where(*_STATES[state])
        with reading(self._engine) as connection:
            return tuple(_kept(row) for row in connection.execute(query).mappings())

    def count(self, state: EventState) -> int:
        """How many there are."""
        with reading(self._engine) as connection:
            return connection.execute(
                select(func.count()).select_from(security_events).where(*_STATES[state])
            ).scalar_one()

    def retry(self, event_id: str | None = None, *, now: float) -> int:
        """Make undelivered events due, as if they were new."""
        which = () if event_id is None else (_C.id == event_id,)
        return self._change({"next_try_at": now, "tries": 0}, *_STATES[EventState.UNDELIVERED], *which)

    def forget_delivered(self, *, before: float) -> int:
        """Drop what was taken before ``before``."""
        with writing(self._engine) as connection:
            return connection.execute(delete(security_events).where(_C.delivered_at < before)).rowcount

    def _change(self, values: dict[str, Any], *which: ColumnElement[bool]) -> int:
        with writing(self._engine) as connection:
            return connection.execute(update(security_events).where(*which).values(values)).rowcount


def keep(connection: Connection, events: Sequence[SecurityEvent]) -> None:
    """Keep events in the caller's transaction."""
    # In the order of ids: two that announce the same events wait for each other instead of both for ever.
    for event in sorted(events, key=lambda each: each.id):
        insert_unless_there(connection, security_events, _row(event), "id")


def forget_of(connection: Connection, citizen_ids: Collection[str]) -> None:
    """Drop what was told, or was to be told, of these citizens, but what still ends something at a relying party."""
    left = and_(_C.next_try_at.is_not(None), _C.kind.in_(_OUTLIVE_THE_ACCOUNT))
    mine = (_C.citizen_id.in_(citizen_ids), _C.kind != SecurityEventKind.ACCOUNT_PURGED.value, not_(left))
    connection.execute(delete(security_events).where(*mine))


def _to_fetch(client_id: str) -> tuple[ColumnElement[bool], ...]:
    told_otherwise = SecurityEventKind.SESSION_ENDED.value
    return (_C.client_id == client_id, _C.kind != told_otherwise, *_STATES[EventState.WAITING])


def _due(now: float, limit: int, skip: Collection[str]) -> Select[Any]:
    query = select(security_events).where(_C.next_try_at <= now)
    if skip:
        query = query.where(_C.client_id.not_in(sorted(skip)))
    return query.order_by(_C.next_try_at, _C.at, _C.id).limit(limit)


def _row(event: SecurityEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "client_id": event.client_id,
        "citizen_id": event.citizen_id,
        "kind": event.kind.value,
        "at": event.at,
        "sub": event.sub,
        "detail": orjson.dumps(dict(event.detail), option=orjson.OPT_SORT_KEYS).decode(),
        "tries": 0,
        "next_try_at": event.at,
        "delivered_at": None,
    }


def _event(row: RowMapping) -> SecurityEvent:
    return SecurityEvent(
        id=row[_C.id],
        client_id=row[_C.client_id],
        citizen_id=row[_C.citizen_id],
        kind=SecurityEventKind(row[_C.kind]),
        at=row[_C.at],
        sub=row[_C.sub],
        detail=orjson.loads(row[_C.detail]),
    )


def _kept(row: RowMapping) -> KeptEvent:
    waiting, taken = row[_C.next_try_at] is not None, row[_C.delivered_at] is not None
    settled = EventState.DELIVERED if taken else EventState.UNDELIVERED
    return KeptEvent(_event(row), EventState.WAITING if waiting else settled, row[_C.tries], row[_C.next_try_at])
