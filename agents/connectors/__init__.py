"""Kinds of backends that work outside Ringside, one file each. docs/agents.md says how to add one."""
