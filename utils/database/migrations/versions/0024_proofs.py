"""How often a user's sign-ins were ended, to whom an invitation was sent, and who made a password link.

Invitations end that were made by those who are no administrators any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("users", sa.Column("sign_ins_ended", sa.Integer, nullable=False, server_default="0"))
    op.add_column("invitations", sa.Column("email", sa.String(254)))
    op.add_column("password_links", sa.Column("made_by", sa.BigInteger))
    op.execute("DELETE FROM invitations WHERE invited_by IN (SELECT key FROM users WHERE role <> 'administrator')")


def downgrade() -> None:
    op.drop_column("password_links", "made_by")
    op.drop_column("invitations", "email")
    op.drop_column("users", "sign_ins_ended")
