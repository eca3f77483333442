"""An index by which the board finds the runs that have ended lately."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    ended = sa.text("finished_at IS NOT NULL")
    op.create_index("runs_finished", "runs", ["finished_at"], sqlite_where=ended, postgresql_where=ended)


def downgrade() -> None:
    op.drop_index("runs_finished", "runs")
