"""Appends have a number, by which one whose connection broke can be asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("events", sa.Column("append_id", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("events", "append_id")
