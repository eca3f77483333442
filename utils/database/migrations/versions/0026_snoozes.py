"""Approvals that somebody does not want to be asked now: until when, for each person."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "approval_snoozes",
        sa.Column(
            "approval_key", _KEY, sa.ForeignKey("approvals.key", ondelete="CASCADE"), primary_key=True,
            autoincrement=False,
        ),
        sa.Column(
            "user_key", _KEY, sa.ForeignKey("users.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("until", sa.BigInteger, nullable=False),
    )  # fmt: skip
    op.create_index("approval_snoozes_by_user", "approval_snoozes", ["user_key"])


def downgrade() -> None:
    op.drop_table("approval_snoozes")
