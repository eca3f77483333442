"""Which sessions a user may see, as a condition of SQL."""

from utils.database.tables import LIVE

# What Principal.may_read says of sessions ``s``, with the values :team, :user and :yes; without what is being deleted.
VISIBLE = f"s.team_key = :team AND (s.shared = :yes OR s.owner_key = :user) AND s.{LIVE}"
