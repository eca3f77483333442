"""Runs that begin again from a step of another one."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("runs", sa.Column("from_step", sa.Text))


def downgrade() -> None:
    op.drop_column("runs", "from_step")
