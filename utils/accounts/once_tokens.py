"""Tokens for one use: what one web machine asks of a browser, and another may hear the answer to.

A token holds, sealed, what it is for, some words, and when it expires. Nothing is stored until it is used; then its id
is, and of two requests that use it at the same moment, on whatever machines, one finds that it was.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from utils.accounts.spent_tokens import SpentTokens
from utils.database.base import Database
from utils.database.moment import from_ms, now, to_ms
from utils.registry.server_key import ServerKey


@dataclass(frozen=True, slots=True)
class OnceToken:
    id: str
    held: dict[str, str]
    expires_at: datetime


class OnceTokens:
    """``purpose``: no token of one purpose serves another; ``skew``: between the clocks of machines."""

    def __init__(self, database: Database, key: ServerKey, purpose: str, lifetime: timedelta, skew: timedelta) -> None:
        self._spent = SpentTokens(database)
        self._key = key
        self._purpose = purpose
        self.lifetime = lifetime
        self._skew = skew

    def make(self, **held: str) -> str:
        words = {
            "for": self._purpose, "id": secrets.token_hex(16), "held": held, "expires_at": to_ms(now() + self.lifetime),
        }  # fmt: skip
        return self._key.seal(json.dumps(words))

    def find(self, sealed: str) -> OnceToken | None:
        """None if it is not of this server and purpose, or has expired. Whether it was used, use() says."""
        try:
            words = json.loads(self._key.open(sealed))
        except ValueError:
            return None
        if not isinstance(words, dict) or words.get("for") != self._purpose:
            return None
        token = OnceToken(words["id"], words["held"], from_ms(words["expires_at"]))
        return token if now() < token.expires_at + self._skew else None

    def use(self, token: OnceToken) -> bool:
        """False if it was used before."""
        return self._spent.spend(self._purpose, token.id, token.expires_at + 2 * self._skew)
