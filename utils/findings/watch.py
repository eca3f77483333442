"""Reads what is new in all sessions, and finds what looks stuck: in one process of all machines.

Which one, a lock in the database says, which ends with its process; the next one folds the runs that are open from the
log again, and finds what is open in the table. What ends there is not learnt from twice: only what happens while
somebody reads is learnt from. Nobody rings for this: to read every two seconds what moved costs less than to wake for
each event, and what is found was wrong for longer.
"""

import json
import logging
import time
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.leading import take_turns
from utils.database.moment import now
from utils.database.outage import Outage
from utils.findings.finding import Found
from utils.findings.findings import Findings, Kept, Place
from utils.findings.moved_logs import Head, MovedLogs
from utils.findings.run_fold import RunFold
from utils.findings.usual import Usual
from utils.findings.usual_rows import UsualRows
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, SessionGoneError
from utils.settings import Settings

_LOCK = "findings"
_LOOK_SECONDS = 2.0
_LONGEST_STEP = 3 * _LOOK_SECONDS  # of the clock: what lasted longer, nobody was listening
_MOVED = timedelta(seconds=15)  # more than a session's updated_at may be behind its log
_WRITE_SECONDS = 60.0
_MORE_SECONDS = 30.0  # how often the words of a finding change at most
_MOST_READ = 2000  # events of a session that is looked at anew
_READ_WITHOUT_RUN = 200
_MOST_PLACES = 20_000  # sessions of which is known how far they were read
_LATE = timedelta(hours=1)  # what has not moved for longer and has no open run, nobody waits for
_MOST_RUNS = 50  # of a session
_START = 1e9  # of the clock that is told to the folds
_log = logging.getLogger(__name__)


class FindingsWatch:
    def __init__(self, settings: Settings, database: Database, log: ActivityLog) -> None:
        self._settings = settings
        self._database = database
        self._log = log
        self._outage = Outage(_log, "Stuck runs cannot be looked for", "findings")

    def work(self, stopping: Event) -> None:
        """Until ``stopping``. Begins anew whenever something is lost."""
        lead = partial(self._lead, stopping=stopping)
        take_turns(
            self._database,
            _LOCK,
            lead,
            stopping,
            self._outage,
            _log,
            _LOOK_SECONDS,
            (DatabaseLostError, NotStoredError),
        )

    def _lead(self, lock: LeaderLock, stopping: Event) -> None:
        turn = FindingsTurn(self._settings, self._database, self._log)
        turn.begin()
        while not stopping.is_set() and lock.held():
            turn.look()
            self._outage.is_over()
            stopping.wait(_LOOK_SECONDS)
        turn.write()


class _Session:
    """``after`` is the seq up to which it was read."""

    def __init__(self, head: Head, after: int) -> None:
        self.id = head.id
        self.team_key = head.team_key
        self.after = after
        self.folds: OrderedDict[str, RunFold] = OrderedDict()


