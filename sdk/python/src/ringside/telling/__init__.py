"""What a program tells with: the client, sessions, runs, steps and texts."""
