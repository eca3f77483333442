"""The requests to systems outside: one client for every kind of backend."""
