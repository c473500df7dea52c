"""The tables of relying parties that were registered here; beside those of :mod:`idp.stores.sql.tables`."""

from typing import Final

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from idp.stores.sql.schema import metadata

# Who may register relying parties, and within what bounds; of the token only its digest is kept.
initial_tokens: Final = Table(
    "initial_tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("contact", LargeBinary, nullable=False),
    Column("policy", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("revoked_at", Double),
    Column("uses_left", Integer, nullable=False),
    UniqueConstraint("digest"),
)

# Relying parties that stand in no file. ``folded_id``: what no second one may be called.
registered_clients: Final = Table(
    "registered_clients",
    metadata,
    Column("client_id", Text, primary_key=True),
    Column("folded_id", Text, nullable=False),
    Column("metadata", LargeBinary, nullable=False),
    Column("secrets", LargeBinary, nullable=False),
    Column("token_digest", LargeBinary),
    Column("initial_token_id", Text, ForeignKey("initial_tokens.id")),
    Column("created_at", Double, nullable=False),
    Column("disabled_at", Double),
    Column("version", BigInteger, nullable=False),
    UniqueConstraint("folded_id"),
)

# One row: by its number every worker sees that something about them has changed.
client_changes: Final = Table(
    "client_changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)
