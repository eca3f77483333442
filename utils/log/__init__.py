"""The event log: what happened in each session, durable and in order."""
