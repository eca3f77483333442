"""Second factors of accounts, and teams that require them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("teams", sa.Column("second_factor_required", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "second_factors",
        sa.Column("user_key", _KEY, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("last_step", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("wrong", sa.Integer, nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["user_key"], ["users.key"], ondelete="CASCADE"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("user_key", _KEY, nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["user_key"], ["users.key"], ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("recovery_codes_by_user", "recovery_codes", ["user_key", "secret"], unique=True)
    op.create_table(
        "used_tokens",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("used_tokens_by_expiry", "used_tokens", ["expires_at"])


def downgrade() -> None:
    for table in ("used_tokens", "recovery_codes", "second_factors"):
        op.drop_table(table)
    op.drop_column("teams", "second_factor_required")
