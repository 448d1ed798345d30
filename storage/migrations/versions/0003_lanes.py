"""Lanes that rest, break and end: pace for each endpoint, circuit breaker, and when a sender was given up."""

import sqlalchemy as sa
from alembic import op

from storage import columns

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lane", sa.Column("per_endpoint", sa.Float(), nullable=False, server_default="0"))
    op.add_column("lane", sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("lane", sa.Column("broken_since", columns.UtcDateTime(), nullable=True))
    op.add_column("lane", sa.Column("broken_reason", sa.String(length=64), nullable=True))
    op.add_column("lane", sa.Column("probe_seconds", sa.Float(), nullable=True))
    op.add_column("lane", sa.Column("retired_at", columns.UtcDateTime(), nullable=True))


def downgrade() -> None:
    for name in ("retired_at", "probe_seconds", "broken_reason", "broken_since", "faults", "per_endpoint"):
        op.drop_column("lane", name)
