"""From the steps of agents to events."""
