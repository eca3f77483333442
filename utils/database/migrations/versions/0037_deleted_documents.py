"""When a document of a session was deleted: runs of before keep no state that may hold what it said."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("document_deleted_at", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("sessions", "document_deleted_at")
