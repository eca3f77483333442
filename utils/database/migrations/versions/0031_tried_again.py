"""Runs that were asked in the place of another one."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    op.add_column("runs", sa.Column("retry_of", sa.String(80)))


def downgrade() -> None:
    op.drop_column("runs", "retry_of")
