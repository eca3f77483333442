"""Judged answers and steps as data: what was asked, what came of it, and what people think of that.

In the order in which they changed last, read in pieces as they are taken: memory does not grow with their number.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, exists, func, or_, select, tuple_

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import comments, feedback, judgements, messages, runs, sessions, usages
from utils.feedback.opinion import Comment, Judgement
from utils.feedback.opinion_rows import comments_of, judgements_of
from utils.feedback.told_of_run import told_of_run
from utils.sessions.activity_rows import ActivityRow
from utils.sessions.visibility import of, visible

Agreement = Literal["up", "down", "mixed"]
_PIECE = 50
_f = feedback.c


@dataclass(frozen=True, slots=True)
class DataFilter:
    """``since`` and ``until``: when it changed last. With ``since``, what was taken back is told, too."""

    since: datetime | None = None
    until: datetime | None = None
    verdict: Agreement | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class JudgedThing:
    """``step`` is None for an answer, and for a step that the log no longer keeps.

    ``answer``: all that the run said, as Markdown; None while there is nothing. ``models`` are those that are known.
    """

    id: str
    changed_at: datetime
    session_id: str
    session_title: str
    run_id: str
    retry_of: str | None
    run_status: str
    asked_at: datetime
    question: str
    answer: str | None
    activity_id: str | None
    step: ActivityRow | None
    agent: str
    models: list[str]
    judgements: list[Judgement]
    comments: list[Comment]

    @property
    def up(self) -> int:
        return sum(one.verdict == "up" for one in self.judgements)

    @property
    def down(self) -> int:
        return len(self.judgements) - self.up

    @property
    def verdict(self) -> Agreement | None:
        """What all say who have judged; None where there are only comments."""
        if not self.judgements:
            return None
        if self.up and self.down:
            return "mixed"
        return "up" if self.up else "down"

    @property
    def withdrawn(self) -> bool:
        return not (self.judgements or self.comments)


def _judged(verdict: str) -> ColumnElement[bool]:
    return exists().where(judgements.c.feedback_key == _f.key, judgements.c.verdict == verdict)


_VERDICTS: dict[Agreement, ColumnElement[bool]] = {
    "up": and_(_judged("up"), ~_judged("down")),
    "down": and_(_judged("down"), ~_judged("up")),
    "mixed": and_(_judged("up"), _judged("down")),
}
_IS_THERE = or_(exists().where(judgements.c.feedback_key == _f.key), exists().where(comments.c.feedback_key == _f.key))
# A run of this server by its id, one of another program by the id that it has there.
_its_run = and_(runs.c.session_key == _f.session_key, func.coalesce(runs.c.reported_id, runs.c.id) == _f.run_id)
_THINGS = (
    select(_f.key, _f.id, _f.changed_at, _f.session_key, _f.run_id, _f.activity_id, _f.agent_name)
    .add_columns(sessions.c.id.label("session_id"), sessions.c.title)
    .add_columns(runs.c.retry_of, runs.c.status, runs.c.created_at, runs.c.question)
    .join_from(feedback, sessions, sessions.c.key == _f.session_key)
    .join(runs, _its_run)
    .where(_f.team_key == bindparam("team"), or_(*visible(sessions)))
    .order_by(_f.changed_at, _f.key)
    .limit(_PIECE)
)
_ANSWER = (
    select(messages.c.content)
    .where(messages.c.session_key == bindparam("session"), messages.c.run_id == bindparam("run"))
    .where(messages.c.role == "assistant")
    .order_by(messages.c.key)
)
_MODELS = (
    select(usages.c.model)
    .where(usages.c.session_key == bindparam("session"), usages.c.run_id == bindparam("run"), usages.c.model != "")
    .distinct()
    .order_by(usages.c.model)
)
_Place = tuple[int, str]  # a session's key and a run's id


class FeedbackData:
    def __init__(self, database: Database) -> None:
        self._database = database

    def things(self, user: UserRecord, which: DataFilter) -> Iterator[JudgedThing]:
        """Of the sessions that the user may see. What changes meanwhile comes with the next export."""
        query = _THINGS.where(*_conditions(which), _f.changed_at <= (which.until or now()))
        after: tuple[datetime, int] | None = None
        while True:
            more = query if after is None else query.where(tuple_(_f.changed_at, _f.key) > after)
            with self._database.read() as connection:
                rows = connection.execute(more, of(user)).all()
                found = list(_found(connection, rows))
            # Without the connection: of long runs this takes a while.
            steps = self._steps(rows)
            for row, thing in zip(rows, found, strict=True):
                yield _with_step(thing, steps.get((row.session_key, row.run_id), {}).get(row.activity_id))
            if len(rows) < _PIECE:
                return
            after = rows[-1].changed_at, rows[-1].key

    def _steps(self, rows: Sequence[Row[Any]]) -> dict[_Place, dict[str, ActivityRow]]:
        """The judged steps by run. The log of a run is read once for all of them."""
        wanted = defaultdict[_Place, set[str]](set)
        for row in rows:
            if row.activity_id:
                wanted[row.session_key, row.run_id].add(row.activity_id)
        return {place: self._steps_of(place, ids) for place, ids in wanted.items()}

    def _steps_of(self, place: _Place, ids: set[str]) -> dict[str, ActivityRow]:
        found: dict[str, ActivityRow] = {}
        for event in told_of_run(self._database, *place, "agentActivity"):
            if (activity_id := event["activity_id"]) in ids:
                if activity_id not in found:
                    found[activity_id] = ActivityRow(activity_id, place[1], event["time"])
                found[activity_id].take(event)
        return found


def _found(connection: Connection, rows: Sequence[Row[Any]]) -> Iterator[JudgedThing]:
    """All but the steps, which stand in the log."""
    keys = [row.key for row in rows]
    judged, said = judgements_of(connection, keys), comments_of(connection, keys)
    for row in rows:
        values = {"session": row.session_key, "run": row.run_id}
        models = [] if row.activity_id else list(connection.scalars(_MODELS, values))
        answer = None if row.activity_id else "\n\n".join(connection.scalars(_ANSWER, values)) or None
        yield JudgedThing(
            row.id, row.changed_at, row.session_id, row.title, row.run_id, row.retry_of, row.status,
            row.created_at, row.question, answer, row.activity_id or None, None, row.agent_name, models,
            judged[row.key], said[row.key],
        )  # fmt: skip


def _with_step(thing: JudgedThing, step: ActivityRow | None) -> JudgedThing:
    return thing if step is None else replace(thing, step=step, models=[step.model] if step.model else [])


def _conditions(which: DataFilter) -> Iterator[ColumnElement[bool]]:
    if which.since is None:
        yield _IS_THERE
    else:
        yield _f.changed_at >= which.since
    if which.verdict is not None:
        yield _VERDICTS[which.verdict]
    if which.agent is not None:
        yield _f.agent_name == which.agent
