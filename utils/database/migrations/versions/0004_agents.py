"""The registry of agents; search over messages; tags and priority; links that set a forgotten password."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        sa.Column("team_key", _Key, sa.ForeignKey("teams.key", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("configuration", sa.Text, nullable=False),
        sa.Column("system_prompt", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("built_in", sa.Boolean, nullable=False),
        sa.Column("avatar", sa.LargeBinary),
        sa.Column("avatar_id", sa.String(80)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("agents_name", "agents", ["team_key", "name"], unique=True)
    op.create_table(
        "session_tags",
        sa.Column(
            "session_key", _Key, sa.ForeignKey("sessions.key", ondelete="CASCADE"), primary_key=True,
            autoincrement=False,
        ),
        sa.Column("tag", sa.String(40), primary_key=True),
    )  # fmt: skip
    op.create_index("session_tags_by_tag", "session_tags", ["tag"])
    op.create_table(
        "password_links",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("user_key", _Key, sa.ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False, unique=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("password_links_by_user", "password_links", ["user_key"])
    op.add_column("sessions", sa.Column("priority", sa.SmallInteger, nullable=False, server_default="1"))
    op.add_column("sessions", sa.Column("agent_key", sa.BigInteger))
    op.add_column("runs", sa.Column("agent_key", sa.BigInteger))
    for statement in _FULL_TEXT[op.get_bind().dialect.name]:
        op.execute(statement)
    _give_every_team_the_built_in_agents()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("messages", "words")
    else:
        op.execute("DROP TRIGGER messages_added")
        op.execute("DROP TRIGGER messages_removed")
        op.execute("DROP TABLE message_index")
        op.execute("INSERT INTO passage_index(passage_index, rank) VALUES ('secure-delete', 0)")
    op.drop_column("runs", "agent_key")
    op.drop_column("sessions", "agent_key")
    op.drop_column("sessions", "priority")
    for table in ("password_links", "session_tags", "agents"):
        op.drop_table(table)


def _give_every_team_the_built_in_agents() -> None:
    connection = op.get_bind()
    for key, created_at in connection.execute(sa.text("SELECT key, created_at FROM teams ORDER BY key")).all():
        connection.execute(
            sa.text(
                "INSERT INTO agents (id, team_key, name, description, configuration, system_prompt, enabled, built_in, "
                "created_at, updated_at) VALUES (:id, :team, :name, :description, :configuration, '', :yes, :yes, "
                ":at, :at)"
            ),
            {
                "id": f"agent-{secrets.token_hex(8)}", "team": key, "name": "Document agents",
                "description": "Read the documents of the session and answer with citations.",
                "configuration": '{"kind": "documents"}', "yes": True, "at": created_at,
            },
        )  # fmt: skip


# As the passages are found (0001): English stems, no diacritics. Messages are never changed.
_FTS5 = (
    """CREATE VIRTUAL TABLE message_index USING fts5(
        content, content='messages', content_rowid='key', tokenize='porter unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
        INSERT INTO message_index(rowid, content) VALUES (new.key, new.content);
    END""",
    """CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
        INSERT INTO message_index(message_index, rowid, content) VALUES ('delete', old.key, old.content);
    END""",
    "INSERT INTO message_index(message_index) VALUES ('rebuild')",
    # What is deleted is taken out of the index at once, and not only marked until parts of it are merged.
    "INSERT INTO message_index(message_index, rank) VALUES ('secure-delete', 1)",
    "INSERT INTO passage_index(passage_index, rank) VALUES ('secure-delete', 1)",
)
# A vector holds at most 1 MB, and a longer message must not fail for that.
_TSVECTOR = (
    r"""ALTER TABLE messages ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('ringside',
        regexp_replace(
            regexp_replace(normalize(left(content, 100000), NFD), '[\u0300-\u036F]', '', 'g'),
            '[\u0001-/\u003A-@[-`{-\u00BF\u2000-\u206F]', ' ', 'g'
        ))) STORED""",
    "CREATE INDEX messages_by_words ON messages USING gin (words)",
)
_FULL_TEXT = {"sqlite": _FTS5, "postgresql": _TSVECTOR}
