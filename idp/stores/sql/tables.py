"""The tables, as data. The migrations build the same ones; a test compares them on both databases.

``*_fingerprint`` columns hold keyed digests by which sealed values are found and kept unique.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

NAMING: Final = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}

metadata: Final = MetaData(naming_convention=NAMING)

citizens: Final = Table(
    "citizens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Double, nullable=False),
    Column("disabled_at", Double),
    Column("locale", Text, nullable=False),
    Column("elder_mode", Boolean, nullable=False),
    Column("subject_secret", LargeBinary, nullable=False),
    Column("mobile", LargeBinary),
    Column("mobile_fingerprint", LargeBinary),
    Column("login_name", LargeBinary),
    Column("login_name_fingerprint", LargeBinary),
    Column("name", LargeBinary),
    Column("id_number", LargeBinary),
    Column("person_key", LargeBinary),
    UniqueConstraint("mobile_fingerprint"),
    UniqueConstraint("login_name_fingerprint"),
    UniqueConstraint("person_key"),
)

credentials: Final = Table(
    "credentials",
    metadata,
    Column("citizen_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("password_hash", LargeBinary, nullable=False),
    Column("password_set_at", Double, nullable=False),
    Column("totp_secret", LargeBinary),
    Column("totp_set_at", Double),
    Column("totp_step", BigInteger, nullable=False),
)

evidence: Final = Table(
    "evidence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("citizen_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("check_method", Text, nullable=False),
    Column("strength", Text, nullable=False),
    Column("txn", LargeBinary, nullable=False),
    Column("claims", LargeBinary, nullable=False),
    Column("verified_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Index("ix_evidence_citizen_id", "citizen_id"),
)

consents: Final = Table(
    "consents",
    metadata,
    Column("citizen_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("scopes", Text, nullable=False),
    Column("implied_scopes", Text, nullable=False),
    Column("granted_at", Double, nullable=False),
    Column("withdrawn_at", Double),
)

# No foreign keys: what happened stays written when its citizen or client is gone.
audit_events: Final = Table(
    "audit_events",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("citizen_id", Text),
    Column("client_id", Text),
    Column("request_id", Text),
    Column("detail", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("event_id"),
    Index("ix_audit_events_citizen_id", "citizen_id", "number"),
)

# One row: where the chain ends, so that its last rows cannot be taken away unseen.
audit_head: Final = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("seal", LargeBinary, nullable=False),
)

vault_keys: Final = Table(
    "vault_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    # The purpose, in its first key alone: of two workers that make the first key, one wins.
    Column("first_of", Text),
    Column("created_at", Double, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    UniqueConstraint("key_id"),
    UniqueConstraint("first_of"),
)
