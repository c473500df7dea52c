"""Claims on a number, disputes, merges, guardians, linked accounts, and what relying parties are to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _citizen(name: str, table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column(name, sa.Text(), nullable=False),
        sa.ForeignKeyConstraint([name], ["citizens.id"], name=f"fk_{table}_{name}"),
    )


def upgrade() -> None:
    op.execute("ALTER TABLE evidence RENAME COLUMN check_method TO check_methods")
    op.add_column("evidence", sa.Column("suspended_at", sa.Double()))
    for column in ("expires_at", "revoked_at", "suspended_at"):
        op.create_index(f"ix_evidence_{column}", "evidence", [column])
    op.add_column("citizens", sa.Column("merged_into", sa.Text()))
    op.create_table(
        "contra_indicators",
        sa.Column("id", sa.Text(), nullable=False),
        *_citizen("citizen_id", "contra_indicators"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contra_indicators"),
    )
    op.create_index("ix_contra_indicators_citizen_id", "contra_indicators", ["citizen_id"])
    op.create_table(
        "person_claims",
        *_citizen("citizen_id", "person_claims"),
        sa.Column("person_key", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("disputed_at", sa.Double()),
        sa.PrimaryKeyConstraint("citizen_id", name="pk_person_claims"),
    )
    op.create_index("ix_person_claims_person_key", "person_claims", ["person_key"])
    op.create_table(
        "merges",
        sa.Column("id", sa.Text(), nullable=False),
        *_citizen("kept_id", "merges"),
        *_citizen("joined_id", "merges"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("undo_until", sa.Double(), nullable=False),
        sa.Column("undone_at", sa.Double()),
        sa.Column("moved", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("ix_merges_kept_id", "merges", ["kept_id"])
    op.create_index("ix_merges_joined_id", "merges", ["joined_id"])
    op.create_table(
        "subject_aliases",
        *_citizen("citizen_id", "subject_aliases"),
        sa.Column("sector", sa.Text(), nullable=False),
        *_citizen("joined_id", "subject_aliases"),
        sa.Column("leading", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("citizen_id", "sector", "joined_id", name="pk_subject_aliases"),
    )
    op.create_table(
        "guardians",
        *_citizen("minor_id", "guardians"),
        *_citizen("guardian_id", "guardians"),
        sa.Column("agreed_at", sa.Double(), nullable=False),
        sa.Column("withdrawn_at", sa.Double()),
        sa.PrimaryKeyConstraint("minor_id", "guardian_id", name="pk_guardians"),
    )
    op.create_table(
        "account_links",
        sa.Column("id", sa.Text(), nullable=False),
        *_citizen("citizen_id", "account_links"),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", sa.Double(), nullable=False),
        sa.Column("last_used_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_account_links"),
        sa.UniqueConstraint("fingerprint", name="uq_account_links_fingerprint"),
    )
    op.create_index("ix_account_links_citizen_id", "account_links", ["citizen_id"])
    op.create_table(
        "security_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("citizen_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.Double()),
        sa.Column("delivered_at", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_security_events"),
    )
    op.create_index("ix_security_events_next_try_at", "security_events", ["next_try_at"])


def downgrade() -> None:
    for table in (
        "security_events",
        "account_links",
        "guardians",
        "subject_aliases",
        "merges",
        "person_claims",
        "contra_indicators",
    ):
        op.drop_table(table)
    op.drop_column("citizens", "merged_into")
    for column in ("expires_at", "revoked_at", "suspended_at"):
        op.drop_index(f"ix_evidence_{column}", "evidence")
    op.drop_column("evidence", "suspended_at")
    op.execute("ALTER TABLE evidence RENAME COLUMN check_methods TO check_method")
