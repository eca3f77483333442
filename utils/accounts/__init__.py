"""People: teams, users, what lets them in, and what each may see."""
