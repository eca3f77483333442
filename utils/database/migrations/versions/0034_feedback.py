"""What people think of answers and steps: their judgements and comments."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _of(table: str, *, primary: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey(f"{table}.key", ondelete="CASCADE")
    name = "user_key" if table == "users" else f"{table.rstrip('s')}_key"
    if primary:
        return sa.Column(name, _KEY, key, primary_key=True, autoincrement=False)
    return sa.Column(name, _KEY, key, nullable=False)


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _of("teams"),
        _of("sessions"),
        sa.Column("run_id", sa.String(80), nullable=False),
        sa.Column("activity_id", sa.String(200), nullable=False),
        sa.Column("agent_name", sa.String(200), nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("feedback_once", "feedback", ["session_key", "run_id", "activity_id"], unique=True)
    op.create_index("feedback_in_order", "feedback", ["team_key", "changed_at", "key"])
    op.create_table(
        "judgements",
        _of("feedback", primary=True),
        _of("users", primary=True),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("judgements_by_user", "judgements", ["user_key"])
    op.create_table(
        "comments",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _of("feedback"),
        _of("users"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("comments_by_feedback", "comments", ["feedback_key", "key"])
    op.create_index("comments_by_user", "comments", ["user_key", "key"])
    op.add_column("team_changes", sa.Column("feedback", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("team_changes", "feedback")
    op.drop_table("comments")
    op.drop_table("judgements")
    op.drop_table("feedback")
