"""A session whose deletion has begun is marked, and its id is free again; indexes that serve the list of sessions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_LIVE = "deleted_at IS NULL"
# As SQLAlchemy writes them: SQLite uses a partial index only for a query that has the very same condition.
_TRUE = {"sqlite": "{} = 1", "postgresql": "{}"}
_FALSE = {"sqlite": "{} = 0", "postgresql": "NOT {}"}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        _make_anew(sa.Column("id", sa.String(160), nullable=False), sa.Column("deleted_at", sa.BigInteger))
    else:
        op.drop_index("sessions_by_team", "sessions")
        op.drop_constraint("sessions_id_key", "sessions", type_="unique")
        op.add_column("sessions", sa.Column("deleted_at", sa.BigInteger))
    # What a process that was killed in the middle of a deletion has left. The id that it had is not known any more.
    op.execute("UPDATE sessions SET deleted_at = updated_at WHERE substr(id, 1, 8) = 'deleted/'")
    shared, own = (f"{_LIVE} AND {which[dialect].format('shared')}" for which in (_TRUE, _FALSE))
    for name, table, columns, condition in (
        ("sessions_id", "sessions", ["id"], _LIVE),
        ("sessions_shared", "sessions", ["team_key", "archived", "updated_at", "key"], shared),
        ("sessions_own", "sessions", ["owner_key", "archived", "updated_at", "key"], own),
        ("agents_built_in", "agents", ["team_key"], _TRUE[dialect].format("built_in")),
    ):
        where = sa.text(condition)
        op.create_index(name, table, columns, unique=columns == ["id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.execute("UPDATE sessions SET id = 'deleted/' || key, archived = true WHERE deleted_at IS NOT NULL")
    op.drop_index("agents_built_in", "agents")
    for name in ("sessions_own", "sessions_shared", "sessions_id"):
        op.drop_index(name, "sessions")
    if op.get_bind().dialect.name == "sqlite":
        _make_anew(sa.Column("id", sa.String(160), nullable=False, unique=True))
    else:
        op.drop_column("sessions", "deleted_at")
        op.create_unique_constraint("sessions_id_key", "sessions", ["id"])
    op.create_index("sessions_by_team", "sessions", ["team_key"])


def _make_anew(identity: sa.Column[str], *added: sa.Column[int]) -> None:
    """SQLite cannot drop a UNIQUE of a column: make another table, and give it the rows and the name of the former.

    https://sqlite.org/lang_altertable.html#otheralter; utils/database/sqlite.py keeps foreign keys off in a migration.
    """
    columns: list[sa.Column[Any]] = [
        sa.Column("key", _Key, primary_key=True),
        identity,
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("head", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.Column("team_key", sa.BigInteger),
        sa.Column("owner_key", sa.BigInteger),
        sa.Column("shared", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("priority", sa.SmallInteger, nullable=False, server_default="1"),
        sa.Column("agent_key", sa.BigInteger),
    ]
    kept = ", ".join(column.name for column in columns)
    op.create_table("sessions_anew", *columns, *added, sqlite_autoincrement=True)
    op.execute(f"INSERT INTO sessions_anew ({kept}) SELECT {kept} FROM sessions ORDER BY key")  # noqa: S608
    # No key is given twice, those of deleted sessions included: the highest that ever was goes along.
    op.execute("DELETE FROM sqlite_sequence WHERE name = 'sessions_anew'")
    op.execute("UPDATE sqlite_sequence SET name = 'sessions_anew' WHERE name = 'sessions'")
    op.drop_table("sessions")
    op.rename_table("sessions_anew", "sessions")
