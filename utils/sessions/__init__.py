"""What belongs to a session: its messages, runs, documents, tags, and the search over them."""
