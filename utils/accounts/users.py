"""Users and their teams."""

import secrets
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Connection, bindparam, delete, func, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.passwords import NO_HASH, hash_password, is_outdated
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import (
    api_keys,
    invitations,
    live,
    password_links,
    sessions,
    sign_ins,
    spectator_links,
    teams,
    users,
)
from utils.registry.agent_registry import add_built_in

USER = columns_of(UserRecord, users)
USER_AND_TEAM = [*columns_of(UserRecord, users, "user_"), *columns_of(TeamRecord, teams, "team_")]
_OF_TEAM = select(*USER).where(users.c.team_key == bindparam("team"))
_ONE = _OF_TEAM.where(users.c.id == bindparam("id"))
_PEOPLE = (
    select(*USER_AND_TEAM, users.c.password).select_from(users.join(teams)).where(users.c.active, not_(users.c.service))
)
_WITH_EMAIL = _PEOPLE.where(users.c.email == bindparam("email")).order_by(users.c.key)
_WITH_ID = _PEOPLE.where(users.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Revoked:
    """How much of what a user had given out ended with their account, or with their being an administrator."""

    links: int = 0
    invitations: int = 0
    keys: int = 0
    password_links: int = 0

    @property
    def told(self) -> dict[str, int]:
        """For the audit trail, without what there was none of: ``{"revoked invitations": 2}``."""
        return {f"revoked {name.replace('_', ' ')}": count for name, count in asdict(self).items() if count}


class AccountError(ValueError):
    """An account cannot be made or changed like this. ``code`` is the reason, the message says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class SignedOutError(RuntimeError):
    """All sign-ins of the user were ended since it was read who they are: what was proved by then does not count."""


class Users:
    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        """Whether there is any account. Without one, only the set-up can be reached."""
        with self._database.read() as connection:
            return any_user(connection)

    def of_team(self, team_key: int) -> list[UserRecord]:
        """All users of the team, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_TEAM.order_by(users.c.key), {"team": team_key})
            return [record(UserRecord, row) for row in rows]

    def get(self, team_key: int, user_id: str) -> UserRecord | None:
        with self._database.read() as connection:
            return get_user(connection, team_key, user_id)

    def with_email(self, email: str) -> list[tuple[UserRecord, TeamRecord, str]]:
        """The active users with that address, at most one in each team, with their team and password hash."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_EMAIL, {"email": clean_email(email)})
            return [(*user_and_team(row), row.password) for row in rows]

    def most_of_an_email(self) -> int:
        """The largest number of active users that share an e-mail address, each in a team of its own."""
        counted = select(func.count().label("n")).select_from(users).where(users.c.active).group_by(users.c.email)
        with self._database.read() as connection:
            return int(connection.execute(select(func.max(counted.subquery().c.n))).scalar() or 0)

    def with_id(self, user_id: str) -> tuple[UserRecord, TeamRecord, str] | None:
        """Any active person, with the hash of their password."""
        with self._database.read() as connection:
            row = connection.execute(_WITH_ID, {"id": user_id}).first()
        return (*user_and_team(row), row.password) if row else None

    def password_of(self, user_key: int) -> str:
        """The hash of the user's password."""
        with self._database.read() as connection:
            return str(connection.execute(select(users.c.password).where(users.c.key == user_key)).scalar())

    def renew_password(self, user_key: int, password: str, hashed: str) -> None:
        """After a sign-in: hash the password anew if the hash that it has fits was made with outdated parameters."""
        if is_outdated(hashed):
            renewed = hash_password(password)
            same = update(users).where(users.c.key == user_key, users.c.password == hashed)
            with self._database.write() as connection:  # it may have been replaced by another password meanwhile
                connection.execute(same.values(password=renewed))

    def teams_named(self, name: str) -> list[TeamRecord]:
        """The one with this id, or all with this name."""
        wanted = select(*columns_of(TeamRecord, teams)).where((teams.c.name == name) | (teams.c.id == name))
        with self._database.read() as connection:
            rows = connection.execute(wanted)
            return [record(TeamRecord, row) for row in rows]

    def change_team(
        self, team_key: int, *, name: str | None = None, second_factor_required: bool | None = None
    ) -> TeamRecord:
        """The team as it is then."""
        wanted = {"name": name, "second_factor_required": second_factor_required}
        changes = {column: value for column, value in wanted.items() if value is not None}
        with self._database.write() as connection:
            if changes:
                connection.execute(update(teams).where(teams.c.key == team_key).values(changes))
            one = select(*columns_of(TeamRecord, teams)).where(teams.c.key == team_key)
            return record(TeamRecord, connection.execute(one).one())

    def set_password(self, user: UserRecord, password: str, keep_sign_in: int) -> str:
        """The hash of it. All other sign-ins of the user end, and password links become invalid.

        Raises SignedOutError: see lock_as_seen.
        """
        hashed = hash_password(password)
        with self._database.write() as connection:
            lock_as_seen(connection, user)
            connection.execute(update(users).where(users.c.key == user.key).values(password=hashed))
            end_sign_ins(connection, user.key, keep_sign_in)
            forget_password_links(connection, user.key)
        return hashed

    def change(
        self,
        team_key: int,
        user_id: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
    ) -> tuple[UserRecord, Revoked] | None:
        """The user as they are then, and what ended with their account, or with their being an administrator.

        None for an unknown user. Raises AccountError where a team would be left without an administrator.
        """
        with self._database.write() as connection:
            # Two administrators who demote each other at the same moment would leave none.
            lock_team(connection, team_key)
            user = get_user(connection, team_key, user_id)
            if user is None:
                return None
            if user.erased:
                raise AccountError("erased", "The data of this person was erased. The account cannot be changed.")
            wanted = {"name": name, "role": role, "active": active}
            changes = {column: value for column, value in wanted.items() if value is not None}
            if changes:
                connection.execute(update(users).where(users.c.key == user.key).values(changes))
            require_administrator(connection, team_key)
            revoked = Revoked()
            if active is False:
                revoked = end_all(connection, user.key)
            elif user.role == "administrator" and role not in (None, "administrator"):
                revoked = _end_given_by_administrator(connection, user.key)
            changed = get_user(connection, team_key, user_id)
            assert changed is not None
            return changed, revoked

    def add_service(self, team_key: int, name: str, role: Role) -> UserRecord:
        """A service account: a program of the team. It has API keys and nothing to sign in with."""
        user_id = _new_id()
        added = insert(users).values(
            id=user_id, team_key=team_key, email=user_id, name=name, role=role, password=NO_HASH,
            created_at=now(), service=True,
        )  # fmt: skip
        with self._database.write() as connection:
            return record(UserRecord, connection.execute(added.returning(*USER)).one())

    def hand_over(self, team_key: int, user_id: str, to_id: str) -> tuple[UserRecord, UserRecord, int] | None:
        """Give the sessions of a deactivated user to another: the former owner, the new owner, the number of sessions.

        None for an unknown user. Raises AccountError if the user is active, or the other may not own sessions.
        """
        with self._database.write() as connection:
            lock_team(connection, team_key)  # neither user is deactivated or gets another role meanwhile
            user, to = get_user(connection, team_key, user_id), get_user(connection, team_key, to_id)
            if user is None:
                return None
            if user.active:
                raise AccountError(
                    "still_active",
                    f"{user.name} is still active. Deactivate the account before you hand over its sessions.",
                )
            require_owner(to)
            assert to is not None
            moved = connection.execute(
                update(sessions).where(sessions.c.owner_key == user.key, live).values(owner_key=to.key)
            )
            return user, to, moved.rowcount


