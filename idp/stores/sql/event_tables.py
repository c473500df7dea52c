"""The tables of what relying parties are told, and of how each wants it."""

from typing import Final

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, Table, Text

from idp.stores.sql.schema import metadata

security_events: Final = Table(
    "security_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("citizen_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("sub", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try_at", Double),
    Column("delivered_at", Double),
    Index("ix_security_events_next_try_at", "next_try_at"),
)

event_streams: Final = Table(
    "event_streams",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("uri", Text),
    Column("bearer", LargeBinary),
    Column("bearer_ref", Text),
    Column("events", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("changed_at", Double, nullable=False),
)
