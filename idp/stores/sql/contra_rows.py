"""Contra-indicators as rows: closed words and times, nothing sealed because nothing is personal."""

from sqlalchemy import Connection, insert, select

from idp.domain.channel import Reason
from idp.domain.contra import ContraIndicator
from idp.stores.sql.tables import contra_indicators as table


def keep(connection: Connection, contra: ContraIndicator) -> None:
    """Insert one."""
    connection.execute(
        insert(table).values(
            id=contra.id,
            citizen_id=contra.citizen_id,
            channel=contra.channel,
            source=contra.source,
            reason=str(contra.reason),
            at=contra.at,
        )
    )


def contra_of(connection: Connection, citizen_id: str) -> tuple[ContraIndicator, ...]:
    """Those of a citizen, newest first."""
    rows = connection.execute(
        select(table).where(table.c.citizen_id == citizen_id).order_by(table.c.at.desc(), table.c.id.desc())
    ).mappings()
    return tuple(
        ContraIndicator(row["id"], row["citizen_id"], row["channel"], row["source"], Reason(row["reason"]), row["at"])
        for row in rows
    )
