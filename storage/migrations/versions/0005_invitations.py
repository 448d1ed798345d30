"""Invitations by endpoint: whoever writes may be answering one, however many notices there are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INVITATION = sa.text("kind = 'invitation'")


def upgrade() -> None:
    op.create_index(
        "ix_notice_invitation", "notice", ["endpoint_id"], sqlite_where=INVITATION, postgresql_where=INVITATION
    )


def downgrade() -> None:
    op.drop_index("ix_notice_invitation", "notice")
