"""Whom approvals are put to, in rows that are found quickly; administrators as such, and not by their names."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_NAMED = {
    "sqlite": "SELECT value FROM json_each(approvals.deciders)",
    "postgresql": "SELECT jsonb_array_elements_text(approvals.deciders::jsonb)",
}


def upgrade() -> None:
    op.add_column("approvals", sa.Column("administrators", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "approval_deciders",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("approval_key", _KEY, sa.ForeignKey("approvals.key", ondelete="CASCADE"), nullable=False),
        sa.Column("team_key", _KEY, sa.ForeignKey("teams.key", ondelete="CASCADE"), nullable=False),
        sa.Column("user_key", _KEY, sa.ForeignKey("users.key", ondelete="SET NULL")),
        sa.Column("open", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.execute(f"""
        INSERT INTO approval_deciders (approval_key, team_key, user_key, open)
        SELECT approvals.key, sessions.team_key, users.key, approvals.status = 'open'
        FROM approvals
        JOIN sessions ON sessions.key = approvals.session_key
        JOIN users ON users.team_key = sessions.team_key AND users.id IN ({_NAMED[op.get_bind().dialect.name]})
        WHERE approvals.deciders <> '[]'
    """)  # noqa: S608
    op.create_index("approval_deciders_of_approval", "approval_deciders", ["approval_key"])
    op.create_index("approval_deciders_of_user", "approval_deciders", ["user_key", "team_key", "open", "approval_key"])
    op.create_index("approval_deciders_of_team", "approval_deciders", ["team_key"])


def downgrade() -> None:
    """Administrators are named again, as an older version reads them."""
    names = _NAMES[op.get_bind().dialect.name]
    op.execute(f"UPDATE approvals SET deciders = ({names}) WHERE administrators AND deciders = '[]'")  # noqa: S608
    op.drop_table("approval_deciders")
    op.drop_column("approvals", "administrators")


_OF_TEAM = """
    FROM users JOIN sessions ON sessions.team_key = users.team_key
    WHERE sessions.key = approvals.session_key AND users.active AND users.role = 'administrator'
"""
_NAMES = {
    "sqlite": f"SELECT json_group_array(users.id) {_OF_TEAM}",
    "postgresql": f"SELECT coalesce(jsonb_agg(users.id)::text, '[]') {_OF_TEAM}",
}
