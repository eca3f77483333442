"""The backends that a team has registered, and the key that seals their secrets."""
