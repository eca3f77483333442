"""The secrets of links and API keys: shown once, stored as a hash."""

import hashlib
import re
import secrets

_BYTES = 32
# One of ours, with whatever is before it, or a JWT.
_SECRET = re.compile(r"(ringside_)?[\w-]{43}|eyJ[\w-]+")


def new_secret(prefix: str = "") -> str:
    """256 random bits, in characters that fit into an address and a header."""
    return prefix + secrets.token_urlsafe(_BYTES)


def hash_of(secret: str) -> str:
    """The hash that is stored. A fast one is enough, for 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def without_secrets(path: str) -> str:
    """A path for a log, shortened where it has a secret: a client may have put a key in the place of an id."""
    return "/".join(f"{part[:4]}…" if _SECRET.fullmatch(part.partition(".")[0]) else part for part in path.split("/"))
