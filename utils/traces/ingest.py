"""What one transaction tells of some spans: which session each trace is told in, and what of it has arrived.

Spans are told in the transaction that remembers them, so that one that is sent again is told once, whichever process
it comes to and whatever is killed in between. A trace belongs to the user whose key it came with.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, or_, select, update

from utils.accounts.principal import Ownership, Principal
from utils.accounts.quotas import QuotaExceededError, Quotas
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import live, sessions, spans
from utils.database.tables import traces as rows
from utils.log.activity_log import Receipt
from utils.log.events import LoggedEvent
from utils.sessions.new_session import UNTITLED, new_session
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.sessions import first_agent
from utils.traces.step import Step, step_json
from utils.traces.trace import Known, Trace, conversation_of, is_worth_telling, tell, trace_json

_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")  # as utils.log.events.SessionId
_LONGEST_TITLE = 200
_MOST_HELD = 1000  # spans of a trace of which nothing is told; those that come then take their place
MOST_WAITING = 50_000  # spans of a trace whose agent is not known yet: whatever arrives looks at all of them
_OWN = columns_of(Ownership, sessions, "own_")
_TRACES = (
    select(rows, *_OWN)
    .select_from(rows)
    .outerjoin(sessions, and_(sessions.c.key == rows.c.session_key, live))
    .where(rows.c.user_key == bindparam("user"), rows.c.trace_id.in_(bindparam("traces", expanding=True)))
    .order_by(rows.c.trace_id)  # two requests lock them in the same order
    .with_for_update(of=rows)
)
_KNOWN = select(spans).where(
    spans.c.trace_key.in_(bindparam("traces", expanding=True)),
    or_(
        spans.c.span_id.in_(bindparam("spans", expanding=True)),
        spans.c.parent_id.in_(bindparam("parents", expanding=True)),
        spans.c.agent.is_(None),
    ),
)
_WAITING = (
    select(spans.c.trace_key)
    .where(spans.c.trace_key.in_(bindparam("traces", expanding=True)), spans.c.agent.is_(None))
    .group_by(spans.c.trace_key)
    .having(func.count() > bindparam("most"))
)
_OF_CONVERSATION = (
    select(*_OWN)
    .join_from(rows, sessions, and_(sessions.c.key == rows.c.session_key, live))
    .where(rows.c.user_key == bindparam("user"), rows.c.conversation == bindparam("conversation"))
    .order_by(rows.c.key.desc())
    .limit(1)
)
_WITH_ID = select(*_OWN).where(sessions.c.id == bindparam("id"), live)


_BETTER = (
    update(spans)
    .where(spans.c.trace_key == bindparam("of_trace"), spans.c.span_id == bindparam("of_span"))
    .values(agent=bindparam("new_agent"), counted=bindparam("new_counted"), step=bindparam("new_step"))
)


@dataclass(slots=True)
class _Row:
    """A trace, and its row where it has one."""

    trace: Trace
    key: int | None = None
    session: Ownership | None = None
    conversation: str | None = None


@dataclass(slots=True)
class Refused:
    """How many steps were not taken.

    ``waiting``: those of traces of which more than MOST_WAITING spans wait for others; ``sessionless``: those of traces
    that need a new session, for which ``quota`` leaves no room.
    """

    waiting: int = 0
    sessionless: int = 0
    quota: QuotaExceededError | None = None

    def add(self, more: "Refused") -> None:
        self.waiting += more.waiting
        self.sessionless += more.sessionless
        self.quota = more.quota or self.quota


class Ingest:
    """One transaction that tells of some steps."""

    def __init__(self, connection: Connection, reported_runs: ReportedRuns, quotas: Quotas, who: Principal) -> None:
        self._connection = connection
        self._reported_runs = reported_runs
        self._quotas = quotas
        self._who = who
        self.refused = Refused()
        self._events: dict[tuple[str, int], list[LoggedEvent]] = defaultdict(list)  # of a session by its id and key

    def take(self, steps: Sequence[Step]) -> list[Receipt]:
        arrived: dict[str, dict[str, Step]] = defaultdict(dict)
        for step in steps:
            arrived[step.trace_id].setdefault(step.span_id, step)
        found = self._find(sorted(arrived))
        for trace_id in self._full(found):
            self.refused.waiting += len(arrived.pop(trace_id))
            del found[trace_id]
        known = self._known({row.key: row for row in found.values() if row.key is not None}, steps)
        for trace_id in sorted(arrived):
            row = found.get(trace_id) or _Row(Trace(trace_id))
            try:
                self._take_trace(row, known.get(row.key, {}), arrived[trace_id])
            except QuotaExceededError as error:  # before anything of the trace was written
                self.refused.add(Refused(sessionless=len(arrived[trace_id]), quota=error))
        return [
            self._reported_runs.append_within(self._connection, session_id, key, events)
            for (session_id, key), events in sorted(self._events.items())
        ]

    def _find(self, trace_ids: list[str]) -> dict[str, _Row]:
        found = {}
        for row in self._connection.execute(_TRACES, {"user": self._who.user.key, "traces": trace_ids}):
            if row.session_key is not None and row.own_key is None:  # its session was deleted: it begins anew
                self._connection.execute(delete(rows).where(rows.c.key == row.key))
                continue
            session = record(Ownership, row, "own_") if row.own_key is not None else None
            found[row.trace_id] = _Row(trace_json.validate_json(row.told), row.key, session, row.conversation)
        return found

    def _full(self, found: dict[str, _Row]) -> list[str]:
        keys = {row.key: trace_id for trace_id, row in found.items()}
        wanted = {"traces": list(keys), "most": MOST_WAITING}
        return [keys[key] for key in self._connection.execute(_WAITING, wanted).scalars()] if keys else []

    def _known(self, traces: dict[int, _Row], steps: Sequence[Step]) -> dict[int | None, dict[str, Known]]:
        """The spans that have arrived, by their traces' keys: those that tell() needs, and which of the steps did."""
        found: dict[int | None, dict[str, Known]] = defaultdict(dict)
        if not traces:
            return found
        ids = [step.span_id for step in steps]
        near = {*ids, *(step.parent_id for step in steps if step.parent_id is not None)}
        wanted = {"traces": list(traces), "spans": sorted(near), "parents": ids}
        for row in self._connection.execute(_KNOWN, wanted):
            step = step_json.validate_json(row.step) if row.step is not None else None
            found[row.trace_key][row.span_id] = Known(row.span_id, row.parent_id, row.agent, row.counted, step)
        return found

    def _take_trace(self, row: _Row, known: dict[str, Known], arrived: dict[str, Step]) -> None:
        trace = row.trace
        new = [step for span_id, step in arrived.items() if span_id not in known]
        if not new:
            return
        stored = set(known)
        if trace.status == "held":
            if not is_worth_telling(new):
                if len(known) > _MOST_HELD:
                    self._connection.execute(delete(spans).where(spans.c.trace_key == row.key))
                self._store(row, set(), [Known(step.span_id, step.parent_id, step=step) for step in new])
                return
            new += [span.step for span in known.values() if span.step is not None]
            known = {}
        conversation = conversation_of(new)
        row.session = row.session or self._session(conversation, new[0])
        row.conversation = row.conversation or (_hash(conversation) if conversation is not None else None)
        told = tell(trace, list(known.values()), new, row.session.id)
        self._events[row.session.id, row.session.key] += told.events
        self._store(row, stored, told.spans)
        root = next((step for step in new if step.parent_id is None), None)
        if root is not None:
            self._name(row.session, root)

    def _session(self, conversation: str | None, step: Step) -> Ownership:
        """The session of the conversation, or of the trace; made if it does not exist. Raises QuotaExceededError."""
        who = self._who
        if conversation is not None:
            wanted = {"user": who.user.key, "conversation": _hash(conversation)}
            row = self._connection.execute(_OF_CONVERSATION, wanted).first()
            if row is not None and who.may_change(found := record(Ownership, row, "own_")):
                return found
        for session_id in _ids(conversation or step.trace_id, who.user.id):
            row = self._connection.execute(_WITH_ID, {"id": session_id}).first()
            if row is None:
                return self._make(session_id, _title(step.service))
            if who.may_change(found := record(Ownership, row, "own_")):
                return found
        raise AssertionError("a user's own id is no other's")

    def _make(self, session_id: str, title: str) -> Ownership:
        """Raises QuotaExceededError."""
        self._quotas.require(self._connection, self._who.user.team_key, "sessions")
        made = new_session(session_id, title, self._who.user).values(agent_key=first_agent(self._who.team.key))
        self._connection.execute(made)
        return record(Ownership, self._connection.execute(_WITH_ID, {"id": session_id}).one(), "own_")

    def _name(self, session: Ownership, root: Step) -> None:
        """A session that has the title it was made with is called after the root of its first trace."""
        title = _title(f"{root.action} · {root.service}")
        untitled = sessions.c.key == session.key, sessions.c.title == _title(root.service)
        self._connection.execute(update(sessions).where(*untitled).values(title=title))

    def _store(self, row: _Row, stored: set[str], changed: list[Known]) -> None:
        values = {
            **told_values(row.trace), "seen_at": now(), "conversation": row.conversation,
            "session_key": row.session.key if row.session is not None else None,
        }  # fmt: skip
        if row.key is None:
            own = {"user_key": self._who.user.key, "trace_id": row.trace.trace_id}
            row.key = self._connection.execute(insert(rows).values(**own, **values).returning(rows.c.key)).scalar_one()
        else:
            self._connection.execute(update(rows).where(rows.c.key == row.key).values(**values))
        new = [_values(row.key, span) for span in changed if span.span_id not in stored]
        better = [_values(row.key, span) for span in changed if span.span_id in stored]
        if new:
            self._connection.execute(insert(spans), new)
        for span in better:
            of_span = {"of_trace": span["trace_key"], "of_span": span["span_id"]}
            new_values = {f"new_{name}": span[name] for name in ("agent", "counted", "step")}
            self._connection.execute(_BETTER, {**of_span, **new_values})


def told_values(trace: Trace) -> dict[str, Any]:
    """The columns of a trace that say what was told of it."""
    return {"status": trace.status, "told": trace_json.dump_json(trace).decode()}


def _values(trace_key: int, span: Known) -> dict[str, Any]:
    step = step_json.dump_json(span.step).decode() if span.step is not None else None
    return {
        "trace_key": trace_key, "span_id": span.span_id, "parent_id": span.parent_id, "agent": span.agent,
        "counted": span.counted, "step": step,
    }  # fmt: skip


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _title(words: str) -> str:
    """One line of them."""
    return "".join(letter for letter in " ".join(words.split()) if letter.isprintable())[:_LONGEST_TITLE] or UNTITLED


def _ids(name: str, user_id: str) -> Iterator[str]:
    """The ids that a session may have for what a program calls it: the same, or with something of the user's own."""
    if _SESSION_ID.fullmatch(name):
        yield name
    plain = re.sub(r"[^A-Za-z0-9._:-]+", "-", name).lstrip("._:-")[:60].rstrip("-") or "session"
    yield f"{plain}-{_hash(user_id + chr(0) + name)[:32]}"
