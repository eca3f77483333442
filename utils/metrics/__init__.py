"""Figures about this server for Prometheus: what they are, who counts them, and what only the database knows."""
