"""Password links: whoever has one may set a user's forgotten password, once, within a day. A user has one at most."""

from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update

from utils.accounts.passwords import hash_password
from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import USER, AccountError, end_sign_ins, forget_password_links
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import record
from utils.database.tables import password_links, users

_VALID = timedelta(days=1)


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
            wanted = select(*USER).where(users.c.id == user_id, users.c.team_key == team_key)
            row = connection.execute(wanted.with_for_update(key_share=True)).first()
            if row is None:
                return None
            user = record(UserRecord, row)
            if not user.active:
                raise AccountError("deactivated", f"{user.name} is deactivated. Reactivate the account first.")
            forget_password_links(connection, user.key)
            connection.execute(
                insert(password_links).values(user_key=user.key, secret=hash_of(secret), expires_at=now() + _VALID)
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
            taken = connection.execute(delete(password_links).where(password_links.c.secret == hash_of(secret)))
            if not taken.rowcount:  # by somebody else, at the same instant
                raise _unusable()
            connection.execute(update(users).where(users.c.key == user.key).values(password=hashed))
            end_sign_ins(connection, user.key)
        return user

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(password_links).where(password_links.c.expires_at < now()))


def _find(connection: Connection, secret: str) -> UserRecord:
    row = connection.execute(
        select(*USER)
        .select_from(password_links.join(users))
        .where(password_links.c.secret == hash_of(secret), password_links.c.expires_at > now(), users.c.active)
    ).first()
    if row is None:
        raise _unusable()
    return record(UserRecord, row)


def _unusable() -> AccountError:
    return AccountError(
        "link_unusable",
        "This link cannot be used: it was used before, replaced by a newer one, or has expired. Ask an administrator "
        "for a new one.",
    )
