"""Erases a person from the records of accounts and from the names in the audit trail.

The account stays as a pseudonym, so that what refers to it (sessions of the team, runs) refers to somebody: no name, no
address, nothing to sign in with. It begins with one transaction, after which nobody gets in and every step can be
repeated; utils/sessions/person_erasure.py takes the steps, and takes them again after a kill.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Delete, Executable, Table, delete, or_, select, update

from utils.accounts.audit_chain import Erasure, Line, append, erase, hold, new_salt, seal
from utils.accounts.passwords import NO_HASH
from utils.accounts.person_names import PersonNames
from utils.accounts.principal import UserRecord, pseudonym
from utils.accounts.users import (
    USER,
    AccountError,
    end_all,
    get_user,
    lock_team,
    require_administrator,
    require_owner,
)
from utils.database.base import Database, in_pieces
from utils.database.moment import now
from utils.database.records import AnyRow, record
from utils.database.tables import (
    agents,
    audit,
    errors,
    invitations,
    kept_answers,
    live,
    mails,
    metadata,
    password_requests,
    runs,
    sessions,
    users,
    workers,
)
from utils.mail.letters import invitation_subject
from utils.mail.outbox import letter_subject

_LINES = 200  # of one step
_LONGEST = 300
_DOMAIN = "erased.invalid"  # RFC 2606: an address that cannot be


@dataclass(frozen=True, slots=True)
class Actor:
    """Who has somebody erased, for the audit trail; ``key`` is their user's, where they are one."""

    named: str
    key: int | None = None
    address: str | None = None
    request_id: str | None = None


