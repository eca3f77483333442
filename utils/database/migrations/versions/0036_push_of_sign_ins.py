"""Browsers show notices as long as the sign-in lasts in which somebody let them."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

# Of before: the only sign-in that this user has in a browser of that name. Where it is not known, the browser stays.
_OF_BEFORE = """
UPDATE push_subscriptions SET sign_in_key = (
    SELECT max(sign_ins.key) FROM sign_ins
    WHERE sign_ins.user_key = push_subscriptions.user_key AND sign_ins.browser = push_subscriptions.browser
        AND sign_ins.ended_at IS NULL
    HAVING count(*) = 1
)
"""


def upgrade() -> None:
    op.add_column("push_subscriptions", sa.Column("sign_in_key", sa.BigInteger))
    op.create_index("push_subscriptions_by_sign_in", "push_subscriptions", ["sign_in_key"])
    op.execute(_OF_BEFORE)


def downgrade() -> None:
    op.drop_index("push_subscriptions_by_sign_in", "push_subscriptions")
    op.drop_column("push_subscriptions", "sign_in_key")
