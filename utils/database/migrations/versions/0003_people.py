"""Teams, users and what gives access: invitations, sign-ins, keys, spectator links; audit trail and error log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key() -> sa.Column[int]:
    return sa.Column("key", _Key, primary_key=True)


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(80), nullable=False, unique=True)


def _secret() -> sa.Column[str]:
    return sa.Column("secret", sa.String(64), nullable=False, unique=True)


def _moment(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _of(table: str, name: str, nullable: bool = False) -> sa.Column[int]:
    ends = "SET NULL" if name.endswith("_by") else "CASCADE"
    return sa.Column(name, _Key, sa.ForeignKey(f"{table}.key", ondelete=ends), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "teams",
        _key(),
        _id(),
        sa.Column("name", sa.String(200), nullable=False),
        _moment("created_at"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        _key(),
        _id(),
        _of("teams", "team_key"),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        _moment("created_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("users_email", "users", ["email", "team_key"], unique=True)
    op.create_index("users_by_team", "users", ["team_key", "key"])
    op.create_table(
        "invitations",
        _key(),
        _id(),
        _of("teams", "team_key", nullable=True),
        sa.Column("role", sa.String(16), nullable=False),
        _secret(),
        _of("users", "invited_by", nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("invitations_by_team", "invitations", ["team_key", "key"])
    op.create_table(
        "sign_ins",
        _key(),
        _id(),
        _of("users", "user_key"),
        sa.Column("refresh_id", sa.String(80), nullable=False),
        sa.Column("browser", sa.String(200), nullable=False),
        _moment("created_at"),
        _moment("refreshed_at"),
        _moment("expires_at"),
        _moment("ended_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("sign_ins_by_user", "sign_ins", ["user_key", "key"])
    op.create_index("sign_ins_by_expiry", "sign_ins", ["expires_at"])
    op.create_table(
        "sign_in_attempts",
        _key(),
        sa.Column("subject", sa.String(80), nullable=False),
        _moment("at"),
        sqlite_autoincrement=True,
    )
    op.create_index("sign_in_attempts_by_subject", "sign_in_attempts", ["subject", "at"])
    op.create_table(
        "api_keys",
        _key(),
        _id(),
        _of("users", "user_key"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("scopes", sa.String(80), nullable=False),
        _secret(),
        sa.Column("hint", sa.String(16), nullable=False),
        _moment("created_at"),
        _moment("last_used_at", nullable=True),
        _moment("revoked_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("api_keys_by_user", "api_keys", ["user_key", "key"])
    op.create_table(
        "spectator_links",
        _key(),
        _id(),
        _of("sessions", "session_key"),
        _secret(),
        sa.Column("hides_tool_data", sa.Boolean, nullable=False),
        _of("users", "made_by", nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("spectator_links_by_session", "spectator_links", ["session_key", "key"])
    op.create_table(
        "audit",
        _key(),
        _of("teams", "team_key"),
        _moment("at"),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("actor", sa.String(300), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("address", sa.String(80)),
        sa.Column("request_id", sa.String(80)),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_by_team", "audit", ["team_key", "key"])
    op.create_table(
        "errors",
        _key(),
        _moment("at"),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        _of("teams", "team_key", nullable=True),
        sa.Column("user_id", sa.String(80)),
        sa.Column("session_id", sa.String(160)),
        sa.Column("run_id", sa.Text),
        sa.Column("request_id", sa.String(80)),
        sqlite_autoincrement=True,
    )
    op.create_index("errors_by_team", "errors", ["team_key", "key"])
    op.create_table(
        "secret_check",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text, nullable=False),
    )
    op.add_column("sessions", sa.Column("team_key", sa.BigInteger))
    op.add_column("sessions", sa.Column("owner_key", sa.BigInteger))
    op.add_column("sessions", sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.true()))
    op.create_index("sessions_by_team", "sessions", ["team_key"])


def downgrade() -> None:
    op.drop_index("sessions_by_team", "sessions")
    for column in ("shared", "owner_key", "team_key"):
        op.drop_column("sessions", column)
    people = ("api_keys", "sign_ins", "invitations", "users", "teams")
    for table in ("secret_check", "errors", "audit", "spectator_links", "sign_in_attempts", *people):
        op.drop_table(table)
