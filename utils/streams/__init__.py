"""Streams: one event loop per process that writes to all its subscribers."""
