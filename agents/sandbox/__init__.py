"""Child processes with limits."""
