"""Password links: each sets a user's forgotten password once, within a day. A user has at most one."""

from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update

from utils.accounts.guessable import refuse_guessable
from utils.accounts.passwords import hash_password
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import (
    USER,
    USER_AND_TEAM,
    AccountError,
    end_sign_ins,
    forget_password_links,
    lock_administrator,
    user_and_team,
)
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import record
from utils.database.tables import password_links, teams, users

_VALID = timedelta(days=1)


class PasswordLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, team_key: int, user_id: str, by: UserRecord | None = None) -> tuple[UserRecord, str] | None:
        """The user and the secret of a new link, of which only a hash is stored. An earlier link becomes invalid.

        ``by``: the administrator who makes it, if one does. None for an unknown user; raises AccountError for a
        deactivated one, for a service account, and see lock_administrator.
        """
        secret = new_secret()
        with self._database.write() as connection:
            if by is not None:
                lock_administrator(connection, by)
            # Locked: of two links made at the same moment, the second replaces the first.
            wanted = select(*USER).where(users.c.id == user_id, users.c.team_key == team_key)
            row = connection.execute(wanted.with_for_update(key_share=True)).first()
            if row is None:
                return None
            user = record(UserRecord, row)
            if user.service:
                raise AccountError("service_account", f"{user.name} is a service account, which has only API keys.")
            if not user.active:
                raise AccountError("deactivated", f"{user.name} is deactivated. Reactivate the account first.")
            forget_password_links(connection, user.key)
            made = insert(password_links).values(
                user_key=user.key, secret=hash_of(secret), expires_at=now() + _VALID,
                made_by=by.key if by is not None else None,
            )  # fmt: skip
            connection.execute(made)
        return user, secret

    def use(self, secret: str, password: str) -> tuple[UserRecord, TeamRecord, str]:
        """Set the password of the link's user, sign them out everywhere, and delete the link; with the new hash.

        Raises AccountError if the link was used or replaced, has expired, or does not exist.
        """
        with self._database.read() as connection:
            user, team = _find(connection, secret)  # before the password is hashed, which is expensive
        refuse_guessable(password, user.email, user.name, team.name)
        hashed = hash_password(password)
        with self._database.write() as connection:
            user, team = _find(connection, secret)
            taken = connection.execute(delete(password_links).where(password_links.c.secret == hash_of(secret)))
            if not taken.rowcount:  # somebody else used it at the same moment
                raise _unusable()
            connection.execute(update(users).where(users.c.key == user.key).values(password=hashed))
            end_sign_ins(connection, user.key)
        return user, team, hashed

    def forget_expired(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(password_links).where(password_links.c.expires_at < now()))


def _find(connection: Connection, secret: str) -> tuple[UserRecord, TeamRecord]:
    row = connection.execute(
        select(*USER_AND_TEAM)
        .select_from(password_links.join(users).join(teams))
        .where(password_links.c.secret == hash_of(secret), password_links.c.expires_at > now(), users.c.active)
    ).first()
    if row is None:
        raise _unusable()
    return user_and_team(row)


def _unusable() -> AccountError:
    return AccountError(
        "link_unusable",
        "This link was used before, was replaced by a newer one, or has expired. Ask an administrator for a new one.",
    )
