"""Runs that wait for a system outside: what they keep, when they wake, and the calls that arrive for them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("runs", sa.Column("state", sa.Text))
    op.add_column("runs", sa.Column("metadata", sa.Text, nullable=False, server_default="{}"))
    op.add_column("runs", sa.Column("wake_at", sa.BigInteger))
    op.add_column("runs", sa.Column("outside", sa.Boolean, nullable=False, server_default=sa.false()))
    waiting = sa.text("status = 'waiting'")
    op.create_index("runs_waiting", "runs", ["wake_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.add_column("sessions", sa.Column("metadata", sa.Text, nullable=False, server_default="{}"))
    op.create_table(
        "hook_calls",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("run_key", _Key, sa.ForeignKey("runs.key", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("content_type", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("hook_calls_by_run", "hook_calls", ["run_key", "key"])
    op.create_index("hook_calls_once", "hook_calls", ["run_key", "name", "digest"], unique=True)


def downgrade() -> None:
    op.drop_table("hook_calls")
    op.drop_column("sessions", "metadata")
    op.drop_index("runs_waiting", "runs")
    for name in ("outside", "wake_at", "metadata", "state"):
        op.drop_column("runs", name)
    # The older version knows no run that waits: it is queued, for an agent process to go on with.
    op.execute("UPDATE runs SET status = 'queued' WHERE status = 'waiting'")
