"""The secrets of links and API keys: shown once, stored as a hash."""

import hashlib
import secrets

_BYTES = 32


def new_secret(prefix: str = "") -> str:
    """256 random bits, in characters that fit into an address and a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """The hash that is stored. A fast one is enough, for 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()
