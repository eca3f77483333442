"""Runs for the agents to work on, and whether each was told to its end, once."""

import io
from collections import Counter

from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.log.events import ENDED_ACTIVITY, ENDED_RUN, AgentActivity, RunUpdate
from utils.sessions.documents import Documents
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions

NOTICE = b"# Notice\n\nIn winter the ferry may carry at most 84 passengers. Dogs travel free on the lower deck.\n"


class Questions:
    """Asks the built-in agents about a small document, in sessions of its own."""

    def __init__(self, database: Database, log: ActivityLog, sessions: Sessions, run_queue: RunQueue) -> None:
        self._documents = Documents(database)
        self._log = log
        self._sessions = sessions
        self._runs = Runs(database)
        self._queue = run_queue
        self.asked: list[tuple[str, str]] = []  # session, run

    def ask(self) -> str:
        session_id = f"question-{len(self.asked)}"
        self._sessions.create(session_id)
        self._documents.add(session_id, "notice.md", io.BytesIO(NOTICE))
        requested = self._queue.request(session_id, "How many passengers may the ferry carry in winter?")
        assert requested is not None
        self.asked.append((session_id, requested[1].id))
        return session_id

    @property
    def open(self) -> list[RunRecord]:
        return [run for run in self._all() if not run.ended]

    def outcome(self) -> Counter[str]:
        return Counter(run.status for run in self._all())

    def attempts(self) -> int:
        return sum(run.attempt for run in self._all())

    def assert_told_once(self) -> None:
        """Every step began once and ended once, and the run ended once, last."""
        for session_id, run_id in self.asked:
            events = list(self._log.run_events(session_id, run_id, 1))
            steps = [event for event in events if isinstance(event, AgentActivity)]
            begun = Counter(event.activity_id for event in steps if event.status == "started")
            ended = Counter(event.activity_id for event in steps if event.status in ENDED_ACTIVITY)
            assert set(begun.values()) <= {1}, f"{session_id}: {begun}"
            assert begun == ended, f"{session_id}: {begun} {ended}"
            ends = [event.status for event in events if isinstance(event, RunUpdate) and event.status in ENDED_RUN]
            assert len(ends) == 1, f"{session_id}: {ends}"
            assert isinstance(events[-1], RunUpdate), session_id

    def _all(self) -> list[RunRecord]:
        found = [self._runs.get(run_id) for _, run_id in self.asked]
        assert None not in found, "a run is gone"
        return [run for run in found if run is not None]
