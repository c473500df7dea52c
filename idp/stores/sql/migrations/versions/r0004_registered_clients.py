"""Relying parties that were registered here rather than in clients.yaml, and the tokens that let some register."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "initial_tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("contact", sa.LargeBinary(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double()),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_initial_tokens"),
        sa.UniqueConstraint("digest", name="uq_initial_tokens_digest"),
    )
    op.create_table(
        "registered_clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("folded_id", sa.Text(), nullable=False),
        sa.Column("metadata", sa.LargeBinary(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary()),
        sa.Column("initial_token_id", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("disabled_at", sa.Double()),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["initial_token_id"], ["initial_tokens.id"], name="fk_registered_clients_initial_token_id"
        ),
        sa.PrimaryKeyConstraint("client_id", name="pk_registered_clients"),
        sa.UniqueConstraint("folded_id", name="uq_registered_clients_folded_id"),
    )
    # One row: by its number every worker sees that something about the clients has changed.
    op.create_table(
        "client_changes",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_client_changes"),
    )


def downgrade() -> None:
    op.drop_table("client_changes")
    op.drop_table("registered_clients")
    op.drop_table("initial_tokens")
