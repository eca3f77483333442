"""What grows with a team: long logs, many sessions, years of questions. Beside it, the same where there is little."""
