"""Traces of programs that speak OpenTelemetry, and which of their spans have arrived."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "traces",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("user_key", _KEY, sa.ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
        sa.Column("trace_id", sa.String(32), nullable=False),
        sa.Column("session_key", _KEY, sa.ForeignKey("sessions.key", ondelete="CASCADE")),
        sa.Column("conversation", sa.String(64)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("traces_by_id", "traces", ["user_key", "trace_id"], unique=True)
    op.create_index("traces_by_session", "traces", ["session_key"])
    op.create_index("traces_by_conversation", "traces", ["user_key", "conversation"])
    op.create_index("traces_by_status", "traces", ["status", "seen_at"])
    op.create_table(
        "spans",
        sa.Column(
            "trace_key", _KEY, sa.ForeignKey("traces.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("span_id", sa.String(16), primary_key=True),
        sa.Column("parent_id", sa.String(16)),
        sa.Column("agent", sa.String(200)),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("step", sa.Text),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("spans")
    op.drop_table("traces")
