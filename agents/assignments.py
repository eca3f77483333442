"""Runs in the hands of workers outside, programs and browsers: claimed, told of, kept and ended by requests.

Each request may reach another process. What a worker tells are plain records, as those of our own agents, and they
become events in the same way; the run's row counts them, so that what is sent again counts once. A worker holds its run
by lease and fence as an agent process does, and its attempt is the fence.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.errors import AgentError, severity_of
from agents.telling.narration import Narration
from agents.telling.record_queue import joined
from agents.telling.steps import Record, TextRecord
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.log.events import AgentMessage, Citation, LoggedEvent
from utils.log.run_ending import closing_events
from utils.registry.agent_registry import AgentRecord
from utils.sessions.approval import ApprovalRecord, Question
from utils.sessions.messages import HISTORY, MessageRecord, Messages
from utils.sessions.run_queue import Kept, RunQueue, Wishes
from utils.sessions.runs import RunRecord

ANSWER = "answer"  # the key of the text that is the run's answer
_OWNER = "outside/"  # before the claimant and the name of a worker, so that no agent process can have it
_BROWSER_LEASE_SECONDS = 150
_MOST_NARRATIONS = 256
_BEGUN_AGAIN = "answer/whole"
Ending = Literal["completed", "failed", "cancelled"]


class GapError(ValueError):
    """Records before the first of a batch are missing."""

    def __init__(self, told: int) -> None:
        super().__init__(f"The records from {told} on are missing. Send them first.")


class EmptyAnswerError(ValueError):
    """There is neither an answer nor a text of that name."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A run for the worker that has claimed it, and what it needs for it; history from old to new."""

    run: RunRecord
    agent: AgentRecord
    history: Sequence[MessageRecord]
    kept: Kept


