"""Reading the live stream of a session."""