def require_owner(user: UserRecord | None) -> None:
    """Raises AccountError if they may not own sessions."""
    if user is None or not user.active or user.role == "viewer" or user.service:
        raise AccountError(
            "cannot_own", "The new owner must be a person: an active member or administrator of the team."
        )


def require_administrator(connection: Connection, team_key: int) -> None:
    """Raises AccountError if the team has none."""
    left = select(users.c.key).where(
        users.c.team_key == team_key, users.c.role == "administrator", users.c.active, not_(users.c.service)
    )
    if connection.execute(left.limit(1)).first() is None:
        raise AccountError(
            "last_administrator", "A team needs an administrator. Make somebody else an administrator first."
        )


def add_user(connection: Connection, team_key: int, email: str, name: str, role: Role, hashed: str) -> UserRecord:
    """As part of the caller's transaction. Raises AccountError when the team has such an address already."""
    email = clean_email(email)
    taken = select(users.c.key).where(users.c.team_key == team_key, users.c.email == email)
    if connection.execute(taken).first() is not None:
        raise _email_taken()
    added = insert(users).values(
        id=_new_id(), team_key=team_key, email=email, name=name, role=role, password=hashed, created_at=now(),
    )  # fmt: skip
    try:
        return record(UserRecord, connection.execute(added.returning(*USER)).one())
    except IntegrityError as error:  # somebody else added it at the same moment
        raise _email_taken() from error


def _email_taken() -> AccountError:
    return AccountError("email_taken", "A user of this team already has that e-mail address. Sign in instead.")


def add_team(connection: Connection, name: str) -> TeamRecord:
    """As part of the caller's transaction. The first team gets the sessions that emitters made before it."""
    added = insert(teams).values(id=f"team-{secrets.token_hex(8)}", name=name, created_at=now())
    team = record(TeamRecord, connection.execute(added.returning(*columns_of(TeamRecord, teams))).one())
    connection.execute(update(sessions).where(sessions.c.team_key.is_(None)).values(team_key=team.key))
    add_built_in(connection, team.key)
    return team


