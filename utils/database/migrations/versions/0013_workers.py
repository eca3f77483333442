"""Workers outside: who asks for the runs of an agent, and how much was told of a run."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("runs", sa.Column("told", sa.BigInteger, nullable=False, server_default="0"))
    op.create_table(
        "workers",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("agent_key", _Key, sa.ForeignKey("agents.key", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("workers_of_agent", "workers", ["agent_key", "name"], unique=True)


def downgrade() -> None:
    op.drop_table("workers")
    op.drop_column("runs", "told")
