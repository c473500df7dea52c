"""Which accounts' evidence ran out in a span of time."""

from collections.abc import Sequence

from sqlalchemy import Engine, select

from idp.stores.sql.engine import reading
from idp.stores.sql.tables import evidence


class SqlExpiries:
    """:class:`idp.domain.ports.Expiries` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def between(self, after: float, until: float) -> Sequence[tuple[str, float]]:
        """(citizen id, moment) of what ran out later than ``after`` and no later than ``until``, oldest first."""
        c = evidence.c
        query = (
            select(c.citizen_id, c.expires_at)
            .distinct()
            .where(c.expires_at > after, c.expires_at <= until, c.revoked_at.is_(None))
            .order_by(c.expires_at, c.citizen_id)
        )
        with reading(self._engine) as connection:
            return tuple((row.citizen_id, row.expires_at) for row in connection.execute(query))
