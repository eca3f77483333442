"""Users and their teams."""

import secrets

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.passwords import hash_password, is_outdated
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import password_links, sessions, sign_ins, teams, users
from utils.registry.agent_registry import add_built_in

USER = columns_of(UserRecord, users)
USER_AND_TEAM = [*columns_of(UserRecord, users, "user_"), *columns_of(TeamRecord, teams, "team_")]
_OF_TEAM = select(*USER).where(users.c.team_key == bindparam("team"))
_ONE = _OF_TEAM.where(users.c.id == bindparam("id"))
_WITH_EMAIL = (
    select(*USER_AND_TEAM, users.c.password)
    .select_from(users.join(teams))
    .where(users.c.email == bindparam("email"), users.c.active)
    .order_by(users.c.key)
)


class AccountError(ValueError):
    """An account cannot be made or changed so. ``code`` names why, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Users:
    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        """Whether there is an account at all. Without one, nothing but the set-up is reachable."""
        with self._database.read() as connection:
            return any_user(connection)

    def of_team(self, team_key: int) -> list[UserRecord]:
        """All of them, the first to come first."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_TEAM.order_by(users.c.key), {"team": team_key})
            return [record(UserRecord, row) for row in rows]

    def get(self, team_key: int, user_id: str) -> UserRecord | None:
        with self._database.read() as connection:
            return _get(connection, team_key, user_id)

    def with_email(self, email: str) -> list[tuple[UserRecord, TeamRecord, str]]:
        """The active users of that address, one a team, each with its team and its password's hash."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_EMAIL, {"email": clean_email(email)})
            return [(*user_and_team(row), row.password) for row in rows]

    def most_of_an_email(self) -> int:
        """How many active users the address has that has most, in as many teams."""
        counted = select(func.count().label("n")).select_from(users).where(users.c.active).group_by(users.c.email)
        with self._database.read() as connection:
            return int(connection.execute(select(func.max(counted.subquery().c.n))).scalar() or 0)

    def password_of(self, user_key: int) -> str:
        """Its hash."""
        with self._database.read() as connection:
            return str(connection.execute(select(users.c.password).where(users.c.key == user_key)).scalar())

    def renew_password(self, user_key: int, password: str) -> None:
        """After a sign-in: keep the password as today's parameters want it, if it is not."""
        if is_outdated(self.password_of(user_key)):
            self.set_password(user_key, password)

    def rename_team(self, team_key: int, name: str) -> None:
        with self._database.write() as connection:
            connection.execute(update(teams).where(teams.c.key == team_key).values(name=name))

    def set_password(self, user_key: int, password: str, keep_sign_in: int | None = None) -> None:
        """With ``keep_sign_in``, everybody else who can come in as this user has to sign in again."""
        hashed = hash_password(password)
        with self._database.write() as connection:
            connection.execute(update(users).where(users.c.key == user_key).values(password=hashed))
            if keep_sign_in is not None:
                end_sign_ins(connection, user_key, keep_sign_in)
                forget_password_links(connection, user_key)

    def change(
        self,
        team_key: int,
        user_id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
    ) -> UserRecord | None:
        """None for an unknown user. Raises AccountError where a team would be left without an administrator."""
        with self._database.write() as connection:
            # Two administrators who demote each other at the same instant would leave none: one after the other.
            _lock(connection, team_key)
            user = _get(connection, team_key, user_id)
            if user is None:
                return None
            wanted = {"name": name, "role": role, "active": active}
            changes = {column: value for column, value in wanted.items() if value is not None}
            if changes:
                connection.execute(update(users).where(users.c.key == user.key).values(changes))
            left = select(users.c.key).where(
                users.c.team_key == team_key, users.c.role == "administrator", users.c.active
            )
            if connection.execute(left.limit(1)).first() is None:
                raise AccountError(
                    "last_administrator", "A team needs an administrator. Make somebody else one first, then try again."
                )
            if active is False:
                end_sign_ins(connection, user.key)
                forget_password_links(connection, user.key)
            return _get(connection, team_key, user_id)

    def hand_over(self, team_key: int, user_id: str, to_id: str) -> tuple[UserRecord, UserRecord, int] | None:
        """Give the sessions of somebody who was deactivated to another user: whose, to whom, how many.

        None for an unknown user. Raises AccountError unless the other is active and may own sessions.
        """
        with self._database.write() as connection:
            _lock(connection, team_key)  # who is deactivated, or may work, stays so meanwhile
            user, to = _get(connection, team_key, user_id), _get(connection, team_key, to_id)
            if user is None:
                return None
            if user.active:
                raise AccountError(
                    "still_active", f"{user.name} is active, and keeps their sessions. Deactivate them first."
                )
            if to is None or not to.active or to.role == "viewer":
                raise AccountError("cannot_own", "Hand them over to an active member or administrator of the team.")
            kept = func.substr(sessions.c.id, 1, 8) != "deleted/"
            moved = connection.execute(
                update(sessions).where(sessions.c.owner_key == user.key, kept).values(owner_key=to.key)
            )
            return user, to, moved.rowcount


