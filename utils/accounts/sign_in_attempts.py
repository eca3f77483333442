"""Attempts to sign in: how often one may try, and what the audit trail tells of those that failed.

Whoever tries learns nothing of which addresses are known: an unknown one costs the same statements in the same
transactions as a known one. The trail's entry is an INSERT … SELECT that finds no user, and each of these transactions
changes a row of the attempts in any case, so that the disk is waited for as well.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, String, delete, func, insert, literal, select, text, update

from utils.accounts.secret import hash_of
from utils.accounts.users import clean_email
from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.tables import audit, sign_in_attempts, users

_ALLOWED = 5
_WINDOW = timedelta(minutes=1)
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """``email``: as whom; None where the secret of a link is tried, which says itself whose it is."""

    email: str | None
    address: str | None
    browser: str = ""
    request_id: str | None = None

    @property
    def subjects(self) -> list[str]:
        """What is counted: hashes, for an address that nobody has is nobody's business either."""
        account = [] if self.email is None else [hash_of(f"account {clean_email(self.email)}")]
        return [hash_of(f"address {self.address}"), *account]


class SignInAttempts:
    """The count is in the database, so that every process knows of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def try_again_after(self, attempt: Attempt) -> int:
        """Count it, for the address it comes from and for the account: 0, or the seconds until another is allowed.

        The first that is refused is in the audit trail, and no more until another is allowed: nobody can flood it.
        """
        tried_at = now()
        with self._database.write() as connection:
            if self._database.dialect == "postgresql":  # who counts at the same instant waits, as on SQLite
                connection.execute(text("LOCK TABLE sign_in_attempts IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.at <= tried_at - _WINDOW))
            longest = _NONE
            for subject in attempt.subjects:
                oldest = _attempt_at(connection, subject, _ALLOWED)
                if oldest is not None:
                    longest = max(longest, oldest + _WINDOW - tried_at)
            if not longest:
                for subject in attempt.subjects:
                    _count(connection, subject, tried_at)
            elif attempt.email is not None:
                told = hash_of(f"refused {clean_email(attempt.email)}")
                if _attempt_at(connection, told, 1) is None:
                    _count(connection, told, tried_at)
                    _tell(connection, attempt, "too many sign-ins tried", tried_at)
        return math.ceil(longest / timedelta(seconds=1))

    def failed(self, attempt: Attempt) -> None:
        """It was the wrong password, or nobody has that address."""
        with self._database.write() as connection:
            for subject in attempt.subjects:
                same = update(sign_in_attempts).values(at=sign_in_attempts.c.at)
                connection.execute(same.where(sign_in_attempts.c.subject == subject))
            _tell(connection, attempt, "sign-in failed", now())


def _attempt_at(connection: Connection, subject: str, number: int) -> datetime | None:
    """When the ``number``-th newest attempt was; None if there were fewer."""
    times = select(sign_in_attempts.c.at).where(sign_in_attempts.c.subject == subject)
    return connection.execute(times.order_by(sign_in_attempts.c.at.desc()).limit(1).offset(number - 1)).scalar()


def _count(connection: Connection, subject: str, tried_at: datetime) -> None:
    connection.execute(insert(sign_in_attempts).values(subject=subject, at=tried_at))


def _tell(connection: Connection, attempt: Attempt, action: str, tried_at: datetime) -> None:
    """In the trail of each team that knows the address. Whoever was deactivated is known too."""
    entries = {
        audit.c.team_key: users.c.team_key,
        audit.c.at: literal(tried_at, Moment),
        audit.c.action: literal(action),
        audit.c.actor: func.substr(users.c.name + " <" + users.c.email + ">", 1, 300),
        audit.c.subject: literal(attempt.browser[:300]),
        audit.c.address: literal(attempt.address, String),
        audit.c.request_id: literal(attempt.request_id, String),
    }
    known = select(*entries.values()).where(users.c.email == clean_email(attempt.email or "")).order_by(users.c.key)
    connection.execute(insert(audit).from_select([*entries], known))