class AccountErasure:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, team_key: int, user_id: str, email: str, by: Actor, to_id: str | None = None) -> UserRecord | None:
        """From then on nobody gets in with the account. None for an unknown user.

        ``email`` confirms who is meant. ``to_id`` gets the sessions that the person shared; without it they stay under
        the pseudonym. Raises AccountError. Begun anew, it changes nothing.
        """
        with self._database.write() as connection:
            lock_team(connection, team_key)
            user = get_user(connection, team_key, user_id)
            if user is None or user.erased:
                return user
            to = get_user(connection, team_key, to_id) if to_id is not None else None
            self._check(user, email, to_id, to)
            connection.execute(update(users).where(users.c.key == user.key).values(active=False, erased_at=now()))
            require_administrator(connection, team_key)
            end_all(connection, user.key)
            connection.execute(_letters_of(team_key, [user.name], unsent=True))  # whose links have ended
            told = pseudonym(user.id)
            if to is not None:
                shared = (sessions.c.owner_key == user.key) & sessions.c.shared & live
                moved = connection.execute(update(sessions).where(shared).values(owner_key=to.key))
                told = f"{told}, {moved.rowcount} shared sessions to {to.named}"
            actor = pseudonym(user.id) if by.key == user.key else by.named[:_LONGEST]
            address = None if by.key == user.key else by.address
            append(
                connection, team_key, Line(now(), "person erased", actor, told[:_LONGEST], address, by.request_id)
            )  # fmt: skip
            return get_user(connection, team_key, user_id)

    def _check(self, user: UserRecord, email: str, to_id: str | None, to: UserRecord | None) -> None:
        if user.service:
            raise AccountError("no_person", "A service account is no person. Deactivate it instead.")
        if email.strip().lower() != user.email:
            raise AccountError(
                "not_confirmed", "That is not the e-mail address of this person. Type it as it is shown to confirm."
            )
        if to_id is not None:
            require_owner(to if to is None or to.key != user.key else None)

    def begun(self) -> list[UserRecord]:
        """Those of whom something is left."""
        left = select(*USER).where(users.c.erased_at.is_not(None), users.c.email.not_like(f"%@{_DOMAIN}"))
        with self._database.read() as connection:
            return [record(UserRecord, row) for row in connection.execute(left.order_by(users.c.key))]

    def erase_names(self, user: UserRecord) -> None:
        """From the audit trail, the error log and what tells who is there, in pieces."""
        names = PersonNames.of(self._database, user)
        self._erase_from_errors(user, names)
        self._erase_from_runs(user, names)
        of_agents = workers.c.agent_key.in_(select(agents.c.key).where(agents.c.team_key == user.team_key))
        of_sessions = kept_answers.c.session_key.in_(select(sessions.c.key).where(sessions.c.team_key == user.team_key))
        self._delete_naming(names, workers.c.key, workers.c.name, of_agents)
        self._delete_naming(names, kept_answers.c.key, kept_answers.c.body, of_sessions)
        self._write_all(
            delete(workers).where(of_agents, workers.c.name.in_([name[:100] for name in names.names])),
            update(runs)
            .where(
                runs.c.finished_at.is_not(None),
                runs.c.session_key.in_(select(sessions.c.key).where(sessions.c.team_key == user.team_key)),
                or_(*(runs.c.owner.endswith(f"/{name[:100]}", autoescape=True) for name in names.names)),
            )
            .values(owner=None),
            delete(mails).where(mails.c.team_key == user.team_key, mails.c.recipient.in_(names.addresses)),
            _letters_of(user.team_key, names.names),
            delete(password_requests).where(password_requests.c.email.in_(names.addresses)),
            delete(invitations).where(
                invitations.c.team_key == user.team_key, invitations.c.email.in_(names.addresses)
            ),
        )
        self._erase_from_audit(user, names)  # last, because it says how the person was called

    def end(self, user: UserRecord) -> None:
        """What is the account's own, and in the end its name and address."""
        for table, column in owned_by_user():
            while self._delete_some(table, column, user.key):
                pass
        with self._database.write() as connection:
            connection.execute(
                update(users)
                .where(users.c.key == user.key)
                .values(name=pseudonym(user.id), email=f"{user.id}@{_DOMAIN}", password=NO_HASH)
            )

    def _erase_from_audit(self, user: UserRecord, names: PersonNames) -> None:
        """Last the lines that name the address: they say what else to look for, after a kill again."""
        says = or_(
            *(column.contains(f"<{user.email}>", autoescape=True) for column in (audit.c.actor, audit.c.subject))
        )
        query = (
            select(audit.c.key).where(audit.c.team_key == user.team_key, names.in_trail()).order_by(says, audit.c.key)
        )
        with self._database.read() as connection:
            keys = list(connection.scalars(query))
        for piece in in_pieces(keys, _LINES):
            while not self._erase_from_lines(user, names, piece):
                pass

    def _erase_from_lines(self, user: UserRecord, names: PersonNames, keys: Sequence[int]) -> bool:
        """False, and nothing is erased: first every line must have its place in the chain, which takes several."""
        with self._database.write() as connection:
            if not hold(connection, user.team_key):
                return False
            rows = connection.execute(select(audit).where(audit.c.key.in_(keys)).order_by(audit.c.seq))
            erasures = list(_erasures(user, rows.all(), names))
            if erasures:
                words = f"{pseudonym(user.id)}: {len(erasures)} entries"
                erase(connection, user.team_key, erasures, Line(now(), "names erased", "Ringside", words))
        return True

    def _erase_from_errors(self, user: UserRecord, names: PersonNames) -> None:
        query = select(errors.c.key, errors.c.message).where(
            errors.c.team_key == user.team_key, names.in_column(errors.c.message)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        for key, message in rows:
            self._write_all(update(errors).where(errors.c.key == key).values(message=names.without(message)))

    def _erase_from_runs(self, user: UserRecord, names: PersonNames) -> None:
        """Why a run is paused, or was resumed: “Paused by Ada.” Else the words are those of the session."""
        by_them = or_(*(runs.c.reason.contains(f" by {name}.", autoescape=True) for name in names.names))
        of_team = runs.c.session_key.in_(select(sessions.c.key).where(sessions.c.team_key == user.team_key))
        with self._database.read() as connection:
            rows = connection.execute(select(runs.c.key, runs.c.reason).where(of_team, by_them)).all()
        for key, reason in rows:
            unchanged = runs.c.key == key, runs.c.reason == reason
            self._write_all(update(runs).where(*unchanged).values(reason=names.without(reason)))

    def _delete_naming(
        self, names: PersonNames, key: Column[int], words: Column[str], which: ColumnElement[bool]
    ) -> None:
        """The rows of a table whose ``words`` name the person: not those of which the name is a part of a word."""
        query, last = select(key, words).where(which, names.in_column(words)).order_by(key).limit(_LINES), 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(key > last)).all()
            if not rows:
                return
            last = rows[-1][0]
            naming = [found for found, text in rows if names.without(text) != text]
            self._write_all(delete(key.table).where(key.in_(naming)))

    def _write_all(self, *statements: Executable) -> None:
        """Each in a transaction of its own."""
        for statement in statements:
            with self._database.write() as connection:
                connection.execute(statement)

    def _delete_some(self, own: Table, column: str, user_key: int) -> bool:
        keys = list(own.primary_key)
        some = select(keys[0]).where(own.c[column] == user_key).limit(50)
        with self._database.write() as connection:
            return connection.execute(delete(own).where(keys[0].in_(some), own.c[column] == user_key)).rowcount > 0


def owned_by_user() -> Iterator[tuple[Table, str]]:
    """The tables whose rows are a user's own, and the column that says whose."""
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is users.c.key and key.ondelete == "CASCADE":
                yield table, key.parent.name


def _letters_of(team_key: int, names: Sequence[str], *, unsent: bool = False) -> Delete:
    """Forgets the invitations by mail that say who sends them; those of a namesake, too, who was shown the links."""
    subjects = [letter_subject(invitation_subject(name)) for name in names]
    letters = delete(mails).where(mails.c.team_key == team_key, mails.c.subject.in_(subjects))
    return letters.where(mails.c.status != "sent") if unsent else letters


def _erasures(user: UserRecord, rows: Sequence[AnyRow], names: PersonNames) -> Iterator[Erasure]:
    for row in rows:
        actor, subject = (words[:_LONGEST] for words in names.without_in_line(row.action, row.actor, row.subject))
        if (actor, subject) != (row.actor, row.subject):
            address, salt = None if names.may_be_actor(row.action, row.actor) else row.address, new_salt()
            yield Erasure(row.seq, actor, subject, address, salt, seal(salt, actor, subject, address))
