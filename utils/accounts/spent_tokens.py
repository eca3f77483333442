"""What works once, on whichever machine it comes in: kept as a hash until it would not work in any case."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from utils.accounts.secret import hash_of
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import spent_tokens


class SpentTokens:
    def __init__(self, database: Database) -> None:
        self._database = database

    def spend(self, kind: str, token: str, expires_at: datetime) -> bool:
        """Whether this is the first time."""
        try:
            with self._database.write() as connection:
                connection.execute(insert(spent_tokens).values(hash=hash_of(f"{kind} {token}"), expires_at=expires_at))
        except IntegrityError:
            return False
        return True

    def is_spent(self, kind: str, token: str) -> bool:
        with self._database.read() as connection:
            one = select(spent_tokens.c.hash).where(spent_tokens.c.hash == hash_of(f"{kind} {token}"))
            return connection.execute(one).first() is not None

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(spent_tokens).where(spent_tokens.c.expires_at < now()))
