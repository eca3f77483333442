"""A session as a file: one module for each format."""
