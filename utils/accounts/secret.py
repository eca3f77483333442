"""Secrets that are given out once and kept as a hash: links and API keys."""

import hashlib
import re
import secrets

_BYTES = 32
# One of ours, with whatever is before it, or a JWT.
_SECRET = re.compile(r"(ringside_)?[\w-]{43}|eyJ[\w-]+")


def new_secret(prefix: str = "") -> str:
    """256 random bits, as people paste them into an address or a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """What is kept of it. A fast hash will do: nobody guesses 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def without_secrets(path: str) -> str:
    """An address for a log, in which somebody may have put a key where an id belongs."""
    return "/".join(f"{part[:4]}…" if _SECRET.fullmatch(part.partition(".")[0]) else part for part in path.split("/"))
