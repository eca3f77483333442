"""Kinds of backends that work within Ringside, one file each."""
