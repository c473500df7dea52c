"""Consents to examine a face, and the templates of those who sign in by theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "face_consents",
        sa.Column("citizen_id", sa.Text(), nullable=False),
        sa.Column("given_at", sa.Double(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Double()),
        sa.ForeignKeyConstraint(["citizen_id"], ["citizens.id"], name="fk_face_consents_citizen_id"),
        sa.PrimaryKeyConstraint("citizen_id", "given_at", name="pk_face_consents"),
    )
    op.create_table(
        "face_templates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_face_templates"),
    )
    op.add_column("credentials", sa.Column("face_ref", sa.LargeBinary()))


def downgrade() -> None:
    op.drop_column("credentials", "face_ref")
    op.drop_table("face_templates")
    op.drop_table("face_consents")
