"""How long sessions, documents and audit entries are kept, and how far the audit trail has been streamed."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "retention",
        sa.Column("what", sa.String(16), primary_key=True),
        sa.Column("days", sa.Integer),
        sa.Column("begins_at", sa.BigInteger, nullable=False),
        sa.Column("former_days", sa.Integer),
    )
    op.create_table(
        "audit_positions",
        sa.Column("target", sa.String(16), primary_key=True),
        sa.Column(
            "team_key",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey("teams.key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("audit_positions")
    op.drop_table("retention")
    op.drop_column("sessions", "kept")
