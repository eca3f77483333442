"""What models took and what that cost, prices and budgets.

The tokens of each day, which the quotas count, are from now on those of `usage_days`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_UNSETTLED = sa.text("NOT settled")
_UNPRICED = sa.text("settled AND cost_micros IS NULL")
_ENDED = sa.text("finished_at IS NOT NULL")
_COUNTED = [
    "finished_at", "session_key", "status", "agent_key", "asked_by", "created_at", "started_at", "worked_ms",
    "failure_code",
]  # fmt: skip
_SUMS = ("calls", "input", "cached", "output", "reasoning", "cost_micros")


def _team(primary_key: bool = False) -> sa.Column[int]:
    team = sa.ForeignKey("teams.key", ondelete="CASCADE")
    return sa.Column("team_key", _KEY, team, nullable=False, primary_key=primary_key, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "usages",
        sa.Column("session_key", _KEY, sa.ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True,
                  autoincrement=False),
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("activity_id", sa.String(200), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("parent_id", sa.String(200)),
        sa.Column("agent_name", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("input", "cached", "output", "reasoning")),
        sa.Column("told_micros", sa.BigInteger),
        sa.Column("told_currency", sa.String(3)),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False, server_default=sa.false()),
        *(sa.Column(f"counted_{name}", sa.BigInteger, nullable=False, server_default="0")
          for name in ("input", "cached", "output", "reasoning")),
        sa.Column("cost_micros", sa.BigInteger),
        sa.Column("currency", sa.String(3)),
        *(sa.Column(name, sa.BigInteger) for name in ("price_key", "team_key", "user_key", "agent_key")),
    )  # fmt: skip
    for name, columns, which in (
        ("usages_unsettled", ["session_key", "seq"], _UNSETTLED),
        ("usages_unpriced", ["team_key", "model"], _UNPRICED),
    ):
        op.create_index(name, "usages", columns, sqlite_where=which, postgresql_where=which)
    op.create_table(
        "usage_days",
        _team(primary_key=True),
        sa.Column("day", sa.String(10), primary_key=True),
        sa.Column("user_key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("agent_key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("agent_name", sa.String(200), primary_key=True),
        sa.Column("model", sa.String(200), primary_key=True),
        sa.Column("currency", sa.String(3), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
    )
    op.create_table(
        "prices",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _team(),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("input", sa.BigInteger, nullable=False),
        sa.Column("cached_input", sa.BigInteger),
        sa.Column("output", sa.BigInteger, nullable=False),
        sa.Column("reasoning", sa.BigInteger),
        sa.Column("valid_from", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("prices_by_team", "prices", ["team_key", "key"])
    op.create_table(
        "budgets",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _team(),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("target_key", sa.BigInteger),
        sa.Column("period", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("currency", sa.String(3)),
        sa.Column("at_most", sa.BigInteger, nullable=False),
        sa.Column("hard", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("budgets_by_team", "budgets", ["team_key", "key"])
    op.create_table(
        "budget_states",
        sa.Column("budget_key", _KEY, sa.ForeignKey("budgets.key", ondelete="CASCADE"), primary_key=True,
                  autoincrement=False),
        sa.Column("subject_key", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("period", sa.String(10), primary_key=True),
        sa.Column("told", sa.String(8), nullable=False),
        sa.Column("more", sa.BigInteger, nullable=False),
        sa.Column("approval_id", sa.String(80)),
        sa.Column("asking_run", sa.String(80)),
    )  # fmt: skip
    op.create_table(
        "budget_holds",
        sa.Column("run_key", _KEY, sa.ForeignKey("runs.key", ondelete="CASCADE"), primary_key=True,
                  autoincrement=False),
        sa.Column("budget_key", _KEY, sa.ForeignKey("budgets.key", ondelete="CASCADE"), nullable=False),
        sa.Column("subject_key", sa.BigInteger, nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
    )  # fmt: skip
    op.create_index("budget_holds_by_budget", "budget_holds", ["budget_key", "subject_key"])
    op.add_column("runs", sa.Column("failure_code", sa.String(80)))
    op.create_index("runs_ended", "runs", _COUNTED, sqlite_where=_ENDED, postgresql_where=_ENDED)
    op.execute(
        "INSERT INTO usage_days (team_key, day, user_key, agent_key, agent_name, model, currency, "
        "calls, input, cached, output, reasoning, cost_micros) "
        "SELECT team_key, day, 0, 0, '', '', '', 0, count, 0, 0, 0, 0 FROM team_usage WHERE what = 'tokens'"
    )
    op.execute("DELETE FROM team_usage WHERE what = 'tokens'")


def downgrade() -> None:
    op.execute(
        "INSERT INTO team_usage (team_key, what, day, count) SELECT team_key, 'tokens', day, "
        "CAST(sum(input + output) AS BIGINT) FROM usage_days WHERE agent_name = '' GROUP BY team_key, day"
    )
    op.drop_index("runs_ended", "runs")
    op.drop_column("runs", "failure_code")
    for table in ("budget_holds", "budget_states", "budgets", "prices", "usage_days", "usages"):
        op.drop_table(table)
