"""What is sent again counts once: the refresh token that was exchanged last."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("spent_refresh_id", sa.String(80)))


def downgrade() -> None:
    op.drop_column("sign_ins", "spent_refresh_id")
