"""Codecs between our events and the protocols of others, without I/O."""
