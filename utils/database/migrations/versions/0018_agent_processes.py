"""The agent processes of all machines, as they say themselves; a run knows the trace that it belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("runs", sa.Column("traceparent", sa.String(55)))
    op.create_table(
        "agent_processes",
        sa.Column("owner", sa.String(200), primary_key=True),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("agent_processes")
    op.drop_column("runs", "traceparent")
