"""Answering questions as a worker of a registered agent: docs/work.md of the server describes the protocol."""
