"""Rules about calls of tools: which ask people, and which are refused."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "approval_rules",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("team_key", _KEY, sa.ForeignKey("teams.key", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("tool", sa.String(200), nullable=False),
        sa.Column("agent_id", sa.String(80)),
        sa.Column("agent_name", sa.String(200)),
        sa.Column("effect", sa.String(8), nullable=False),
        sa.Column("explanation", sa.Text),
        sa.Column("decides", sa.String(16), nullable=False),
        sa.Column("deciders", sa.Text, nullable=False),
        sa.Column("expires_in", sa.Integer),
        sa.Column("on_expiry", sa.String(8)),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("created_by", _KEY, sa.ForeignKey("users.key", ondelete="SET NULL")),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("approval_rules_by_team", "approval_rules", ["team_key", "position"])
    op.create_index("approval_rules_by_maker", "approval_rules", ["created_by"])


def downgrade() -> None:
    op.drop_table("approval_rules")
