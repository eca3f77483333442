"""Sessions, events, runs, messages, documents and passages."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_Key = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _session_key() -> sa.Column[int]:
    return sa.Column("session_key", _Key, sa.ForeignKey("sessions.key", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("id", sa.String(160), nullable=False, unique=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("head", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "deleted_sessions",
        sa.Column("id", sa.String(160), primary_key=True),
        sa.Column("head", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("session_key", _Key, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    updates = sa.text("type = 'runUpdate'")
    op.create_index(
        "events_run_updates",
        "events",
        ["session_key", "run_id", "seq"],
        sqlite_where=updates,
        postgresql_where=updates,
    )
    op.create_table(
        "runs",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _session_key(),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("losses", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(200)),
        sa.Column("beat", sa.BigInteger, nullable=False),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("runs_by_session", "runs", ["session_key", "key"])
    op.create_index("runs_by_status", "runs", ["status", "key"])
    running = sa.text("status = 'running'")
    op.create_index(
        "runs_one_running", "runs", ["session_key"], unique=True, sqlite_where=running, postgresql_where=running
    )
    op.create_table(
        "messages",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _session_key(),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("run_id", sa.String(80)),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("citations", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("messages_by_session", "messages", ["session_key", "key"])
    op.create_table(
        "documents",
        sa.Column("key", _Key, primary_key=True),
        sa.Column("id", sa.String(80), nullable=False, unique=True),
        _session_key(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("pages", sa.Integer),
        sa.Column("rows", sa.Integer),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("documents_by_session", "documents", ["session_key", "key"])
    op.create_table(
        "document_chunks",
        sa.Column(
            "document_key",
            _Key,
            sa.ForeignKey("documents.key", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "passages",
        sa.Column("id", _Key, primary_key=True),
        _session_key(),
        sa.Column("document_key", _Key, sa.ForeignKey("documents.key", ondelete="CASCADE"), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("passages_by_document", "passages", ["document_key", "n"])
    op.create_index("passages_by_session", "passages", ["session_key"])
    for statement in _FULL_TEXT[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if not postgresql:
        op.execute("DROP TABLE passage_index")
        op.execute("DROP VIEW passage_texts")
    owned = ("passages", "document_chunks", "documents", "messages", "runs", "events")
    for table in (*owned, "deleted_sessions", "sessions"):
        op.drop_table(table)
    if postgresql:
        op.execute("DROP TEXT SEARCH CONFIGURATION ringside")
        op.execute("DROP TEXT SEARCH DICTIONARY ringside_stem")


# An external-content FTS5 table and its triggers: https://sqlite.org/fts5.html#external_content_tables
# Its content is a view that adds the word of the passage's session, so that a search walks through one session only.
_FTS5 = (
    """CREATE VIEW passage_texts AS SELECT id, 's' || session_key AS scope, text FROM passages""",
    """CREATE VIRTUAL TABLE passage_index USING fts5(
        scope, text, content='passage_texts', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2')""",
    """CREATE TRIGGER passages_added AFTER INSERT ON passages BEGIN
        INSERT INTO passage_index(rowid, scope, text) VALUES (new.id, 's' || new.session_key, new.text);
    END""",
    """CREATE TRIGGER passages_removed AFTER DELETE ON passages BEGIN
        INSERT INTO passage_index(passage_index, rowid, scope, text)
        VALUES ('delete', old.id, 's' || old.session_key, old.text);
    END""",
)
# The same words as there: English stems, no stop words, no diacritics, and punctuation of any kind parts two words.
_TSVECTOR = (
    "CREATE TEXT SEARCH DICTIONARY ringside_stem (TEMPLATE = pg_catalog.snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION ringside (COPY = pg_catalog.simple)",
    """ALTER TEXT SEARCH CONFIGURATION ringside
        ALTER MAPPING FOR asciiword, word, numword WITH ringside_stem""",
    r"""ALTER TABLE passages ADD COLUMN words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('ringside',
        regexp_replace(
            regexp_replace(normalize(text, NFD), '[\u0300-\u036F]', '', 'g'),
            '[\u0001-/\u003A-@[-`{-\u00BF\u2000-\u206F]', ' ', 'g'
        ))) STORED""",
    "CREATE INDEX passages_by_words ON passages USING gin (words)",
)
_FULL_TEXT = {"sqlite": _FTS5, "postgresql": _TSVECTOR}
