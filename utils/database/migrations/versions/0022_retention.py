"""How long sessions, documents and audit entries are kept, and sessions that are kept whatever their age."""

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


def downgrade() -> None:
    op.drop_table("retention")
    op.drop_column("sessions", "kept")
