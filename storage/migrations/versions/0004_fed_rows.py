"""Cases remember the rows that a feed's file last had about them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("case", sa.Column("fed_rows", sa.LargeBinary(), nullable=True))
    op.add_column("case", sa.Column("fed_hearings", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "fed_hearings")
    op.drop_column("case", "fed_rows")
