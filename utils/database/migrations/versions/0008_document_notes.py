"""What of a document could not be read."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("documents", sa.Column("notes", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("documents", "notes")
