"""People who come from the provider: which user each is, made at the first time, and in which role."""

import logging
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, func, insert, not_, or_, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.clearing import Cleared, clear
from utils.accounts.passwords import NO_HASH
from utils.accounts.principal import ROLES, Role, TeamRecord, UserRecord
from utils.accounts.users import (
    USER,
    USER_AND_TEAM,
    AccountError,
    Users,
    add_user,
    get_user,
    lock_as_seen,
    stop_sign_ins,
    user_and_team,
)
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import identities, sign_ins, teams, users
from utils.identity.admission import NotAdmittedError, admit, first_role
from utils.identity.person import Person
from utils.settings import Settings

_log = logging.getLogger(__name__)
_KNOWN = (
    select(*USER_AND_TEAM, identities.c.key)
    .select_from(identities.join(users).join(teams))
    .where(identities.c.issuer == bindparam("issuer"), identities.c.subject == bindparam("subject"))
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """``news`` is for the audit trail: what this has changed, as (action, subject).

    ``cleared``: what ended of an account that was there before, and to which the address has led.
    """

    user: UserRecord
    team: TeamRecord
    identity_key: int
    news: tuple[tuple[str, str], ...] = ()
    cleared: Cleared | None = None


class Arrivals:
    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def arrive(self, person: Person) -> Arrival:
        """Raises NotAdmittedError, AccountError."""
        role = admit(person, self._settings)
        found = self._known(person)
        if found is None:
            return self._first(person, role)
        if not found.user.active:
            raise AccountError("deactivated", "Your account here was deactivated. Ask an administrator of your team.")
        with self._database.write() as connection:
            seen = update(identities).where(identities.c.key == found.identity_key)
            connection.execute(seen.values(email=person.email, seen_at=now()))
        return self._in_role(found, role)

    def connect(self, user: UserRecord, person: Person) -> None:
        """The user, who has signed in otherwise, is this person.

        Raises NotAdmittedError, AccountError, SignedOutError.
        """
        admit(person, self._settings)
        taken = select(identities.c.user_key).where(
            identities.c.issuer == person.issuer,
            or_(identities.c.user_key == user.key, identities.c.subject == person.subject),
        )
        name = self._settings.oidc_name
        with self._database.write() as connection:
            lock_as_seen(connection, user)
            found = connection.execute(taken).scalars().all()
            if found == [user.key]:
                raise AccountError("connected", f"Your account is connected with {name} already.")
            if found:
                raise AccountError("connected", f"This account of {name} belongs to another user here.")
            _add(connection, user.key, person)

    def disconnect(self, user: UserRecord) -> str:
        """How the provider's account was called. The sign-ins that were made with it end. Raises AccountError."""
        gone = delete(identities).where(identities.c.user_key == user.key)
        with self._database.write() as connection:
            stop_sign_ins(connection, user.key)
            rows = connection.execute(gone.returning(identities.c.key, identities.c.email, identities.c.subject)).all()
            if not rows:
                name = self._settings.oidc_name
                raise AccountError("not_connected", f"Your account is not connected with {name}.")
            made = sign_ins.c.identity_key.in_([row.key for row in rows]), sign_ins.c.ended_at.is_(None)
            connection.execute(update(sign_ins).where(*made).values(ended_at=now(), id_token=None))
        return ", ".join(row.email or row.subject for row in rows)

    def team(self) -> TeamRecord:
        """The one that people join. Raises NotAdmittedError where the settings name another than there is."""
        wanted, columns = self._settings.oidc_team, columns_of(TeamRecord, teams)
        query = select(*columns).order_by(teams.c.key)
        if wanted is not None:
            query = query.where(or_(teams.c.name == wanted, teams.c.id == wanted))
        with self._database.read() as connection:
            rows = connection.execute(query.limit(2)).all()
        if not rows or (wanted is not None and len(rows) > 1):
            raise NotAdmittedError(
                "not_admitted", "An administrator of this server has to correct OIDC_TEAM: it does not name one team."
            )
        return record(TeamRecord, rows[0])

    def tell_locked_out(self) -> None:
        """At a start: how many people PASSWORD_SIGN_IN leaves without a way in."""
        kept_out = [role for role in ROLES if not self._settings.allows_password(role)]
        connected = select(identities.c.user_key).where(identities.c.user_key == users.c.key).exists()
        lost = select(func.count()).select_from(users).where(users.c.active, not_(users.c.service), not_(connected))
        with self._database.read() as connection:
            count = connection.scalar(lost.where(users.c.role.in_(kept_out)))
        if count:
            _log.warning(
                "PASSWORD_SIGN_IN=%s: active users who cannot sign in, having connected no account of %s: %d. "
                "Set it to all until they have, or set OIDC_LINK_BY_EMAIL=1",
                self._settings.password_sign_in, self._settings.oidc_name, count,
            )  # fmt: skip

    def has_identity(self, user_key: int) -> bool:
        with self._database.read() as connection:
            one = select(identities.c.key).where(identities.c.user_key == user_key)
            return connection.execute(one.limit(1)).first() is not None

    def _known(self, person: Person) -> Arrival | None:
        with self._database.read() as connection:
            row = connection.execute(_KNOWN, {"issuer": person.issuer, "subject": person.subject}).first()
        return Arrival(*user_and_team(row), row.key) if row is not None else None

    def _first(self, person: Person, role: Role | None) -> Arrival:
        team, given = self.team(), role or first_role(self._settings)
        cleared = None
        try:
            with self._database.write() as connection:
                user = self._linked(connection, team, person)
                if user is None:
                    assert person.email is not None
                    name = person.name or person.email.partition("@")[0]
                    user = add_user(connection, team.key, person.email, name, given, NO_HASH)
                else:  # whoever has made the account had not shown that the address is theirs
                    cleared = clear(connection, user.key)
                    user = get_user(connection, team.key, user.id)
                    assert user is not None
                key = _add(connection, user.key, person)
        except (AccountError, IntegrityError):
            found = self._known(person)  # two tabs may arrive at the same moment
            if found is None:
                raise
            return self._in_role(found, role)
        name = self._settings.oidc_name
        if cleared is None:
            news = ("joined", f"{user.role} by {name}")
        else:
            news = ("identity linked", f"{user.named} by {name}; ended: {cleared.words}")
        return self._in_role(Arrival(user, team, key, (news,), cleared), role)

    def _linked(self, connection: Connection, team: TeamRecord, person: Person) -> UserRecord | None:
        """The user whose address this is, if they are to be the same. Raises AccountError if they are not."""
        name = self._settings.oidc_name
        if person.email is None:
            raise NotAdmittedError(
                "not_admitted",
                f"{name} has told no e-mail address of you. Ask an administrator to add email to OIDC_SCOPES.",
            )
        same = select(*USER).where(users.c.team_key == team.key, users.c.email == person.email)
        row = connection.execute(same.with_for_update(key_share=True)).first()
        if row is None:
            return None
        user = record(UserRecord, row)
        if not user.active:
            raise AccountError("deactivated", "Your account here was deactivated. Ask an administrator of your team.")
        # An address may be anybody's: written into a profile by hand, or given to somebody new after one has left.
        other = select(identities.c.key).where(identities.c.user_key == user.key, identities.c.issuer == person.issuer)
        known = connection.execute(other).first() is not None
        if not (self._settings.oidc_link_by_email and person.email_verified) or known or user.service:
            how = (
                f"Sign in with your password and connect {name} in the account menu, or ask an administrator."
                if self._settings.allows_password(user.role)
                else f"You would connect {name} after signing in with your password, which this server does not allow "
                "you. Ask its administrator to allow passwords for a while (PASSWORD_SIGN_IN)."
            )
            raise AccountError(
                "email_taken",
                f"There is a user with the address {person.email} here, and it is not certain that this is you. {how}",
            )
        return user

    def _in_role(self, arrival: Arrival, role: Role | None) -> Arrival:
        user = arrival.user
        if role is None or role == user.role or arrival.team.key != self.team().key:
            return arrival  # other teams have administrators of their own, who have asked no provider
        try:
            changed = Users(self._database).change(arrival.team.key, user.id, role=role)
        except AccountError as error:  # the last administrator stays one
            kept = ("role kept", f"{user.named}: {role} by groups, but {error}")
            return replace(arrival, news=(*arrival.news, kept))
        assert changed is not None
        told = "".join(f", {what}: {count}" for what, count in changed[1].told.items())
        news = ("user changed", f"{user.named}: role: {role}, by groups of {self._settings.oidc_name}{told}")
        seen = replace(changed[0], sign_ins_ended=user.sign_ins_ended)  # when the identity was
        return replace(arrival, user=seen, news=(*arrival.news, news))


def _add(connection: Connection, user_key: int, person: Person) -> int:
    at = now()
    added = insert(identities).values(
        user_key=user_key, issuer=person.issuer, subject=person.subject, email=person.email, created_at=at, seen_at=at
    )
    return int(connection.execute(added.returning(identities.c.key)).scalar_one())
