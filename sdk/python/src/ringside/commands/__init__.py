"""The command `ringside`."""
