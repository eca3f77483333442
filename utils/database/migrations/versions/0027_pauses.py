"""Runs, agents and teams that somebody has paused."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("runs", sa.Column("paused_at", sa.BigInteger))
    op.add_column("runs", sa.Column("paused_by", sa.BigInteger))
    op.add_column("runs", sa.Column("paused_with", sa.String(8)))
    op.create_table(
        "pauses",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("team_key", _KEY, sa.ForeignKey("teams.key", ondelete="CASCADE"), nullable=False),
        sa.Column("agent_key", _KEY, sa.ForeignKey("agents.key", ondelete="CASCADE")),
        sa.Column("by_key", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("pauses_of_agents", "pauses", ["agent_key"], unique=True)
    whole = sa.text("agent_key IS NULL")
    op.create_index("pauses_of_teams", "pauses", ["team_key"], unique=True, sqlite_where=whole, postgresql_where=whole)


def downgrade() -> None:
    """What is paused goes on: an older version knows no pause, and would leave it for ever."""
    op.execute("UPDATE runs SET wake_at = 0 WHERE status = 'waiting' AND paused_at IS NOT NULL")
    op.drop_table("pauses")
    for name in ("paused_with", "paused_by", "paused_at"):
        op.drop_column("runs", name)
