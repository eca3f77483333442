"""The audit trail is chained, so that a missing, changed or inserted line shows; a person can be erased.

The lines of before are chained as they are. The algorithm is that of utils/accounts/audit_chain.py as it was then.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_BEGINNING = "0" * 64
_ADDED = (("seq", sa.BigInteger), ("salt", sa.String(32)), ("sealed", sa.String(64)), ("attests", sa.String(64)))
_PIECE = 500
_PAGE = sa.text(
    "SELECT key, at, action, actor, subject, address, request_id FROM audit WHERE team_key = :team AND key > :key "
    "ORDER BY key LIMIT :most"
)
_CHAINED = sa.text("UPDATE audit SET seq = :seq, salt = :salt, sealed = :sealed, hash = :hash WHERE key = :key")
_HEAD = sa.text("INSERT INTO audit_chains (team_key, seq, hash) VALUES (:team, :seq, :hash)")


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    for name, kind in (*_ADDED, ("hash", sa.String(64))):
        op.add_column("audit", sa.Column(name, kind))
    unchained = sa.text("seq IS NULL")
    op.create_index("audit_chained", "audit", ["team_key", "seq"], unique=True)
    op.create_index(
        "audit_unchained", "audit", ["team_key"], sqlite_where=unchained, postgresql_where=unchained
    )  # fmt: skip
    op.create_table(
        "audit_chains",
        sa.Column("team_key", key, sa.ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("cut_seq", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("cut_hash", sa.String(64), nullable=False, server_default=_BEGINNING),
        sa.Column("cut_at", sa.BigInteger),
    )
    op.create_table(
        "audit_erasures",
        sa.Column("team_key", key, sa.ForeignKey("teams.key", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("erased_in", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed", sa.String(64), nullable=False),
    )
    op.create_index("audit_erasures_by_line", "audit_erasures", ["team_key", "erased_in", "seq"])
    op.add_column("users", sa.Column("erased_at", sa.BigInteger))
    connection = op.get_bind()
    for team in connection.execute(sa.text("SELECT key, id FROM teams ORDER BY key")).all():
        _chain(connection, team.key, team.id)


def _chain(connection: sa.Connection, team_key: int, team_id: str) -> None:
    seq, previous = 0, _BEGINNING
    for page in _pages(connection, team_key):
        changes = []
        for line in page:
            seq, salt = seq + 1, secrets.token_hex(16)
            sealed = _sha256([salt, line.actor, line.subject, line.address])
            previous = _sha256([1, previous, team_id, seq, line.at, line.action, sealed, None, line.request_id])
            changes.append({"key": line.key, "seq": seq, "salt": salt, "sealed": sealed, "hash": previous})
        connection.execute(_CHAINED, changes)
    if seq:
        connection.execute(_HEAD, {"team": team_key, "seq": seq, "hash": previous})


def _pages(connection: sa.Connection, team_key: int) -> Iterator[list[sa.Row[tuple[object, ...]]]]:
    key = 0
    while page := connection.execute(_PAGE, {"team": team_key, "key": key, "most": _PIECE}).all():
        yield list(page)
        key = page[-1].key


def _sha256(content: list[object]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def downgrade() -> None:
    op.drop_column("users", "erased_at")
    op.drop_table("audit_erasures")
    op.drop_table("audit_chains")
    op.drop_index("audit_unchained", "audit")
    op.drop_index("audit_chained", "audit")
    for name, _ in (*_ADDED, ("hash", None)):
        op.drop_column("audit", name)
