"""Keeping and forgetting: legal holds, and what stays of a text that was removed."""

import sqlalchemy as sa
from alembic import op

from storage import columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("held_at", columns.UtcDateTime(), nullable=True))
    op.add_column("endpoint", sa.Column("forgotten_at", columns.UtcDateTime(), nullable=True))
    op.add_column("delivery", sa.Column("redacted_at", columns.UtcDateTime(), nullable=True))
    op.add_column("delivery", sa.Column("text_digest", sa.LargeBinary(), nullable=True))
    op.add_column("inbound", sa.Column("redacted_at", columns.UtcDateTime(), nullable=True))
    op.add_column("inbound", sa.Column("payload_digest", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("inbound", "payload_digest")
    op.drop_column("inbound", "redacted_at")
    op.drop_column("delivery", "text_digest")
    op.drop_column("delivery", "redacted_at")
    op.drop_column("endpoint", "forgotten_at")
    op.drop_column("case", "held_at")
