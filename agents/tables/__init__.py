"""Tables: read, understood and computed over, in a child process."""
