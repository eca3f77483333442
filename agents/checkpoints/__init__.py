"""Where graphs keep their checkpoints."""
