"""What makes runs look stuck, how long steps are usually silent, and which sessions have moved of late."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_OPEN = sa.text("over_at IS NULL")
_LIVE = sa.text("deleted_at IS NULL")
# Lists show what is found, and that it is over: as other changes of lists, they are counted (see 0006).
_COUNTED = ("INSERT", ""), ("UPDATE", " OF over_at, dismissed_at")
_TEAM = "(SELECT team_key FROM sessions WHERE key = NEW.session_key)"


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("session_key", _KEY, sa.ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("activity_id", sa.String(200)),
        sa.Column("agent_name", sa.String(200)),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.Column("over_at", sa.BigInteger),
        sa.Column("dismissed_at", sa.BigInteger),
        sa.Column("dismissed_by", _KEY, sa.ForeignKey("users.key", ondelete="SET NULL")),
        sqlite_autoincrement=True,
    )
    op.create_index("findings_of_run", "findings", ["session_key", "run_id", "code", "key"])
    op.create_index("findings_by_dismisser", "findings", ["dismissed_by"])
    op.create_index(
        "findings_open", "findings", ["session_key", "run_id", "code"], unique=True,
        sqlite_where=_OPEN, postgresql_where=_OPEN,
    )  # fmt: skip
    op.create_table(
        "usual_silences",
        sa.Column("team_key", _KEY, sa.ForeignKey("teams.key", ondelete="CASCADE"), nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("team_key", "what"),
    )
    op.create_index("sessions_moved", "sessions", ["updated_at"], sqlite_where=_LIVE, postgresql_where=_LIVE)
    for write, columns in _COUNTED:
        for statement in _counting(op.get_bind().dialect.name, write, columns):
            op.execute(statement)


def downgrade() -> None:
    op.drop_index("sessions_moved", "sessions")
    op.drop_table("usual_silences")
    op.drop_table("findings")  # with its triggers
    if op.get_bind().dialect.name == "postgresql":
        for write, _ in _COUNTED:
            op.execute(f"DROP FUNCTION findings_{write.lower()}_counts()")


def _counting(dialect: str, write: str, columns: str) -> tuple[str, ...]:
    name = f"findings_{write.lower()}_counts"
    count = f"""INSERT INTO team_changes (team_key, count) SELECT key, 1 FROM teams WHERE key = {_TEAM}
        ON CONFLICT (team_key) DO UPDATE SET count = team_changes.count + 1"""  # noqa: S608
    if dialect == "sqlite":
        return (f"CREATE TRIGGER {name} AFTER {write}{columns} ON findings BEGIN {count}; END",)
    once = " WHERE team_changes.xmin <> pg_current_xact_id()::xid"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {count}{once}; RETURN NULL; END $$",
        f"CREATE CONSTRAINT TRIGGER {name} AFTER {write}{columns} ON findings "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
