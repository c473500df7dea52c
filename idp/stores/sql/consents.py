"""Consents: one row for a citizen and a client; a withdrawn one stays as a row that agrees to nothing."""

from collections.abc import Sequence

from sqlalchemy import Engine, RowMapping, select, update

from idp.domain.ports import Consent
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.tables import consents

_LIVE = consents.c.withdrawn_at.is_(None)


class SqlConsents:
    """:class:`idp.domain.ports.Consents` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, citizen_id: str, client_id: str) -> Consent | None:
        """The live consent."""
        query = select(consents).where(consents.c.citizen_id == citizen_id, consents.c.client_id == client_id, _LIVE)
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _consent(row)

    def all_of(self, citizen_id: str) -> Sequence[Consent]:
        """Live consents, newest first."""
        query = (
            select(consents)
            .where(consents.c.citizen_id == citizen_id, _LIVE)
            .order_by(consents.c.granted_at.desc(), consents.c.client_id)
        )
        with reading(self._engine) as connection:
            return tuple(_consent(row) for row in connection.execute(query).mappings())

    def ever_of(self, citizen_id: str) -> Sequence[str]:
        """The clients of live and of withdrawn consents."""
        query = select(consents.c.client_id).where(consents.c.citizen_id == citizen_id).order_by(consents.c.client_id)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())

    def give(self, citizen_id: str, client_id: str, scopes: frozenset[str], *, now: float) -> None:
        """Agree to ``scopes`` besides those agreed to before; what was withdrawn does not come back with them."""
        self._add(citizen_id, client_id, agreed=scopes, implied=frozenset(), now=now)

    def note_implied(self, citizen_id: str, client_id: str, scopes: frozenset[str], *, now: float) -> None:
        """Keep that ``scopes`` were released without asking; what was agreed to stays as it is."""
        self._add(citizen_id, client_id, agreed=frozenset(), implied=scopes, now=now)

    def _add(
        self, citizen_id: str, client_id: str, *, agreed: frozenset[str], implied: frozenset[str], now: float
    ) -> None:
        this = (consents.c.citizen_id == citizen_id, consents.c.client_id == client_id)
        new = {
            "citizen_id": citizen_id,
            "client_id": client_id,
            "scopes": _stored(agreed),
            "implied_scopes": _stored(implied),
            "granted_at": now,
            "withdrawn_at": None,
        }
        with writing(self._engine) as connection:
            if insert_unless_there(connection, consents, new, "citizen_id,client_id"):
                return
            before = connection.execute(select(consents).where(*this).with_for_update()).mappings().one()
            kept = _consent(before)  # a withdrawn one has no scopes left
            new = {
                "scopes": _stored(agreed | kept.scopes),
                "implied_scopes": _stored(implied | kept.implied),
                "granted_at": now if agreed or before[consents.c.withdrawn_at] is not None else kept.granted_at,
                "withdrawn_at": None,
            }
            connection.execute(update(consents).where(*this).values(new))

    def withdraw(self, citizen_id: str, client_id: str, *, now: float) -> bool:
        """End it; False when there was none."""
        live = (consents.c.citizen_id == citizen_id, consents.c.client_id == client_id, _LIVE)
        with writing(self._engine) as connection:
            ended = {"withdrawn_at": now, "scopes": "", "implied_scopes": ""}
            return connection.execute(update(consents).where(*live).values(ended)).rowcount == 1


def _stored(scopes: frozenset[str]) -> str:
    """As OAuth writes them: separated by spaces (RFC 6749 section 3.3)."""
    return " ".join(sorted(scopes))


def _consent(row: RowMapping) -> Consent:
    return Consent(
        client_id=row[consents.c.client_id],
        scopes=frozenset(row[consents.c.scopes].split()),
        granted_at=row[consents.c.granted_at],
        implied=frozenset(row[consents.c.implied_scopes].split()),
    )
