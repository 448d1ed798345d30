"""Cases remember the rows that a feed's file last had about them; notices that were never carried need no index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CARRIED = sa.text("delivery_id IS NOT NULL")


def upgrade() -> None:
    op.add_column("case", sa.Column("fed_rows", sa.LargeBinary(), nullable=True))
    op.add_column("case", sa.Column("fed_hearings", sa.Integer(), nullable=True))
    op.drop_index("ix_notice_delivery_id", "notice")
    op.create_index("ix_notice_delivery_id", "notice", ["delivery_id"], sqlite_where=CARRIED, postgresql_where=CARRIED)


def downgrade() -> None:
    op.drop_index("ix_notice_delivery_id", "notice")
    op.create_index("ix_notice_delivery_id", "notice", ["delivery_id"])
    op.drop_column("case", "fed_hearings")
    op.drop_column("case", "fed_rows")
