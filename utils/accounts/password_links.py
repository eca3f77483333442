"""Password links: whoever has one may set a user's forgotten password, once, within a day. A user has one at most."""

from sqlalchemy import Connection, text

from utils.accounts.passwords import hash_password
from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import USER_COLUMNS, AccountError, end_sign_ins, forget_password_links, user_record
from utils.database.base import Database, now_ms

_VALID_MS = 24 * 3600 * 1000
_USER = f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = :id AND u.team_key = :team"  # noqa: S608
_WORKING = f"""
SELECT {USER_COLUMNS} FROM password_links l JOIN users u ON u.key = l.user_key
WHERE l.secret = :secret AND l.expires_at > :now AND u.active
"""  # noqa: S608


class PasswordLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, team_key: int, user_id: str) -> tuple[UserRecord, str] | None:
        """The user and the secret of their new link: nobody can read it again, and no earlier one works any more.

        None for an unknown user; raises AccountError for one who was deactivated.
        """
        secret = new_secret()
        with self._database.write() as connection:
            # Of two who make one at the same instant, one takes away what the other made.
            row = connection.execute(
                text(self._database.locking(_USER, "u")), {"id": user_id, "team": team_key}
            ).first()
            if row is None:
                return None
            user = user_record(row)
            if not user.active:
                raise AccountError("deactivated", f"{user.name} is deactivated. Reactivate the account first.")
            forget_password_links(connection, user.key)
            connection.execute(
                text("INSERT INTO password_links (user_key, secret, expires_at) VALUES (:user, :secret, :expires)"),
                {"user": user.key, "secret": hash_of(secret), "expires": now_ms() + _VALID_MS},
            )
        return user, secret

    def use(self, secret: str, password: str) -> UserRecord:
        """Set the password of the link's user, who is signed out everywhere. The link is used up.

        Raises AccountError when it was used before, replaced, has expired, or never was.
        """
        with self._database.read() as connection:
            _find(connection, secret)  # before the work of hashing
        hashed = hash_password(password)
        with self._database.write() as connection:
            user = _find(connection, secret)
            taken = connection.execute(
                text("DELETE FROM password_links WHERE secret = :secret"), {"secret": hash_of(secret)}
            )
            if not taken.rowcount:  # by somebody else, at the same instant
                raise _unusable()
            connection.execute(
                text("UPDATE users SET password = :password WHERE key = :key"), {"password": hashed, "key": user.key}
            )
            end_sign_ins(connection, user.key)
        return user

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(text("DELETE FROM password_links WHERE expires_at < :now"), {"now": now_ms()})


def _find(connection: Connection, secret: str) -> UserRecord:
    row = connection.execute(text(_WORKING), {"secret": hash_of(secret), "now": now_ms()}).first()
    if row is None:
        raise _unusable()
    return user_record(row)


def _unusable() -> AccountError:
    return AccountError(
        "link_unusable",
        "This link cannot be used: it was used before, replaced by a newer one, or has expired. Ask an administrator "
        "for a new one.",
    )
