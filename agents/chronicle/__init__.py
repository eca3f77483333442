"""A run in plain words, written by a model from numbered facts, and checked."""
