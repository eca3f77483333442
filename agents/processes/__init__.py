"""The processes that agents run in, and what keeps them alive."""
