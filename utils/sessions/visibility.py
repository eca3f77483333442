"""Which sessions a user may see, as a condition of SQL."""

# What Principal.may_read says of sessions ``s``, with the values :team, :user and :yes; without what is being deleted.
VISIBLE = "s.team_key = :team AND (s.shared = :yes OR s.owner_key = :user) AND substr(s.id, 1, 8) <> 'deleted/'"