def add_user(connection: Connection, team_key: int, email: str, name: str, role: Role, hashed: str) -> UserRecord:
    """As part of the caller's transaction. Raises AccountError when the team has such an address already."""
    email = clean_email(email)
    taken = select(users.c.key).where(users.c.team_key == team_key, users.c.email == email)
    if connection.execute(taken).first() is not None:
        raise _email_taken()
    added = insert(users).values(
        id=f"user-{secrets.token_hex(8)}", team_key=team_key, email=email, name=name, role=role, password=hashed,
        created_at=now(),
    )  # fmt: skip
    try:
        return record(UserRecord, connection.execute(added.returning(*USER)).one())
    except IntegrityError as error:  # somebody else was a moment earlier
        raise _email_taken() from error


def _email_taken() -> AccountError:
    return AccountError("email_taken", "Somebody of this team has that e-mail address already. Sign in instead.")


def add_team(connection: Connection, name: str) -> TeamRecord:
    """As part of the caller's transaction. The first team gets the sessions that emitters made before it."""
    added = insert(teams).values(id=f"team-{secrets.token_hex(8)}", name=name, created_at=now())
    team = record(TeamRecord, connection.execute(added.returning(*columns_of(TeamRecord, teams))).one())
    connection.execute(update(sessions).where(sessions.c.team_key.is_(None)).values(team_key=team.key))
    add_built_in(connection, team.key)
    return team


def any_user(connection: Connection) -> bool:
    return connection.execute(select(users.c.key).limit(1)).first() is not None


def end_sign_ins(connection: Connection, user_key: int, but: int | None = None) -> None:
    """All that a user has, at once; with ``but``, all others."""
    others = sign_ins.c.key != (but or 0)
    connection.execute(
        update(sign_ins)
        .where(sign_ins.c.user_key == user_key, sign_ins.c.ended_at.is_(None), others)
        .values(ended_at=now())
    )


def forget_password_links(connection: Connection, user_key: int) -> None:
    """As part of the caller's transaction: no link to this user's password works any more."""
    connection.execute(delete(password_links).where(password_links.c.user_key == user_key))


def clean_email(email: str) -> str:
    """As it is compared: people do not mind capital letters."""
    return email.strip().lower()


def user_and_team(row: AnyRow) -> tuple[UserRecord, TeamRecord]:
    """Of a row with USER_AND_TEAM."""
    return record(UserRecord, row, "user_"), record(TeamRecord, row, "team_")


def _get(connection: Connection, team_key: int, user_id: str) -> UserRecord | None:
    row = connection.execute(_ONE, {"id": user_id, "team": team_key}).first()
    return record(UserRecord, row) if row else None


def _lock(connection: Connection, team_key: int) -> None:
    """Whoever else locks the team waits until the transaction ends."""
    connection.execute(select(teams.c.key).where(teams.c.key == team_key).with_for_update(key_share=True))