class Assignments:
    """One for a process, for all its threads."""

    def __init__(self, log: ActivityLog, queue: RunQueue, messages: Messages) -> None:
        self._log = log
        self._queue = queue
        self._messages = messages
        # Of each run its attempt, how much was told, and the narration: the log has it, too, and takes longer to read.
        self._narrations: dict[str, tuple[int, int, Narration]] = {}

    def claim(self, agents: Sequence[AgentRecord], worker: str, claimant: str) -> Assignment | None:
        """Make the oldest question to one of the agents this worker's; None: there is none.

        ``claimant``, without a slash, is by what right it asks: a run is worked on by the same right alone.
        """
        by_key = {agent.key: agent for agent in agents}
        run = self._queue.claim(f"{_OWNER}{claimant}/{worker}", outside=by_key.keys()) if by_key else None
        if run is None:
            return None
        assert run.agent_key is not None, "it was claimed by that key"
        agent = by_key[run.agent_key]
        narration = self._narration(run, agent, 0)
        self._queue.tell(run, 0, 0, [*narration.resume(), *narration.begin(worker)])
        self._keep(run, 0, narration)
        history = self._messages.before(run.id, HISTORY)
        return Assignment(run, agent, history, self._queue.kept(run))

    def tell(self, run: RunRecord, agent: AgentRecord, first: int, records: Sequence[Record]) -> tuple[int, Wishes]:
        """Tell records of which the first is the run's ``first``; those that were told are passed over.

        Returns how many are told now, and what is wanted of the run. Raises GapError, StaleRunError.
        """
        told = run.told
        while True:
            if first > told:
                raise GapError(told)
            new = records[told - first :]
            narration = self._narration(run, agent, told)
            events = [event for record in joined(new) for event in narration.tell(record)]
            wishes = self._queue.tell(run, told, len(new), events)
            if wishes is not None:
                self._keep(run, told + len(new), narration)
                return told + len(new), wishes
            told = self._queue.told(run)

    def ask(self, run: RunRecord, agent: AgentRecord, key: str, question: Question) -> ApprovalRecord:
        """Put a question to people; under the same key, it is put once. Raises ApprovalError, StaleRunError."""
        narration = self._narration(run, agent, run.told)
        [asked] = narration.ask([(key, question)])
        self._keep(run, run.told, narration)
        return self._queue.ask(run, asked)

    def end(
        self,
        run: RunRecord,
        agent: AgentRecord,
        status: Ending,
        answer: str | None = None,
        citations: Sequence[Citation] = (),
        error: str = "",
    ) -> None:
        """End the run as its worker says; the same said again changes nothing.

        Without an ``answer``, it is the text that was told under the key ANSWER. Raises EmptyAnswerError when there is
        none, StaleRunError when the run is this worker's no more.
        """
        if _has_ended(run, status):
            return
        told = self._told(run)
        self._narrations.pop(run.id, None)
        narration = Narration(run.session_id, run.id, run.attempt, told, agent.name)
        try:
            match status:
                case "completed":
                    self._complete(run, narration, agent, told, answer, citations)
                case "failed":
                    self._fail(run, narration, error)
                case "cancelled":
                    reason = f"Stopped; {worker_of(run)} confirmed it."
                    self._queue.finish(run, "cancelled", reason, closing_events(told, "cancelled"))
        except StaleRunError:
            ended = self._queue.find(run.id)
            if ended is None or not _has_ended(ended, status) or ended.attempt != run.attempt:
                raise

    def _complete(
        self,
        run: RunRecord,
        narration: Narration,
        agent: AgentRecord,
        told: Sequence[LoggedEvent],
        answer: str | None,
        citations: Sequence[Citation],
    ) -> None:
        written = _text_of(told, narration.message_id(ANSWER))
        text = written if answer is None else answer
        if not text.strip():
            raise EmptyAnswerError
        cited = tuple(citations)
        if text == written:
            last = TextRecord(ANSWER, agent.name, final=True, citations=cited)
        elif written:
            last = TextRecord(_BEGUN_AGAIN, agent.name, delta=text, final=True, replaces=ANSWER, citations=cited)
        else:
            last = TextRecord(ANSWER, agent.name, delta=text, final=True, citations=cited)
        events = [*narration.tell(last), *narration.end("completed")]
        stored = json.dumps([citation.model_dump() for citation in cited])
        self._queue.finish(run, "completed", None, events, (text, stored))

    def _fail(self, run: RunRecord, narration: Narration, words: str) -> None:
        failure = AgentError("worker_failed", words, retryable=True)
        error, reason = narration.failure(failure)
        self._queue.fail(run, error, reason, narration.end("failed", words), severity_of(failure))

    def pause(self, run: RunRecord, agent: AgentRecord) -> None:
        """Let the run wait as it was asked to, until it is resumed. Raises StaleRunError."""
        narration = self._narration(run, agent, run.told)
        self._queue.wait(run, 0, 0, narration.pause())

    def release(self, run: RunRecord) -> None:
        """Give the run back, for another worker to go on with; one that shall stop ends. Raises StaleRunError."""
        if self._queue.beat(run).stop:
            self._queue.finish(run, "cancelled", "Stopped on request.", closing_events(self._told(run), "cancelled"))
        else:
            self._queue.release(run, "Its worker gave it back; another one takes over.")

    def _narration(self, run: RunRecord, agent: AgentRecord, told: int) -> Narration:
        """Taken out: if what it tells is not stored, or another process tells meanwhile, it is wrong."""
        attempt, known, narration = self._narrations.pop(run.id, (0, 0, None))
        if narration is not None and (attempt, known) == (run.attempt, told):
            return narration
        has_waited, told_before = run.wake_at is not None, self._told(run)
        return Narration(run.session_id, run.id, run.attempt, told_before, agent.name, has_waited=has_waited)

    def _keep(self, run: RunRecord, told: int, narration: Narration) -> None:
        if len(self._narrations) >= _MOST_NARRATIONS:
            self._narrations.clear()
        self._narrations[run.id] = (run.attempt, told, narration)

    def _told(self, run: RunRecord) -> list[LoggedEvent]:
        return list(self._log.run_events(run.session_id, run.id, run.first_seq))


def worker_of(run: RunRecord) -> str:
    """The name of the worker that holds it."""
    return (run.owner or "").removeprefix(_OWNER).partition("/")[2]


def is_held_by(run: RunRecord, claimant: str) -> bool:
    return (run.owner or "").startswith(f"{_OWNER}{claimant}/")


def lease_of(run: RunRecord, work_lease_seconds: float) -> float:
    """For how many seconds a worker outside holds its run without a sign of life.

    A browser does not let a page that is out of sight speak up more often than once a minute.
    """
    in_browser = (run.owner or "").startswith(f"{_OWNER}sign-in-")
    return max(work_lease_seconds, _BROWSER_LEASE_SECONDS) if in_browser else work_lease_seconds


def _has_ended(run: RunRecord, status: Ending) -> bool:
    return run.ended and run.status == status


def _text_of(told: Sequence[LoggedEvent], message_id: str) -> str:
    return "".join(event.delta for event in told if isinstance(event, AgentMessage) and event.message_id == message_id)
