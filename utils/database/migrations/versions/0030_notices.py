"""What people are told of, and how: by push, by mail, in a chat, to a web hook."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_WAITING = sa.text("status = 'waiting'")
_KEPT = sa.text("status <> 'waiting'")


def _owner(name: str, table: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _KEY, sa.ForeignKey(f"{table}.key", ondelete="CASCADE"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "noted",
        sa.Column("key", _KEY, primary_key=True),
        _owner("session_key", "sessions"),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("noted_by_session", "noted", ["session_key"])
    op.create_table(
        "notice_preferences",
        sa.Column(
            "user_key", _KEY, sa.ForeignKey("users.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("quiet_from", sa.SmallInteger),
        sa.Column("quiet_until", sa.SmallInteger),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("urgent_passes", sa.Boolean, nullable=False),
        sa.Column("digest", sa.String(8), nullable=False),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _owner("user_key", "users"),
        sa.Column("endpoint_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("browser", sa.String(200), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("push_subscriptions_by_user", "push_subscriptions", ["user_key"])
    op.create_table(
        "push_keys",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.Text, nullable=False),
    )
    op.create_table(
        "notice_rules",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _owner("team_key", "teams"),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kinds", sa.Text, nullable=False),
        sa.Column("agent_id", sa.String(80)),
        sa.Column("place", sa.String(255), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("disabled_reason", sa.Text),
        sa.Column("left_out", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("notice_rules_by_team", "notice_rules", ["team_key", "key"])
    op.create_table(
        "notices",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("target", sa.String(40), nullable=False),
        _owner("rule_key", "notice_rules", nullable=True),
        _owner("user_key", "users", nullable=True),
        _owner("subscription_key", "push_subscriptions", nullable=True),
        _owner("session_key", "sessions", nullable=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("seq", sa.BigInteger),
        sa.Column("thing", sa.String(255), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("message_id", sa.String(80)),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("answer_status", sa.Integer),
        sa.Column("answer", sa.Text),
        sa.Column("took_ms", sa.Integer),
        sa.Column("error", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "notices_once", "notices", ["target", "thing"], unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index("notices_due", "notices", ["due_at", "key"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index("notices_over", "notices", ["target", "ended_at"], sqlite_where=_KEPT, postgresql_where=_KEPT)
    for name in ("rule", "user", "subscription", "session"):
        op.create_index(f"notices_by_{name}", "notices", [f"{name}_key", "key"])


def downgrade() -> None:
    for table in ("notices", "notice_rules", "push_keys", "push_subscriptions", "notice_preferences", "noted"):
        op.drop_table(table)
