"""Guardians' agreements: one row for a child and a guardian."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Engine, select, update

from idp.domain.ports import Guardianship
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.tables import guardians


class SqlGuardianships:
    """:class:`idp.domain.ports.Guardianships` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def agree(self, guardianship: Guardianship) -> None:
        """Keep an agreement, also one that was withdrawn before."""
        new = {
            "minor_id": guardianship.minor_id,
            "guardian_id": guardianship.guardian_id,
            "agreed_at": guardianship.agreed_at,
            "withdrawn_at": None,
        }
        with writing(self._engine) as connection:
            if not insert_unless_there(connection, guardians, new, "minor_id,guardian_id"):
                again = (*_pair(guardianship.minor_id, guardianship.guardian_id), guardians.c.withdrawn_at.is_not(None))
                connection.execute(update(guardians).where(*again).values(new))

    def withdraw(self, minor_id: str, guardian_id: str, *, now: float) -> bool:
        """End it. False when there was none."""
        live = (*_pair(minor_id, guardian_id), guardians.c.withdrawn_at.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(update(guardians).where(*live).values(withdrawn_at=now)).rowcount == 1

    def of_minor(self, minor_id: str) -> Sequence[Guardianship]:
        """Who agreed for this child, oldest first."""
        return self._live(guardians.c.minor_id == minor_id)

    def of_guardian(self, guardian_id: str) -> Sequence[Guardianship]:
        """The children this citizen agreed for, oldest first."""
        return self._live(guardians.c.guardian_id == guardian_id)

    def _live(self, condition: ColumnElement[bool]) -> Sequence[Guardianship]:
        query = select(guardians).where(condition, guardians.c.withdrawn_at.is_(None)).order_by(guardians.c.agreed_at)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings()
            return tuple(Guardianship(row["minor_id"], row["guardian_id"], row["agreed_at"]) for row in rows)


def _pair(minor_id: str, guardian_id: str) -> tuple[ColumnElement[bool], ...]:
    return (guardians.c.minor_id == minor_id, guardians.c.guardian_id == guardian_id)
