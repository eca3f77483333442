"""Attempts to sign in: how often one may try, and what the audit trail tells of those that failed.

Whoever tries learns nothing of which addresses are known: an unknown one costs the same statements in the same
transactions as a known one. The trail's entry is an INSERT … SELECT that finds no user, and each of these transactions
changes a row of the attempts in any case, so that the disk is waited for as well.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from utils.accounts.secret import hash_of
from utils.accounts.users import clean_email
from utils.database.base import Database, now_ms

_ALLOWED = 5
_WINDOW_MS = 60_000
_OLDEST = "SELECT at FROM sign_in_attempts WHERE subject = :subject ORDER BY at DESC LIMIT 1 OFFSET :allowed"
# In the trail of each team that knows the address. Whoever was deactivated is known too.
_TRAIL = """
INSERT INTO audit (team_key, at, action, actor, subject, address, request_id)
SELECT u.team_key, CAST(:now AS bigint), CAST(:action AS text), substr(u.name || ' <' || u.email || '>', 1, 300),
       CAST(:browser AS text), CAST(:address AS text), CAST(:request AS text)
FROM users u WHERE u.email = :email ORDER BY u.key
"""


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
        now = now_ms()
        with self._database.write() as connection:
            if self._database.dialect == "postgresql":  # who counts at the same instant waits, as on SQLite
                connection.execute(text("LOCK TABLE sign_in_attempts IN SHARE ROW EXCLUSIVE MODE"))
            connection.execute(text("DELETE FROM sign_in_attempts WHERE at <= :before"), {"before": now - _WINDOW_MS})
            longest = 0
            for subject in attempt.subjects:
                oldest = _attempt_at(connection, subject, _ALLOWED)
                if oldest is not None:
                    longest = max(longest, oldest + _WINDOW_MS - now)
            if not longest:
                for subject in attempt.subjects:
                    _count(connection, subject, now)
            elif attempt.email is not None:
                told = hash_of(f"refused {clean_email(attempt.email)}")
                if _attempt_at(connection, told, 1) is None:
                    _count(connection, told, now)
                    _tell(connection, attempt, "too many sign-ins tried", now)
        return -(-longest // 1000)

    def failed(self, attempt: Attempt) -> None:
        """It was the wrong password, or nobody has that address."""
        with self._database.write() as connection:
            for subject in attempt.subjects:
                connection.execute(text("UPDATE sign_in_attempts SET at = at WHERE subject = :s"), {"s": subject})
            _tell(connection, attempt, "sign-in failed", now_ms())


def _attempt_at(connection: Connection, subject: str, number: int) -> int | None:
    """When the ``number``-th newest attempt was; None if there were fewer."""
    found = connection.execute(text(_OLDEST), {"subject": subject, "allowed": number - 1}).scalar()
    return None if found is None else int(found)


def _count(connection: Connection, subject: str, now: int) -> None:
    connection.execute(
        text("INSERT INTO sign_in_attempts (subject, at) VALUES (:subject, :now)"), {"subject": subject, "now": now}
    )


def _tell(connection: Connection, attempt: Attempt, action: str, now: int) -> None:
    connection.execute(
        text(_TRAIL),
        {
            "email": clean_email(attempt.email or ""), "action": action, "now": now, "browser": attempt.browser[:300],
            "address": attempt.address, "request": attempt.request_id,
        },
    )  # fmt: skip
