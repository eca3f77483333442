"""When the program of a reported run was heard last: one that is silent has its run ended."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("runs", sa.Column("seen_at", sa.BigInteger))
    op.add_column("runs", sa.Column("silent", sa.Boolean, nullable=False, server_default=sa.false()))
    # Counted from now on: a program that works on something long was not asked for a sign of life before.
    heard = sa.text("UPDATE runs SET seen_at = :now WHERE reported_id IS NOT NULL")
    op.get_bind().execute(heard, {"now": time.time_ns() // 1_000_000})


def downgrade() -> None:
    for name in ("silent", "seen_at"):
        op.drop_column("runs", name)
