"""Fair turns: who asked, the line that a run waits in, how long it was worked on, and what was said of its waiting."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_OPEN = "('queued', 'running', 'waiting')"
_LINE = (
    "CASE WHEN outside OR cancel_requested OR reported_id IS NOT NULL THEN -1 "
    "ELSE coalesce(asked_by, 0) * CAST(4294967296 AS bigint) + coalesce(agent_key, 0) END"
)


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("runs", sa.Column("asked_by", sa.BigInteger))
    op.add_column("runs", sa.Column("worked_ms", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("said_at", sa.BigInteger))
    owner = "(SELECT owner_key FROM sessions WHERE sessions.key = runs.session_key)"
    op.execute(f"UPDATE runs SET asked_by = {owner} WHERE status IN {_OPEN} AND reported_id IS NULL")  # noqa: S608
    # An older version that goes on beside this one knows nothing of lines, and its runs stand in the right one.
    kept = "STORED" if connection.dialect.name == "postgresql" else "VIRTUAL"
    op.execute(f"ALTER TABLE runs ADD COLUMN line bigint GENERATED ALWAYS AS ({_LINE}) {kept}")
    unfinished, unended = sa.text("finished_at IS NULL"), sa.text(f"status IN {_OPEN}")
    started = sa.text("started_at IS NOT NULL")
    op.create_index(
        "runs_lines", "runs", ["status", "line", "key"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    op.create_index("runs_started", "runs", ["line", "started_at"], sqlite_where=started, postgresql_where=started)
    op.create_index("runs_unended", "runs", ["session_key", "key"], sqlite_where=unended, postgresql_where=unended)


def downgrade() -> None:
    op.drop_index("runs_unended", "runs")
    op.drop_index("runs_started", "runs")
    op.drop_index("runs_lines", "runs")
    for name in ("line", "said_at", "worked_ms", "asked_by"):
        op.drop_column("runs", name)
