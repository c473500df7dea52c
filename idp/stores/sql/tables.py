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
    Table,
    Text,
    UniqueConstraint,
)

from idp.stores.sql import client_tables, event_tables, schema  # noqa: F401  their tables are of the same metadata

metadata: Final = schema.metadata

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
    # No foreign key: SQLite would have to build the table anew to add one to rows that exist.
    Column("merged_into", Text),
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
    # Which row of face_templates is this citizen's, sealed: neither table alone says whose a face is.
    Column("face_ref", LargeBinary),
)

# That the face may be examined, by which text; a row stays when the consent is withdrawn.
face_consents: Final = Table(
    "face_consents",
    metadata,
    Column("citizen_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("given_at", Double, primary_key=True),
    Column("version", Text, nullable=False),
    Column("withdrawn_at", Double),
)

# What faces are recognised by, apart from everybody's identity: an id that stands nowhere else in the clear, and the
# day alone, for the audit log tells the second at which somebody set up a second factor.
face_templates: Final = Table(
    "face_templates",
    metadata,
    Column("id", Text, primary_key=True),
    Column("template", LargeBinary, nullable=False),
    Column("made_at", Double, nullable=False),
)

evidence: Final = Table(
    "evidence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("citizen_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("check_methods", Text, nullable=False),
    Column("strength", Text, nullable=False),
    Column("txn", LargeBinary, nullable=False),
    Column("claims", LargeBinary, nullable=False),
    Column("verified_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("suspended_at", Double),
    Index("ix_evidence_citizen_id", "citizen_id"),
    Index("ix_evidence_expires_at", "expires_at"),
    Index("ix_evidence_revoked_at", "revoked_at"),
    Index("ix_evidence_suspended_at", "suspended_at"),
)

# Somebody else's answer came back for this citizen: it weighs against evidence of the same source.
contra_indicators: Final = Table(
    "contra_indicators",
    metadata,
    Column("id", Text, primary_key=True),
    Column("citizen_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index("ix_contra_indicators_citizen_id", "citizen_id"),
)

# An account that proved a number which another account holds: it holds nothing, and is told from others by its claim.
person_claims: Final = Table(
    "person_claims",
    metadata,
    Column("citizen_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("person_key", LargeBinary, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("id_number", LargeBinary, nullable=False),
    Column("made_at", Double, nullable=False),
    Column("disputed_at", Double),
    Index("ix_person_claims_person_key", "person_key"),
)

# One person's second account joined to the first. ``moved`` and ``sectors`` are what an undo puts back (JSON).
merges: Final = Table(
    "merges",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kept_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("joined_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("at", Double, nullable=False),
    Column("undo_until", Double, nullable=False),
    Column("undone_at", Double),
    Column("moved", Text, nullable=False),
    Index("ix_merges_kept_id", "kept_id"),
    Index("ix_merges_joined_id", "joined_id"),
)

# Subject identifiers that a joined account had: ``leading`` is the one its sector goes on to receive.
subject_aliases: Final = Table(
    "subject_aliases",
    metadata,
    Column("citizen_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("sector", Text, primary_key=True),
    Column("joined_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("leading", Boolean, nullable=False),
)

guardians: Final = Table(
    "guardians",
    metadata,
    Column("minor_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("guardian_id", Text, ForeignKey("citizens.id"), primary_key=True),
    Column("agreed_at", Double, nullable=False),
    Column("withdrawn_at", Double),
)

# For which organisations a citizen may act. Which they are (name and credit code, JSON) is sealed: one never tells from
# a row that somebody stands for a known organisation.
standings: Final = Table(
    "standings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("citizen_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("check_methods", Text, nullable=False),
    Column("organisation", LargeBinary, nullable=False),
    Column("txn", LargeBinary, nullable=False),
    Column("verified_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("ix_standings_citizen_id", "citizen_id"),
)

# An upstream account by which its owner signs in: found by (channel, app, kind, subject), never by a name or number.
account_links: Final = Table(
    "account_links",
    metadata,
    Column("id", Text, primary_key=True),
    Column("citizen_id", Text, ForeignKey("citizens.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("linked_at", Double, nullable=False),
    Column("last_used_at", Double),
    UniqueConstraint("fingerprint"),
    Index("ix_account_links_citizen_id", "citizen_id"),
)

# What relying parties are to be told (security event tokens), until they have taken it or it is given up.
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
