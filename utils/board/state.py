"""What the board's thread knows, from the records, the doorbell's rings and the log.

Rows are made of two things. The records (whose session, which status, what it waits for) are read again when an event
says that they may have changed, and all of them every two seconds, so that a lost ring, a new title or a session that
was made private is seen then. The steps are folded from the events that the rings bring along; what these do not bring
is read from the log.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from utils.accounts.principal import Whose
from utils.board import records
from utils.board.entries import Entries
from utils.board.fold import RunFold
from utils.board.records import Found, RunRecord, SessionRecord
from utils.board.row import NowRow
from utils.board.shown import row_of_run, row_of_session
from utils.database.base import Database
from utils.database.moment import now
from utils.doorbell.base import ANYTHING, DoorbellListener
from utils.doorbell.news import Frame, unpack
from utils.log.activity_log import ActivityLog
from utils.sessions.addressees import Addressee
from utils.spending.counting import Cost

_POLL_SECONDS = 2.0
_TOLD_EVERY_SECONDS = 0.25  # a row at most, unless its status changes
_ROWS_A_SECOND = 1000  # at most, where very much happens: then each row is told less often
_READ_BYTES = 256 * 1024
_READ_SECONDS = 0.2  # in one turn: others are not to wait for a long log
_WITHOUT_RUN = 500  # events of a session of which no run is told, to begin with


@dataclass(slots=True)
class _Session:
    """A session on the board: how far its log was folded, and into what. The fold of None: what belongs to no run.

    ``costs`` are those of its runs, which the books know; "": of no run.
    """

    record: SessionRecord
    cursor: int
    runs: dict[str, RunRecord] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)
    waits_for: dict[str, list[Addressee]] = field(default_factory=dict)
    folds: dict[str | None, RunFold] = field(default_factory=dict)

    def take(self, seq: int, kind: str, run_id: str | None, event: Mapping[str, Any]) -> None:
        fold = self.folds.get(run_id) if self.runs else self.folds[None]
        if fold is not None:
            fold.take(seq, kind, event)


@dataclass(frozen=True, slots=True)
class _Told:
    """A row as it was told last."""

    row: NowRow
    whose: Whose

    def differs(self, new: "_Told") -> bool:
        """In what is told at once."""
        return self._at_once != new._at_once

    @property
    def _at_once(self) -> tuple[object, ...]:
        return self.whose, self.row.status, self.row.approvals, self.row.waits_for, self.row.finding, self.row.stopping


@dataclass(frozen=True, slots=True)
class _Heard:
    seq: int
    kind: str
    run_id: str | None
    data: bytes


class BoardState:
    """Used by the board's thread alone."""

    def __init__(self, database: Database, log: ActivityLog, entries: Entries, listener: DoorbellListener) -> None:
        self._database = database
        self._log = log
        self._entries = entries
        self._listener = listener
        self._sessions: dict[int, _Session] = {}
        self._told: dict[int, dict[str, _Told]] = {}  # by the session and the row's id
        self._unread: dict[int, None] = {}  # sessions whose log may have grown, in the order to read them
        self._unsure: set[int] = set()  # sessions whose records may have changed
        self._touched: set[int] = set()  # sessions whose rows may have changed
        self._poll_at = 0.0
        self._tell_at = 0.0
        self._changes: object = None

    @property
    def rung(self) -> int:
        return self._listener.fileno()

    def close(self) -> None:
        self._listener.close()

    def look_everywhere(self) -> None:
        self._poll_at, self._changes = 0.0, None

    def idle_seconds(self) -> float:
        """For how long there is nothing to do unless it rings."""
        if self._unread or self._unsure:
            return 0.0
        due = min(self._poll_at, self._tell_at) if self._touched else self._poll_at
        return max(0.0, due - time.monotonic())

    def turn(self) -> bool:
        """Whether rows have changed."""
        self._hear()
        if time.monotonic() >= self._poll_at:
            self._poll()
        elif self._unsure:
            keys, self._unsure = self._unsure, set()
            self._take(records.read_some(self._database, keys), keys)
        self._read()
        before = self._entries.version
        self._tell_rows()
        self._entries.begin()
        return self._entries.version != before

    def _hear(self) -> None:
        for hint, packed in self._listener.rings():
            if hint == ANYTHING:
                self.look_everywhere()
                continue
            key = int(hint)
            session = self._sessions.get(key)
            if session is None:
                self._unsure.add(key)
                continue
            frames = [frame for frame in unpack(packed) if frame.seq > session.cursor]
            if frames and frames[0].seq == session.cursor + 1 and key not in self._unread:
                self._fold(session, map(_unframed, frames))
            elif frames or not packed:
                self._unread[key] = None

    def _fold(self, session: _Session, told: Iterable[_Heard]) -> None:
        key = session.record.key
        for event in told:
            session.cursor = event.seq
            if event.kind not in ("runUpdate", "agentActivity"):
                continue
            data = json.loads(event.data)
            session.take(event.seq, event.kind, event.run_id, data)
            self._touched.add(key)
            if event.kind == "runUpdate" or data.get("kind") == "approval":
                self._unsure.add(key)

    def _poll(self) -> None:
        """What no ring has told of; and what is too long ago by now."""
        self._poll_at = time.monotonic() + _POLL_SECONDS
        self._touched.update(self._sessions)
        changes = self._log.changes()
        if changes == self._changes:
            return
        self._take(records.read_all(self._database), None)
        for key, session in self._sessions.items():
            if session.record.head > session.cursor:
                self._unread[key] = None
        self._changes = changes

    def _take(self, found: Found, keys: Iterable[int] | None) -> None:
        """``keys``: of the sessions that were asked for; None: of all."""
        runs: dict[int, dict[str, RunRecord]] = {}
        moved = {session.key: session for session in found.sessions}
        for run in found.runs:
            runs.setdefault(run.session.key, {})[run.id] = run
            moved[run.session.key] = run.session
        costs: dict[int, dict[str, Cost]] = {}
        for (key, run_id), cost in found.costs.items():
            costs.setdefault(key, {})[run_id] = cost
        waits_for: dict[int, dict[str, list[Addressee]]] = {}
        for (key, run_id), people in found.waits_for.items():
            waits_for.setdefault(key, {})[run_id] = people
        for key in set(self._sessions if keys is None else keys) - moved.keys():
            self._forget(key)
        for key, session in moved.items():
            taken = self._take_session(session, runs.get(key, {}))
            taken.costs, taken.waits_for = costs.get(key, {}), waits_for.get(key, {})

    def _take_session(self, record: SessionRecord, runs: dict[str, RunRecord]) -> _Session:
        session = self._sessions.get(record.key)
        if session is None:
            session = self._sessions[record.key] = _Session(record, record.head)
        elif record.head < session.cursor and record.head < session.record.head:
            session.folds.clear()  # the log was put back, by a restored backup
        begins = [run.first_seq - 1 for run_id, run in runs.items() if run_id not in session.folds]
        if not runs and None not in session.folds:
            begins = [record.head - _WITHOUT_RUN]
        if begins:
            session.cursor = min(session.cursor, max(record.first - 1, min(begins)))
            self._unread[record.key] = None
        session.record, session.runs = record, runs
        wanted: list[str | None] = [*runs] if runs else [None]
        session.folds = {run_id: session.folds.get(run_id) or RunFold() for run_id in wanted}
        self._touched.add(record.key)
        return session

    def _forget(self, key: int) -> None:
        session = self._sessions.pop(key, None)
        self._unread.pop(key, None)
        if session is not None:
            self._touched.add(key)

    def _read(self) -> None:
        """What stands in the logs and was not brought along. Each session's turn is one piece."""
        until = time.monotonic() + _READ_SECONDS
        while self._unread and time.monotonic() < until:
            key = next(iter(self._unread))
            session = self._sessions[key]
            events = self._log.read(key, session.cursor, max_bytes=_READ_BYTES)
            del self._unread[key]
            self._fold(session, (_Heard(one.seq, one.type, one.run_id, one.body) for one in events))
            if sum(len(event.body) for event in events) >= _READ_BYTES:
                self._unread[key] = None

    def _tell_rows(self) -> None:
        """Put the rows that have changed; those of which only the step has, now and then."""
        moment, since = time.monotonic(), now() - records.LATELY
        regular, put = moment >= self._tell_at, 0
        left: set[int] = set()
        for key in self._touched:
            session, told = self._sessions.get(key), self._told.setdefault(key, {})
            gone = set(told)
            for row in _rows(session, since) if session is not None else ():
                assert session is not None
                gone.discard(row.row_id)
                new = _Told(row, session.record.whose)
                before = told.get(row.row_id)
                if before == new:
                    continue
                if regular or before is None or before.differs(new):
                    put += 1
                    told[row.row_id] = new
                    self._entries.put(row, new.whose)
                else:
                    left.add(key)
            for row_id in gone:
                del told[row_id]
                self._entries.drop(row_id)
            if not told:
                del self._told[key]
        self._touched = left
        if regular:
            self._tell_at = moment + max(_TOLD_EVERY_SECONDS, put / _ROWS_A_SECOND)


def _unframed(frame: Frame) -> _Heard:
    kind, _, data = frame.data.partition(b"\nevent: ")[2].partition(b"\ndata: ")
    return _Heard(frame.seq, kind.decode(), frame.run_id, data)


def _rows(session: _Session, since: datetime) -> Iterator[NowRow]:
    for run_id, run in session.runs.items():
        if run.finished_at is None or run.finished_at >= since:
            yield row_of_run(run, session.folds[run_id], session.costs.get(run_id), session.waits_for.get(run_id, ()))
    if not session.runs:
        row = row_of_session(session.record, session.folds[None], session.costs.get(""), since)
        if row is not None:
            yield row
