"""What people say to the agents of runs at work."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_QUEUED = sa.text("delivery = 'queued'")


def upgrade() -> None:
    op.create_table(
        "run_messages",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("session_key", _KEY, sa.ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False),
        sa.Column("run_key", _KEY, sa.ForeignKey("runs.key", ondelete="CASCADE"), nullable=False),
        sa.Column("message_key", _KEY, sa.ForeignKey("messages.key", ondelete="CASCADE"), nullable=False),
        sa.Column("author_key", _KEY, sa.ForeignKey("users.key", ondelete="SET NULL")),
        sa.Column("delivery", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("run_messages_of_session", "run_messages", ["session_key", "id"], unique=True)
    op.create_index("run_messages_by_run", "run_messages", ["run_key", "key"])
    op.create_index("run_messages_by_message", "run_messages", ["message_key"])
    op.create_index("run_messages_by_author", "run_messages", ["author_key"])
    op.create_index(
        "run_messages_queued",
        "run_messages",
        ["session_key", "key"],
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    )


def downgrade() -> None:
    op.drop_table("run_messages")
    # The version before takes what is no step for a question or an answer.
    op.execute("DELETE FROM messages WHERE role = 'told'")
