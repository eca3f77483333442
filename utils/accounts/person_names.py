"""How a person is called in the records of a team: to erase them there, and to give them what is told of them.

By the account's name and address, by former names, and by what a provider (single sign-on) calls them, which may be
another address, or no address at all. Names are anybody's choice: to be erased, a bare name is enough, so that nothing
is left. What is given out has to name an address, or a name where the server writes one that nobody else in the team
has: else whoever is called as a word of the trail could read the lines that have the word.
"""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import Column, ColumnElement, and_, or_, select

from utils.accounts.principal import UserRecord, pseudonym
from utils.database.base import Database
from utils.database.tables import audit, identities, users

# Behind a name that is another person's, or the beginning of it. In "Ada to Gus <gus@example.org>" it is not.
_ANOTHER = r"(?: (?!(?:and|by|for|from|of|to|with) )[^<>\s]+){0,8} <[^<>]*@"
_REFUSED = "sign-in refused"  # by what the provider calls whoever it was
# "<what the provider calls them> of <provider>", or "<as in the trail> by <provider>"
_IDENTITY = ("identity linked", "identity unlinked")
_BY_NAME = r"(?:\bof|\bmade by) "  # "laptop of Ada"


class PersonNames:
    def __init__(
        self, user: UserRecord, names: Iterable[str], addresses: Iterable[str], ids: Iterable[str], others: set[str]
    ) -> None:
        """``ids``: what else a provider calls them, which is too short to be looked for within texts.

        ``others``: names that somebody else in the team has, too.
        """
        self._pseudonym = pseudonym(user.id)
        self._mail = user.email
        self._ids = sorted({*ids, *addresses})
        self.names = sorted({user.name, *names} - {self._pseudonym}, key=len, reverse=True)
        self.addresses = sorted({user.email, *addresses}, key=len, reverse=True)
        bare = [rf"(?<![\w.+-]){re.escape(mail)}(?![\w-]|\.\w)" for mail in self.addresses]
        sure = [rf"{_BY_NAME}{re.escape(name)}$" for name in self.names if name not in others]
        self._sure = re.compile("|".join([*(f"(?i:{one})" for one in bare), *sure]))
        self._patterns = [
            *(
                re.compile(rf"{re.escape(name)} <{re.escape(mail)}>", re.IGNORECASE)
                for mail in self.addresses
                for name in self.names
            ),
            *(re.compile(one, re.IGNORECASE) for one in bare),
            *(re.compile(rf"(?<!\w){re.escape(name)}(?!\w)(?!{_ANOTHER})") for name in self.names),
        ]

    @classmethod
    def of(cls, database: Database, user: UserRecord) -> "PersonNames":
        """As the records call them that there are: erase those last that name the address."""
        former, called = _former_names(database, user), _called_by_provider(database, user)
        others = select(users.c.name, users.c.email).where(users.c.team_key == user.team_key, users.c.key != user.key)
        with database.read() as connection:
            rows = connection.execute(others).all()
        called -= {row.email for row in rows}  # an address proves nobody: it is another account's
        addresses = {one for one in called if "@" in one}
        return cls(user, former, addresses, called, {row.name for row in rows})

    def in_column(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        """Whether they may be named there."""
        return or_(*(column.icontains(words, autoescape=True) for words in (*self.addresses, *self.names)))

    def in_trail(self) -> ColumnElement[bool]:
        """Whether a line of the audit trail may name them."""
        refused = and_(audit.c.action == _REFUSED, audit.c.actor.in_(self._ids))
        return or_(self.in_column(audit.c.actor), self.in_column(audit.c.subject), refused)

    def without(self, text: str) -> str:
        for pattern in self._patterns:
            text = pattern.sub(self._pseudonym, text)
        return text

    def without_in_line(self, action: str, actor: str, subject: str) -> tuple[str, str]:
        """The actor and the subject of a line of the audit trail."""
        told = self.without(subject)
        if action in _IDENTITY and self.is_actor(action, actor) and not told.startswith(f"{self._pseudonym} by "):
            told = re.sub(r"^.+(?= of )", self._pseudonym, told)
        return self._pseudonym if self.is_actor(action, actor) else self.without(actor), told

    def is_actor(self, action: str, actor: str) -> bool:
        """Whether they did it beyond doubt, so that its network address is theirs."""
        called = action == _REFUSED and (actor == self._mail or actor in self._ids)
        return called or actor.endswith(f"<{self._mail}>")

    def may_be_actor(self, action: str, actor: str) -> bool:
        """Whether somebody did it who is called like them."""
        return self.is_actor(action, actor) or self.without(actor) == self._pseudonym

    def is_about(self, action: str, actor: str, subject: str) -> bool:
        """Whether a line of the audit trail is by them or about them beyond doubt."""
        return self.is_actor(action, actor) or any(self._sure.search(words) for words in (actor, subject))


def _former_names(database: Database, user: UserRecord) -> set[str]:
    """By which lines of the trail call the person: names may have changed."""
    mail = re.escape(f"<{user.email}>")
    patterns = [re.compile(rf"{begin}([^<>]{{1,200}}?) {mail}") for begin in ("^", r"\bof ", r"\bto ")]
    found: set[str] = set()
    for column in (audit.c.actor, audit.c.subject):
        for words in _naming(database, user, column):
            found |= {match.group(1) for pattern in patterns if (match := pattern.search(words))}
    return found


def _called_by_provider(database: Database, user: UserRecord) -> set[str]:
    """Now, and by an account of the provider that was disconnected since."""
    known = select(identities.c.subject, identities.c.email).where(identities.c.user_key == user.key)
    with database.read() as connection:
        found = {called for row in connection.execute(known) for called in row if called}
    for subject in _naming(database, user, audit.c.actor, audit.c.subject, audit.c.action.in_(_IDENTITY)):
        called, _, _ = subject.partition(" of ")
        found |= set(called.split(", "))
    return found - {user.email}


def _naming(
    database: Database,
    user: UserRecord,
    column: Column[str],
    wanted: Column[str] | None = None,
    *more: ColumnElement[bool],
) -> Iterator[str]:
    """What the lines say in one column (``wanted``, or the same) that name the address of the account in another."""
    said = column if wanted is None else wanted
    named = column.contains(f"<{user.email}>", autoescape=True)
    query = select(said).distinct().where(audit.c.team_key == user.team_key, named, *more)
    with database.read() as connection:
        yield from connection.scalars(query).all()
