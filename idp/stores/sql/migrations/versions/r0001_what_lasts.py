"""Citizens, credentials, evidence, consents, the audit log and the vault's wrapped keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "citizens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("disabled_at", sa.Double()),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("elder_mode", sa.Boolean(), nullable=False),
        sa.Column("subject_secret", sa.LargeBinary(), nullable=False),
        sa.Column("mobile", sa.LargeBinary()),
        sa.Column("mobile_fingerprint", sa.LargeBinary()),
        sa.Column("login_name", sa.LargeBinary()),
        sa.Column("login_name_fingerprint", sa.LargeBinary()),
        sa.Column("name", sa.LargeBinary()),
        sa.Column("id_number", sa.LargeBinary()),
        sa.Column("person_key", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_citizens"),
        sa.UniqueConstraint("mobile_fingerprint", name="uq_citizens_mobile_fingerprint"),
        sa.UniqueConstraint("login_name_fingerprint", name="uq_citizens_login_name_fingerprint"),
        sa.UniqueConstraint("person_key", name="uq_citizens_person_key"),
    )
    op.create_table(
        "credentials",
        sa.Column("citizen_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.LargeBinary(), nullable=False),
        sa.Column("password_set_at", sa.Double(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_set_at", sa.Double()),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", name="pk_credentials"),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name="fk_credentials_citizen_id"),
    )
    op.create_table(
        "evidence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("citizen_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("check_method", sa.Text(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("txn", sa.LargeBinary(), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double()),
        sa.Column("revoked_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_evidence"),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name="fk_evidence_citizen_id"),
    )
    op.create_index("ix_evidence_citizen_id", "evidence", ["citizen_id"])
    op.create_table(
        "consents",
        sa.Column("citizen_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("implied_scopes", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.Double(), nullable=False),
        sa.Column("withdrawn_at", sa.Double()),
        sa.PrimaryKeyConstraint("citizen_id", "client_id", name="pk_consents"),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name="fk_consents_citizen_id"),
    )
    op.create_table(
        "audit_events",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("citizen_id", sa.Text()),
        sa.Column("client_id", sa.Text()),
        sa.Column("request_id", sa.Text()),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_events"),
        sa.UniqueConstraint("event_id", name="uq_audit_events_event_id"),
    )
    op.create_index("ix_audit_events_citizen_id", "audit_events", ["citizen_id", "number"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    # The row that appends lock; an empty log has nothing to seal.
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": b"", "seal": b""}])
    op.create_table(
        "vault_keys",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("first_of", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_vault_keys"),
        sa.UniqueConstraint("key_id", name="uq_vault_keys_key_id"),
        sa.UniqueConstraint("first_of", name="uq_vault_keys_first_of"),
    )


def downgrade() -> None:
    for table in ("vault_keys", "audit_head", "audit_events", "consents", "evidence", "credentials", "citizens"):
        op.drop_table(table)
