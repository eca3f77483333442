"""The audit trail is chained, so that a missing, changed or inserted line shows; a person can be erased.

The supervisor chains the lines of before, as they are (utils/accounts/audit_strays.py): there may be many, and while
this transaction lasts nobody else gets at the trail.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_BEGINNING = "0" * 64
_ADDED = (("seq", sa.BigInteger), ("salt", sa.String(32)), ("sealed", sa.String(64)), ("attests", sa.String(64)))


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    for name, kind in (*_ADDED, ("hash", sa.String(64))):
        op.add_column("audit", sa.Column(name, kind))
    unchained = sa.text("seq IS NULL")
    op.create_index("audit_chained", "audit", ["team_key", "seq"], unique=True)
    op.create_index(
        "audit_unchained", "audit", ["team_key", "key"], sqlite_where=unchained, postgresql_where=unchained
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


def downgrade() -> None:
    op.drop_column("users", "erased_at")
    op.drop_table("audit_erasures")
    op.drop_table("audit_chains")
    op.drop_index("audit_unchained", "audit")
    op.drop_index("audit_chained", "audit")
    for name, _ in (*_ADDED, ("hash", None)):
        op.drop_column("audit", name)
