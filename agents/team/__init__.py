"""The agents that answer from documents or from the conversation, and their graphs."""
