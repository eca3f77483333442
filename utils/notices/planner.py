"""Decides who is told of what was noted in the log, and puts that into the outbox, each once.

What was noted is deleted in the transaction that adds the notices: however a process ends, none is lost or added twice.
Whether somebody may read it is asked again when it is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, select, tuple_

from utils.accounts.principal import Ownership
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import agents, approvals, events, live, noted, runs, sessions
from utils.log.events import AgentActivity, LoggedEvent, logged_event
from utils.log.notable import NotedKind, approval_id
from utils.notices.audience import Audience, Person
from utils.notices.outbox import Crowd, NewNotice, add_notices
from utils.sessions.approval import ApprovalRecord
from utils.sessions.approval_rows import approval_record, select_approvals

_MOST = 200  # of one transaction
_AT_ONCE = 5  # in a minute, for people: more come together, when the minute is over
_NOTED = (
    select(
        noted.c.key, noted.c.seq, noted.c.kind, noted.c.at, events.c.body, *columns_of(Ownership, sessions, "session_")
    )
    .join_from(noted, sessions, and_(sessions.c.key == noted.c.session_key, live))
    .join(events, and_(events.c.session_key == noted.c.session_key, events.c.seq == noted.c.seq), isouter=True)
    .order_by(noted.c.key)
    .limit(_MOST)
)
_run_id = func.coalesce(runs.c.reported_id, runs.c.id)


@dataclass(frozen=True, slots=True)
class _Run:
    asked_by: int | None
    agent_id: str | None


@dataclass(frozen=True, slots=True)
class _Happening:
    """One thing that was noted. ``run`` is of the event; ``approval`` is what it asks."""

    key: int
    seq: int
    kind: NotedKind
    at: datetime
    session: Ownership
    event: LoggedEvent
    run: _Run | None = None
    approval: ApprovalRecord | None = None

    @property
    def thing(self) -> str:
        """What people are told of once, with the newest that is to say."""
        return f"{self.session.key}/{self.approval.id if self.approval else self.event.run_id or self.seq}"[:255]

    @property
    def agent_id(self) -> str | None:
        return self.run.agent_id if self.run is not None else None

    @property
    def asker(self) -> int | None:
        asked_by = self.run.asked_by if self.run is not None else None
        return asked_by if asked_by is not None else self.session.owner_key


class NoticePlanner:
    """``later``: how long an approval waits for whom it concerns first, until others who may decide are told.

    ``mail``: whether this server sends any.
    """

    def __init__(self, database: Database, later: timedelta, mail: bool) -> None:
        self._database = database
        self._later = later
        self._mail = mail

    def plan(self) -> bool:
        """The oldest of what was noted. Whether there may be more."""
        with self._database.read() as connection:
            found = connection.execute(_NOTED).all()
            if not found:
                return False
            happenings = _with_runs(connection, [_happening(row) for row in found if row.body is not None])
            happenings = _with_approvals(connection, happenings)
            audience = Audience(connection, {one.session.team_key for one in happenings if one.session.team_key})
        with self._database.write() as connection:
            of_these = noted.c.key.in_([row.key for row in found])
            there = set(connection.scalars(delete(noted).where(of_these).returning(noted.c.key)))
            added = [new for one in happenings if one.key in there for new in self._notices(one, audience)]
            add_notices(connection, list(_without_flood(connection, added)))
        return len(found) == _MOST

    def _notices(self, one: _Happening, audience: Audience) -> Iterator[NewNotice]:
        team_key, at = one.session.team_key, now()
        for rule in audience.rules(team_key):
            if rule.covers(one.kind, one.agent_id):
                thing = f"{one.session.key}/{one.seq}" if rule.channel == "webhook" else one.thing
                yield NewNotice(
                    rule.target, rule.channel, one.kind, thing, one.at, at, one.session.key, one.seq, rule.key
                )  # fmt: skip
        if one.approval is not None and one.approval.is_over:
            return
        told = [person for person in audience.people(team_key) if _concerns(one, person)]
        told = [person for person in told if person.targets(one.kind, self._mail)]
        first = {person.key for person in told if _comes_first(one, person)}
        for person in told:
            begins = at if not first or person.key in first else at + self._later
            due = person.chosen.due_at(one.kind, begins)
            for target, channel, subscription_key in person.targets(one.kind, self._mail):
                yield NewNotice(
                    target, channel, one.kind, one.thing, one.at, due, one.session.key, one.seq,
                    user_key=person.key, subscription_key=subscription_key,
                )  # fmt: skip


def _concerns(one: _Happening, person: Person) -> bool:
    """Whether they want to be told of it, and may."""
    match person.chosen.of(one.kind).whose:
        case "team":
            asked = one.approval is not None and one.approval.may_be_read_by(person.who)
            return asked or person.who.may_read(one.session)
        case "mine" if one.approval is not None:
            return one.approval.may_be_decided_by(person.who)
        case "mine":
            return one.asker == person.key and person.who.may_read(one.session)
        case _:
            return False


def _comes_first(one: _Happening, person: Person) -> bool:
    """Of an approval: who it is put to, or whose run asks. Of all else, everybody."""
    if one.approval is None:
        return True
    return person.key == one.asker if one.approval.is_for_session else one.approval.is_put_to(person.who)


def _without_flood(connection: Connection, added: Sequence[NewNotice]) -> Iterator[NewNotice]:
    """For people, who get the rest of a minute together at its end."""
    crowd = Crowd(connection, {one.target for one in added if one.channel != "webhook"})
    minute_ends = now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    for one in added:
        if one.channel == "webhook" or crowd.grows(one.target)[1] < _AT_ONCE:
            yield one
        else:
            yield replace(one, due_at=max(one.due_at, minute_ends))


def _happening(row: AnyRow) -> _Happening:
    event = logged_event.validate_json(row.body, extra="ignore")
    return _Happening(row.key, row.seq, row.kind, row.at, record(Ownership, row, "session_"), event)


def _with_runs(connection: Connection, found: Sequence[_Happening]) -> list[_Happening]:
    wanted = {(one.session.key, one.event.run_id) for one in found if one.event.run_id}
    query = (
        select(runs.c.session_key, _run_id.label("run_id"), runs.c.asked_by, agents.c.id.label("agent_id"))
        .join(agents, agents.c.key == runs.c.agent_key, isouter=True)
        .where(runs.c.session_key.in_({key for key, _ in wanted}), tuple_(runs.c.session_key, _run_id).in_(wanted))
    )
    known: Mapping[tuple[int, str], _Run] = {}
    if wanted:
        rows = connection.execute(query)
        known = {(row.session_key, row.run_id): _Run(row.asked_by, row.agent_id) for row in rows}
    return [replace(one, run=known.get((one.session.key, one.event.run_id or ""))) for one in found]


def _with_approvals(connection: Connection, found: Sequence[_Happening]) -> list[_Happening]:
    """Without what only claims to be one."""
    asked = {one.key: approval_id(one.event) for one in found if isinstance(one.event, AgentActivity)}
    if not asked:
        return list(found)
    rows = connection.execute(select_approvals.where(approvals.c.id.in_([one for one in asked.values() if one])))
    known = {row.id: approval_record(row) for row in rows}
    with_them = [
        replace(one, approval=known.get(asked[one.key] or "")) if one.key in asked else one for one in found
    ]  # fmt: skip
    return [
        one for one in with_them
        if one.key not in asked or (one.approval is not None and one.approval.session.key == one.session.key)
    ]  # fmt: skip
