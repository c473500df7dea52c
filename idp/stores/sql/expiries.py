"""Which accounts' evidence ran out in a span of time."""

from collections.abc import Sequence

from sqlalchemy import Engine, and_, or_, select

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

    def taken_back(self, after: float, until: float) -> Sequence[str]:
        """The citizens of whose evidence some was revoked or suspended in that span."""
        c = evidence.c
        spans = [and_(moment > after, moment <= until) for moment in (c.revoked_at, c.suspended_at)]
        query = select(c.citizen_id).distinct().where(or_(*spans)).order_by(c.citizen_id)
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())
