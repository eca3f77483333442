"""Secrets that are given out once and kept as a hash: links and API keys."""

import hashlib
import secrets

_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """256 random bits, as people paste them into an address or a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of it. A fast hash will do: nobody guesses 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