def any_user(connection: Connection) -> bool:
    return connection.execute(select(users.c.key).limit(1)).first() is not None


def end_sign_ins(connection: Connection, user_key: int, but: int | None = None) -> int:
    """End all sign-ins of the user, except ``but``, and those that are on their way: how often that was done by now.

    The user's row comes first: a sign-in that is being opened is there to be ended, or will find that it is too late.
    """
    count = stop_sign_ins(connection, user_key)
    others = sign_ins.c.key != (but or 0)
    connection.execute(
        update(sign_ins)
        .where(sign_ins.c.user_key == user_key, sign_ins.c.ended_at.is_(None), others)
        .values(ended_at=now(), id_token=None)
    )
    return count


def lock_administrator(connection: Connection, user: UserRecord) -> None:
    """As part of a transaction in which an administrator gives something out: it comes before they are none, or not
    at all. Raises AccountError.
    """
    lock_team(connection, user.team_key)  # as whoever changes roles does
    found = get_user(connection, user.team_key, user.id)
    if found is None or not found.active:
        raise _deactivated()
    if found.role != "administrator":
        raise AccountError("not_administrator", "You are no administrator of your team any more.")


def stop_sign_ins(connection: Connection, user_key: int) -> int:
    """What was proved of the user by now lets nobody in who is not in: how often that was said by now."""
    counted = update(users).where(users.c.key == user_key).values(sign_ins_ended=users.c.sign_ins_ended + 1)
    count: int = connection.execute(counted.returning(users.c.sign_ins_ended)).scalar_one()
    return count


def lock_as_seen(connection: Connection, user: UserRecord) -> None:
    """As part of a transaction that rests on what was proved of the user: it comes before their sign-ins are ended, or
    not at all. Raises SignedOutError.
    """
    same = users.c.key == user.key, users.c.active, users.c.sign_ins_ended == user.sign_ins_ended
    if connection.execute(select(users.c.key).where(*same).with_for_update(key_share=True)).first() is None:
        raise SignedOutError("All sign-ins of the user were ended meanwhile.")


def lock_active(connection: Connection, user_key: int) -> None:
    """As part of a transaction in which the user gives something out: it comes before their account ends, or after.

    Raises AccountError if it has ended.
    """
    active = select(users.c.key).where(users.c.key == user_key, users.c.active)
    if connection.execute(active.with_for_update(read=True)).first() is None:
        raise _deactivated()


def _deactivated() -> AccountError:
    return AccountError("deactivated", "This account was deactivated. Ask an administrator of your team.")


def end_all(connection: Connection, user_key: int) -> Revoked:
    """End whatever lets anybody in on behalf of the user, as part of the transaction that deactivates them."""
    at = now()
    end_sign_ins(connection, user_key)
    forget_password_links(connection, user_key)
    links = update(spectator_links).where(
        spectator_links.c.made_by == user_key, spectator_links.c.revoked_at.is_(None), spectator_links.c.expires_at > at
    )
    keys = update(api_keys).where(api_keys.c.user_key == user_key, api_keys.c.revoked_at.is_(None))
    return replace(
        _end_given_by_administrator(connection, user_key),
        links=connection.execute(links.values(revoked_at=at)).rowcount,
        keys=connection.execute(keys.values(revoked_at=at)).rowcount,
    )


def _end_given_by_administrator(connection: Connection, user_key: int) -> Revoked:
    """By which they, or whoever they gave it to, would become an administrator again, or somebody else."""
    return Revoked(
        invitations=connection.execute(delete(invitations).where(invitations.c.invited_by == user_key)).rowcount,
        password_links=connection.execute(delete(password_links).where(password_links.c.made_by == user_key)).rowcount,
    )


def _new_id() -> str:
    return f"user-{secrets.token_hex(8)}"


def forget_password_links(connection: Connection, user_key: int) -> None:
    """As part of the caller's transaction: make all password links of the user invalid."""
    connection.execute(delete(password_links).where(password_links.c.user_key == user_key))


def clean_email(email: str) -> str:
    """An address as it is stored and compared: without regard to upper and lower case."""
    return email.strip().lower()


def user_and_team(row: AnyRow) -> tuple[UserRecord, TeamRecord]:
    """From a row with USER_AND_TEAM."""
    return record(UserRecord, row, "user_"), record(TeamRecord, row, "team_")


def get_user(connection: Connection, team_key: int, user_id: str) -> UserRecord | None:
    row = connection.execute(_ONE, {"id": user_id, "team": team_key}).first()
    return record(UserRecord, row) if row else None


def lock_team(connection: Connection, team_key: int) -> None:
    """Other transactions that lock the team wait until this one ends."""
    connection.execute(select(teams.c.key).where(teams.c.key == team_key).with_for_update(key_share=True))