class FindingsTurn:
    """What one process does from when it takes the lock until it loses it."""

    def __init__(self, settings: Settings, database: Database, log: ActivityLog) -> None:
        self._settle = settings.stuck_after_seconds
        self._skew = timedelta(seconds=settings.clock_skew_seconds)
        self._logs = MovedLogs(database)
        self._log = log
        self._findings = Findings(database, log)
        self._usual_rows = UsualRows(database, settings.stuck_silence_seconds)
        self._usual: dict[int | None, Usual] = {}
        self._sessions: dict[int, _Session] = {}
        self._places: OrderedDict[int, int] = OrderedDict()  # of those that are not watched any more
        self._kept: dict[Place, dict[str, Kept]] = {}  # what is found, by its code
        self._words: dict[str, tuple[str, float]] = {}  # of a finding: what was told last, and when
        self._at = _START
        self._looked_at: float | None = None
        self._write_at = 0.0

    def begin(self) -> None:
        """Fold what goes on, and find what was found by whoever did this before."""
        self._move_clock()
        for kept in self._findings.all_open():
            self._kept.setdefault(kept.place, {})[kept.code] = kept
        found_in = list({place.session_key for place in self._kept})
        heads = self._logs.with_open_runs() + self._logs.since(now() - _LATE) + self._logs.heads(found_in)
        for head in {head.key: head for head in heads}.values():
            self._watch(head)
        self._find()

    def look(self) -> None:
        """Once every few seconds."""
        self._move_clock()
        moved = [head for head in self._logs.since(now() - _MOVED - self._skew) if self._is_new(head)]
        self._read(moved)
        self._find()
        if self._at >= self._write_at:
            self._write_at = self._at + _WRITE_SECONDS
            self.write()
            self._forget_old()

    def write(self) -> None:
        """Keep what was learnt."""
        for team_key, usual in self._usual.items():
            if team_key is not None and (changed := usual.changed()):
                self._usual_rows.write(team_key, changed)

    @property
    def runs(self) -> int:
        """How many are watched."""
        return sum(len(session.folds) for session in self._sessions.values())

    def _move_clock(self) -> None:
        """A clock that stands while nobody listens: after an outage, all would seem to have been silent."""
        at = time.monotonic()
        if self._looked_at is not None:
            self._at += min(at - self._looked_at, _LONGEST_STEP)
        self._looked_at = at

    def _is_new(self, head: Head) -> bool:
        session = self._sessions.get(head.key)
        after = session.after if session is not None else self._places.get(head.key)
        return after is None or after < head.head

    def _read(self, moved: list[Head]) -> None:
        behind: dict[int, int] = {}
        for head in moved:
            if head.key in self._sessions:
                behind[head.key] = self._sessions[head.key].after
            elif (place := self._places.pop(head.key, None)) is not None and place >= head.first - 1:
                self._sessions[head.key] = _Session(head, place)
                behind[head.key] = place
            else:
                self._watch(head)
        while behind:
            for row in self._logs.after(behind):
                self._take(self._sessions[row.session_key], row.seq, row.body, self._at)
            moving = {key: self._sessions[key].after for key in behind}
            behind = {key: after for key, after in moving.items() if after > behind[key]}

    def _watch(self, head: Head) -> None:
        """Fold what its open runs have done, as long ago as they say."""
        begun = self._logs.begun(head.key)
        most = _READ_WITHOUT_RUN if begun is None else _MOST_READ
        after = max((begun or head.first) - 1, head.first - 1, head.head - most)
        session = self._sessions[head.key] = _Session(head, after)
        last = self._log.read(head.key, head.head - 1, 1)
        if not last:
            return
        since_then = max(0.0, (now() - head.updated_at).total_seconds())
        # Their clocks may differ from ours, so their times are compared with the last of them.
        last_told = _time_of(json.loads(last[0].body))
        while events := self._log.read(head.key, session.after):
            for event in events:
                told = json.loads(event.body)
                ago = max(0.0, (last_told - _time_of(told)).total_seconds()) + since_then
                self._take(session, event.seq, event.body, self._at - ago)
        for fold in session.folds.values():
            fold.ended.clear()
            fold.between.clear()

    def _take(self, session: _Session, seq: int, body: bytes, at: float) -> None:
        if seq <= session.after:
            return
        session.after = seq
        event = json.loads(body)
        run_id = event.get("run_id") or ""
        fold = session.folds.get(run_id)
        if fold is None:
            fold = session.folds[run_id] = RunFold(run_id, at)
            if len(session.folds) > _MOST_RUNS:
                session.folds.popitem(last=False)
        fold.take(seq, event, at)

    def _find(self) -> None:
        over: list[Kept] = []
        for key, session in list(self._sessions.items()):
            usual = self._usual_of(session.team_key)
            for run_id, fold in list(session.folds.items()):
                self._learn(usual, fold)
                place = Place(key, session.id, run_id)
                try:
                    over += self._compare(place, fold, usual)
                except SessionGoneError:
                    self._forget(key)
                    break
                if fold.is_over:
                    del session.folds[run_id]
            if not session.folds:
                self._unwatch(key)
        # Of runs that nothing was heard of for so long that they are not folded any more.
        for place in [place for place in self._kept if not self._is_watched(place)]:
            over += self._kept.pop(place).values()
        if over:
            self._findings.end([kept.id for kept in over])
            for kept in over:
                self._words.pop(kept.id, None)

    def _compare(self, place: Place, fold: RunFold, usual: Usual) -> list[Kept]:
        """Keep what is new; the ones that are over."""
        kept = self._kept.get(place, {})
        found = {one.code: one for one in fold.found(self._at, usual, self._settle)}
        if "silent" in found and "silent" not in kept and self._lives(place, fold):
            found = {one.code: one for one in fold.found(self._at, usual, self._settle)}
        for code, one in found.items():
            if code not in kept:
                begun = self._findings.begin(place, one)
                if begun is None:
                    fold.rest()
                else:
                    fold.is_told(one)
                    self._kept.setdefault(place, {})[code] = begun
                    self._words[begun.id] = (one.sentence, self._at)
            elif not kept[code].dismissed and one.code != "silent":
                self._go_on(kept[code], one)
        over = [kept.pop(code) for code in list(kept) if code not in found]
        if place in self._kept and not self._kept[place]:
            del self._kept[place]
        return over

    def _lives(self, place: Place, fold: RunFold) -> bool:
        """Whether the program that reports a run has given a sign of life, which is in no event."""
        seen_at = self._logs.seen_at(place.session_key, place.run_id) if place.run_id else None
        if seen_at is None:
            return False
        fold.is_alive(self._at - max(0.0, (now() - seen_at).total_seconds()))
        return True

    def _go_on(self, kept: Kept, found: Found) -> None:
        sentence, at = self._words.get(kept.id, ("", self._at - _MORE_SECONDS))
        if found.sentence != sentence and self._at >= at + _MORE_SECONDS:
            self._findings.go_on(kept.id, found)
            self._words[kept.id] = (found.sentence, self._at)

    def _learn(self, usual: Usual, fold: RunFold) -> None:
        for one in fold.ended:
            usual.learn(*one)
        for silence in fold.between:
            usual.learn_between(silence)
        fold.ended.clear()
        fold.between.clear()

    def _usual_of(self, team_key: int | None) -> Usual:
        usual = self._usual.get(team_key)
        if usual is None:
            usual = self._usual[team_key] = self._usual_rows.read(team_key)
        return usual

    def _is_watched(self, place: Place) -> bool:
        session = self._sessions.get(place.session_key)
        return session is not None and place.run_id in session.folds

    def _unwatch(self, key: int) -> None:
        self._places[key] = self._sessions.pop(key).after
        if len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)

    def _forget(self, key: int) -> None:
        self._sessions.pop(key, None)
        for place in [place for place in self._kept if place.session_key == key]:
            del self._kept[place]

    def _forget_old(self) -> None:
        """Sessions that are deleted, and runs of which there is no record and nothing was heard for long."""
        there = {head.key for head in self._logs.heads(list(self._sessions))}
        for key, session in list(self._sessions.items()):
            if key not in there:
                self._forget(key)
            elif self._is_late(session) and self._logs.begun(key) is None:
                session.folds.clear()

    def _is_late(self, session: _Session) -> bool:
        return all(self._at - fold.heard > _LATE.total_seconds() for fold in session.folds.values())


def _time_of(event: dict[str, str]) -> datetime:
    return datetime.fromisoformat(event["time"]).astimezone(UTC)
