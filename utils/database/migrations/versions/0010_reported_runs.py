"""Runs that agents elsewhere report, beside those of this server's queue, and where the texts that they write begin."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("runs", sa.Column("reported_id", sa.String(80)))
    _create_index("runs_reported", ["reported_id", "session_key"], "reported_id IS NOT NULL", unique=True)
    _create_index("runs_asked_to_stop", ["session_key"], _stopped())
    op.drop_index("runs_one_running", "runs")
    _create_index("runs_one_running", ["session_key"], "status = 'running' AND reported_id IS NULL", unique=True)
    op.create_table(
        "reported_texts",
        sa.Column(
            "session_key", _Key, sa.ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True,
            autoincrement=False,
        ),
        sa.Column("run_id", sa.String(80), primary_key=True),
        sa.Column("message_id", sa.String(200), primary_key=True),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("message_key", sa.BigInteger),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("reported_texts")
    op.execute("DELETE FROM runs WHERE reported_id IS NOT NULL")  # agent processes would take them for their own
    for name in ("runs_one_running", "runs_asked_to_stop", "runs_reported"):
        op.drop_index(name, "runs")
    op.drop_column("runs", "reported_id")
    _create_index("runs_one_running", ["session_key"], "status = 'running'", unique=True)


def _create_index(name: str, columns: list[str], condition: str, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, "runs", columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _stopped() -> str:
    """As SQLAlchemy writes it, see 0005."""
    return "cancel_requested = 1" if op.get_bind().dialect.name == "sqlite" else "cancel_requested"
