"""Standings as rows: which organisation it is and the upstream's number are sealed, the rest is closed words and times.

They end with evidence of who the citizen is: :func:`idp.stores.sql.holds.revoke` deletes them in the same transaction.
"""

from collections.abc import Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, RowMapping, delete, or_, select

from idp.domain.evidence import CheckMethod
from idp.domain.organisations import Role, Standing
from idp.domain.ports import FieldCipher
from idp.stores.sql.engine import insert_unless_there, reading, writing
from idp.stores.sql.sealed_columns import open_text, seal_text
from idp.stores.sql.tables import citizens, standings

# How long the account page says that a proof ran out, in seconds.
REMEMBERED_SECONDS: Final = 30 * 86_400.0
_COLUMNS = standings.c


class SqlStandings:
    """:class:`idp.domain.ports.Standings` in SQL."""

    def __init__(self, engine: Engine, cipher: FieldCipher) -> None:
        self._engine = engine
        self._cipher = cipher

    def keep(self, standing: Standing) -> bool:
        """Keep it in place of an earlier one for the same organisation; False for an account without a number."""
        with writing(self._engine) as connection:
            held = select(citizens.c.person_key).where(citizens.c.id == standing.citizen_id).with_for_update()
            if connection.execute(held).scalar() is None:
                return False
            if insert_unless_there(connection, standings, self._row(standing), "id"):
                self._forget(connection, standing)
        return True

    def of(self, citizen_id: str) -> Sequence[Standing]:
        """A citizen's standings, newest first."""
        query = (
            select(standings)
            .where(_COLUMNS.citizen_id == citizen_id)
            .order_by(_COLUMNS.verified_at.desc(), _COLUMNS.id.desc())
        )
        with reading(self._engine) as connection:
            return tuple(self._standing(row) for row in connection.execute(query).mappings())

    def remove(self, citizen_id: str, standing_id: str) -> bool:
        """Take one of the citizen's away."""
        mine = (_COLUMNS.citizen_id == citizen_id, _COLUMNS.id == standing_id)
        with writing(self._engine) as connection:
            return connection.execute(delete(standings).where(*mine)).rowcount == 1

    def _forget(self, connection: Connection, newer: Standing) -> None:
        """Earlier proofs for the same organisation, and what ran out long ago."""
        others = select(standings).where(_COLUMNS.citizen_id == newer.citizen_id, _COLUMNS.id != newer.id)
        rows = connection.execute(others).mappings().all()
        same = [row["id"] for row in rows if self._standing(row).credit_code == newer.credit_code]
        old = _COLUMNS.expires_at < newer.verified_at - REMEMBERED_SECONDS
        mine = _COLUMNS.citizen_id == newer.citizen_id
        connection.execute(delete(standings).where(mine, or_(_COLUMNS.id.in_(same), old)))

    def _row(self, standing: Standing) -> dict[str, Any]:
        organisation = orjson.dumps([standing.organisation_name, standing.credit_code]).decode()
        return {
            "id": standing.id,
            "citizen_id": standing.citizen_id,
            "channel": standing.channel,
            "role": standing.role.value,
            "check_methods": " ".join(standing.check_methods),
            "organisation": seal_text(self._cipher, _COLUMNS.organisation, standing.id, organisation),
            "txn": seal_text(self._cipher, _COLUMNS.txn, standing.id, standing.txn),
            "verified_at": standing.verified_at,
            "expires_at": standing.expires_at,
        }

    def _standing(self, row: RowMapping) -> Standing:
        name, credit_code = orjson.loads(open_text(self._cipher, row, _COLUMNS.organisation, row["id"]))
        return Standing(
            id=row["id"],
            citizen_id=row["citizen_id"],
            organisation_name=name,
            credit_code=credit_code,
            role=Role(row["role"]),
            channel=row["channel"],
            check_methods=tuple(map(CheckMethod, row["check_methods"].split())),
            txn=open_text(self._cipher, row, _COLUMNS.txn, row["id"]),
            verified_at=row["verified_at"],
            expires_at=row["expires_at"],
        )
