"""The board: what runs, waits and has just ended, over all sessions, as rows that are kept up to date."""
