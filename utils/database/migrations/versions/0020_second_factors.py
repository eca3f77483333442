"""Second factors and passkeys of accounts, and teams that require them; mails that are to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

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
        "passkeys",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("user_key", _KEY, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger),
        sa.ForeignKeyConstraint(["user_key"], ["users.key"], ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("passkeys_by_user", "passkeys", ["user_key", "key"])
    op.create_table(
        "mails",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("team_key", _KEY, nullable=False),
        sa.Column("recipient", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("status", sa.String(16), nullable=False, server_default="waiting"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text),
        sa.ForeignKeyConstraint(["team_key"], ["teams.key"], ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("mails_by_team", "mails", ["team_key", "key"])
    op.create_index("mails_by_status", "mails", ["status", "due_at"])
    op.create_table(
        "password_requests",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in ("password_requests", "mails", "passkeys", "recovery_codes", "second_factors"):
        op.drop_table(table)
    op.drop_column("teams", "second_factor_required")
