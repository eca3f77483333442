"""Titles as a search compares them; for each team, how often what its lists show was changed by other than activity."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Columns of a session that lists show or sort out by, but for those that its log moves.
_LISTED = "title, archived, shared, priority, owner_key, agent_key, team_key, deleted_at"


def upgrade() -> None:
    op.create_table(
        "team_changes",
        sa.Column(
            "team_key", _Key, sa.ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("count", sa.BigInteger, nullable=False),
    )
    for statement in _UP[op.get_bind().dialect.name]:
        op.execute(statement)
    op.create_index("sessions_by_title", "sessions", ["team_key", "plain_title"])


def downgrade() -> None:
    op.drop_index("sessions_by_title", "sessions")
    for statement in _DOWN[op.get_bind().dialect.name]:
        op.execute(statement)
    op.drop_column("sessions", "plain_title")
    op.drop_table("team_changes")


# What is watched, which of its writes count, and whose team it is. ``{row}`` is NEW, or OLD of what is deleted.
_WATCHED = (
    ("sessions", "UPDATE", f" OF {_LISTED}", "{row}.team_key"),
    ("session_tags", "INSERT", "", "(SELECT team_key FROM sessions WHERE key = {row}.session_key)"),
    ("session_tags", "DELETE", "", "(SELECT team_key FROM sessions WHERE key = {row}.session_key)"),
    ("agents", "INSERT", "", "{row}.team_key"),
    ("agents", "UPDATE", "", "{row}.team_key"),
    ("agents", "DELETE", "", "{row}.team_key"),
    ("users", "UPDATE", " OF name, role, active", "{row}.team_key"),
    ("teams", "UPDATE", " OF name", "{row}.key"),
)
_COUNT = """INSERT INTO team_changes (team_key, count) SELECT key, 1 FROM teams WHERE key = {team}
        ON CONFLICT (team_key) DO UPDATE SET count = team_changes.count + 1"""
# Once is enough for a transaction, which may hand over thousands of sessions.
_UNCOUNTED = " WHERE team_changes.xmin <> pg_current_xact_id()::xid"


def _name(table: str, write: str) -> str:
    return f"{table}_{write.lower()}_counts"


def _count(write: str, team: str) -> str:
    return _COUNT.format(team=team.format(row="OLD" if write == "DELETE" else "NEW"))


# plain() is utils/database/plain_words.py's: SQLite's own lower() knows only ASCII.
_SQLITE_UP = (
    "ALTER TABLE sessions ADD COLUMN plain_title TEXT NOT NULL DEFAULT ''",
    "UPDATE sessions SET plain_title = plain(title)",
    """CREATE TRIGGER sessions_titled AFTER INSERT ON sessions BEGIN
        UPDATE sessions SET plain_title = plain(NEW.title) WHERE key = NEW.key;
    END""",
    """CREATE TRIGGER sessions_renamed AFTER UPDATE OF title ON sessions WHEN NEW.title <> OLD.title BEGIN
        UPDATE sessions SET plain_title = plain(NEW.title) WHERE key = NEW.key;
    END""",
    *(
        f"CREATE TRIGGER {_name(table, write)} AFTER {write}{columns} ON {table} BEGIN {_count(write, team)}; END"
        for table, write, columns, team in _WATCHED
    ),
)
_SQLITE_DOWN = (
    "DROP TRIGGER sessions_titled",
    "DROP TRIGGER sessions_renamed",
    *(f"DROP TRIGGER {_name(table, write)}" for table, write, _, _ in _WATCHED),
)
# Deferred: a team's row is locked last of all, at the commit, so that nobody who holds it waits for another row.
_POSTGRES_UP = (
    r"""ALTER TABLE sessions ADD COLUMN plain_title text NOT NULL GENERATED ALWAYS AS (
        lower(regexp_replace(normalize(title, NFD), '[\u0300-\u036F]', '', 'g'))) STORED""",
    *(
        statement
        for table, write, columns, team in _WATCHED
        for statement in (
            f"CREATE FUNCTION {_name(table, write)}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {_count(write, team)}{_UNCOUNTED}; RETURN NULL; END $$",
            f"CREATE CONSTRAINT TRIGGER {_name(table, write)} AFTER {write}{columns} ON {table} "
            f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {_name(table, write)}()",
        )
    ),
)
_POSTGRES_DOWN = tuple(
    statement
    for table, write, _, _ in _WATCHED
    for statement in (
        f"DROP TRIGGER {_name(table, write)} ON {table}",
        f"DROP FUNCTION {_name(table, write)}()",
    )
)
_UP = {"sqlite": _SQLITE_UP, "postgresql": _POSTGRES_UP}
_DOWN = {"sqlite": _SQLITE_DOWN, "postgresql": _POSTGRES_DOWN}
