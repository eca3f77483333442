"""What agents ask people, and what these decide."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("session_key", _KEY, sa.ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("activity_id", sa.String(200), nullable=False),
        sa.Column("parent_id", sa.String(200)),
        sa.Column("name", sa.String(200)),
        sa.Column("agent_name", sa.String(200), nullable=False),
        sa.Column("action", sa.String(200), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("context", sa.Text),
        sa.Column("choices", sa.Text, nullable=False),
        sa.Column("form", sa.Text),
        sa.Column("deciders", sa.Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("on_expiry", sa.String(80)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("choice", sa.String(80)),
        sa.Column("values", sa.Text),
        sa.Column("comment", sa.Text),
        sa.Column("decided_by", _KEY, sa.ForeignKey("users.key", ondelete="SET NULL")),
        sa.Column("via", sa.String(200)),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("approvals_of_session", "approvals", ["session_key", "activity_id"], unique=True)
    op.create_index("approvals_by_run", "approvals", ["session_key", "run_id"])
    op.create_index("approvals_by_decider", "approvals", ["decided_by"])
    for name, columns in (("approvals_open", ["session_key", "key"]), ("approvals_due", ["expires_at"])):
        op.create_index(name, "approvals", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("approvals")
