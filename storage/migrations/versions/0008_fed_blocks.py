"""Stretches of a feed's last file are known again by a digest, and not looked at row by row."""

import sqlalchemy as sa
from alembic import op

from storage.columns import ID

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fed_block",
        sa.Column("id", ID, nullable=False),
        sa.Column("feed", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fed_block")),
        sa.UniqueConstraint("feed", "digest", name=op.f("uq_fed_block_feed_digest")),
    )


def downgrade() -> None:
    op.drop_table("fed_block")
