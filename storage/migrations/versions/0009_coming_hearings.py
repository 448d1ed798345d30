"""The coming hearings of a feed are walked through in an index alone, without a look at their rows."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COLUMNS = ["court_id", "starts_at", "id", "feed", "status", "case_id"]


def upgrade() -> None:
    op.create_index("ix_hearing_court_id_starts_at_id", "hearing", COLUMNS, unique=False)
    op.drop_index("ix_hearing_court_id_starts_at", table_name="hearing")


def downgrade() -> None:
    op.create_index("ix_hearing_court_id_starts_at", "hearing", COLUMNS[:2], unique=False)
    op.drop_index("ix_hearing_court_id_starts_at_id", table_name="hearing")
