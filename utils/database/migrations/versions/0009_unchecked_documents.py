"""Uploaded documents that nobody has looked into yet."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TRUE = {"sqlite": "unchecked = 1", "postgresql": "unchecked"}  # as SQLAlchemy writes it, see 0005


def upgrade() -> None:
    op.add_column("documents", sa.Column("unchecked", sa.Boolean, nullable=False, server_default=sa.false()))
    where = sa.text(_TRUE[op.get_bind().dialect.name])
    op.create_index("documents_unchecked", "documents", ["key"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("documents_unchecked", "documents")
    op.drop_column("documents", "unchecked")
