"""What is sent again counts once: the refresh token that was exchanged last, and answers that are kept for a day."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("spent_refresh_id", sa.String(80)))
    op.create_table(
        "kept_answers",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("session_key", _Key, sa.ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("kept_answers_by_session", "kept_answers", ["session_key"])
    op.create_index("kept_answers_by_age", "kept_answers", ["created_at"])


def downgrade() -> None:
    op.drop_table("kept_answers")
    op.drop_column("sign_ins", "spent_refresh_id")
