"""How much a team may store and do, and what its programs and agents have done each day."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_TEAM = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "team_quotas",
        sa.Column("team_key", _TEAM, sa.ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True,
                  autoincrement=False),
        sa.Column("quota", sa.String(40), primary_key=True),
        sa.Column("at_most", sa.BigInteger, nullable=False),
    )  # fmt: skip
    op.create_table(
        "team_usage",
        sa.Column("team_key", _TEAM, sa.ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True,
                  autoincrement=False),
        sa.Column("what", sa.String(40), primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("team_usage")
    op.drop_table("team_quotas")
