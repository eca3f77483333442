"""Who of a team may be told of something: its people with what they chose and their browsers, and its rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, not_, select

from utils.accounts.principal import Grant, Principal, TeamRecord, UserRecord
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import notice_preferences, notice_rules, push_subscriptions, teams, users
from utils.log.notable import NotedKind
from utils.notices.outbox import Channel
from utils.notices.preference import Preferences, preferences_of
from utils.notices.subscriptions import shows_notices

_CHOSEN = [column for column in notice_preferences.c if not column.primary_key]
PERSON = [*columns_of(UserRecord, users, "user_"), *columns_of(TeamRecord, teams, "team_"), *_CHOSEN]
select_people = (
    select(*PERSON)
    .select_from(users.join(teams).outerjoin(notice_preferences, notice_preferences.c.user_key == users.c.key))
    .where(users.c.active, not_(users.c.service), users.c.erased_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Person:
    who: Principal
    chosen: Preferences
    browsers: Sequence[int] = ()  # keys of push subscriptions

    @property
    def key(self) -> int:
        return self.who.user.key

    def targets(self, kind: NotedKind, mail: bool) -> list[tuple[str, Channel, int | None]]:
        """Where they are told of it: target, channel, and the key of the subscription."""
        choice = self.chosen.of(kind)
        found: list[tuple[str, Channel, int | None]] = []
        if choice.has("browser"):
            found += [(f"push-{key}", "push", key) for key in self.browsers]
        if mail and choice.has("mail"):
            found.append((f"mail-{self.key}", "mail", None))
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    key: int
    team_key: int
    channel: Channel
    kinds: Sequence[NotedKind]
    agent_id: str | None

    @property
    def target(self) -> str:
        return f"rule-{self.key}"

    def covers(self, kind: NotedKind, agent_id: str | None) -> bool:
        return kind in self.kinds and self.agent_id in (None, agent_id)


class Audience:
    """Of some teams, as it is now."""

    def __init__(self, connection: Connection, team_keys: Collection[int]) -> None:
        self._people: dict[int, list[Person]] = {}
        self._rules: dict[int, list[Rule]] = {}
        browsers = _browsers(connection, team_keys)
        for row in connection.execute(select_people.where(users.c.team_key.in_(team_keys)).order_by(users.c.key)):
            who = person_of(row, browsers)
            self._people.setdefault(who.who.user.team_key, []).append(who)
        rules = select(*columns_of(Rule, notice_rules)).where(notice_rules.c.enabled)
        for row in connection.execute(rules.where(notice_rules.c.team_key.in_(team_keys))):
            self._rules.setdefault(row.team_key, []).append(record(Rule, row))

    def people(self, team_key: int | None) -> Sequence[Person]:
        return self._people.get(team_key or 0, ())

    def rules(self, team_key: int | None) -> Sequence[Rule]:
        return self._rules.get(team_key or 0, ())


def person_of(row: AnyRow, browsers: Mapping[int, Sequence[int]] | None = None) -> Person:
    user, team = record(UserRecord, row, "user_"), record(TeamRecord, row, "team_")
    who = Principal(Grant("sign-in", 0), user, team)  # as if they had signed in: with all rights of their role
    return Person(who, preferences_of(row), (browsers or {}).get(user.key, ()))


def _browsers(connection: Connection, team_keys: Collection[int]) -> dict[int, list[int]]:
    query = select(push_subscriptions.c.user_key, push_subscriptions.c.key).join(
        users, users.c.key == push_subscriptions.c.user_key
    )
    found: dict[int, list[int]] = {}
    for user_key, key in connection.execute(query.where(users.c.team_key.in_(team_keys), shows_notices())):
        found.setdefault(user_key, []).append(key)
    return found
