"""Signing in with an OpenID Connect provider: who is who there, and what works once."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_OF_SIGN_INS = (
    ("identity_key", sa.BigInteger),
    ("provider_session", sa.String(255)),
    ("id_token", sa.Text),
    ("latest_end", sa.BigInteger),
)


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("key", _KEY, primary_key=True),
        sa.Column("user_key", _KEY, sa.ForeignKey("users.key", ondelete="CASCADE"), nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("identities_subject", "identities", ["issuer", "subject"], unique=True)
    op.create_index("identities_by_user", "identities", ["user_key"])
    op.create_table(
        "spent_tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("spent_tokens_by_expiry", "spent_tokens", ["expires_at"])
    for name, kind in _OF_SIGN_INS:
        op.add_column("sign_ins", sa.Column(name, kind))
    op.create_index("sign_ins_by_identity", "sign_ins", ["identity_key"])


def downgrade() -> None:
    op.drop_index("sign_ins_by_identity", "sign_ins")
    for name, _ in _OF_SIGN_INS:
        op.drop_column("sign_ins", name)
    op.drop_table("spent_tokens")
    op.drop_table("identities")
