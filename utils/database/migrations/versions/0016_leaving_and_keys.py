"""What goes with those who leave, passages that answers cite, and keys: their end, `manage`, and service accounts.

A key with the scope `run` could delete and share until now, and still can: it gets `manage`, too. No key of before
expires by itself.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

# As utils/database/tables.py has it: an answer that cites something. `"citations":[{` stands in no text of JSON.
_CITING = {
    "sqlite": "type = 'agentMessage' AND instr(body, X'226369746174696f6e73223a5b7b') > 0",
    "postgresql": "type = 'agentMessage' AND position('\\x226369746174696f6e73223a5b7b'::bytea in body) > 0",
}
_SCOPES = "UPDATE api_keys SET scopes = replace(scopes, {0}, {1}) WHERE ' ' || scopes || ' ' LIKE {2}"
_REVOKED = "UPDATE {0} SET revoked_at = :now WHERE revoked_at IS NULL AND {1}"
_GONE = "(SELECT key FROM users WHERE NOT active)"
_WITHDRAWN = "DELETE FROM invitations WHERE invited_by IN (SELECT key FROM users WHERE NOT active)"


def upgrade() -> None:
    connection = op.get_bind()
    op.add_column("spectator_links", sa.Column("last_used_at", sa.BigInteger))
    op.create_index("spectator_links_by_maker", "spectator_links", ["made_by"])
    op.add_column("api_keys", sa.Column("expires_at", sa.BigInteger))
    op.add_column("users", sa.Column("service", sa.Boolean, nullable=False, server_default=sa.false()))
    where = sa.text(_CITING[connection.dialect.name])
    op.create_index("events_citing", "events", ["session_key", "seq"], sqlite_where=where, postgresql_where=where)
    connection.execute(sa.text(_SCOPES.format("'run'", "'run manage'", "'% run %'")))
    _take_along(connection)


def _take_along(connection: sa.Connection) -> None:
    """Of those who were deactivated before: what they gave out worked on."""
    now = {"now": time.time_ns() // 1_000_000}
    for table, column in (("spectator_links", "made_by"), ("api_keys", "user_key")):
        connection.execute(sa.text(_REVOKED.format(table, f"{column} IN {_GONE}")), now)
    connection.execute(sa.text(_WITHDRAWN))


def downgrade() -> None:
    connection = op.get_bind()
    # A version of before takes them for people.
    connection.execute(sa.text("UPDATE users SET active = false WHERE service"))
    connection.execute(sa.text(_SCOPES.format("' manage'", "''", "'% run manage %'")))
    now = {"now": time.time_ns() // 1_000_000}
    connection.execute(sa.text(_REVOKED.format("api_keys", "(expires_at <= :now OR scopes LIKE '%manage%')")), now)
    op.drop_index("events_citing", "events")
    op.drop_index("spectator_links_by_maker", "spectator_links")
    for table, column in (("users", "service"), ("api_keys", "expires_at"), ("spectator_links", "last_used_at")):
        op.drop_column(table, column)
