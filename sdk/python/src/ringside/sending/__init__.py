"""How events get to the server: queues, the sender and its requests."""
