"""Coding agents: what their hooks tell, and how the hooks get into their settings."""
