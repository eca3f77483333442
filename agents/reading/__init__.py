"""Reading documents into passages, in a child process."""
