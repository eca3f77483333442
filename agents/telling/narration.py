"""What agents report, told as events. No I/O: records in, events out.

A run that continues after its process was lost, or after it has waited, repeats the interrupted steps. Keys are
deterministic, so their activities have the same ids: what the log already has is not emitted again, and a step that was
open continues. A run that was handed over to another agent has a root step for each: that of the former one has ended.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from agents.errors import AgentError
from agents.telling.steps import PhaseRecord, Record, StepRecord, TextRecord, TroubleRecord
from utils.log.events import (
    ENDED_ACTIVITY,
    ActivityStatus,
    AgentActivity,
    AgentMessage,
    AgentStatus,
    AgentStatusUpdate,
    Error,
    LoggedEvent,
    RunUpdate,
)
from utils.log.run_ending import AGENT_WHEN_ENDED, closing_events
from utils.registry.hook_addresses import without_hook_secrets
from utils.sessions.approval import NewApproval, Question

ROOT_AGENT = "Supervisor"
ROOT_ACTION = "Answer the question"
_RESUMED = "Goes on after its process was lost."
_MOST_SHOWN = 100_000  # characters of an input or an output: what a person looks at, far below what an event may hold


class Narration:
    """One attempt of one run, as events. ``told`` are the run's events of earlier attempts."""

    def __init__(
        self,
        session_id: str,
        run_id: str,
        attempt: int,
        told: Iterable[LoggedEvent] = (),
        agent_name: str = ROOT_AGENT,
        *,
        has_waited: bool = False,
    ) -> None:
        """``agent_name``: who answers for the whole. ``has_waited``: the run goes on after it has waited.

        The log then says that it waits until there is something to tell: a look that finds nothing is no event.
        """
        self._root_agent = agent_name
        self._session_id = session_id
        self._run_id = run_id
        self._attempt = attempt
        self._activities: dict[str, AgentActivity] = {}  # the last event told of each
        self._open: dict[str, AgentActivity] = {}  # those that have not ended
        self._resumable: set[str] = set()  # open when the earlier attempt was lost
        self._busy: Counter[str] = Counter()  # agent → its open steps
        self._agents: dict[str, AgentStatusUpdate] = {}  # what was told last of each
        self._messages: dict[str, bool] = {}  # message id → whether it is final
        self._progress = 0.0
        self._troubles: set[tuple[str, str]] = set()
        self._waits_for: str | None = None  # what the log said last of it
        self._waits = False
        for event in told:
            self._remember(event)
        self._waits = has_waited and self._waits
        self._open = {id: event for id, event in self._activities.items() if event.status not in ENDED_ACTIVITY}
        self._busy.update(event.agent_name for event in self._open.values())
        self._resumable = set(self._open)
        self._has_waited = has_waited
        former = [
            event
            for event in self._activities.values()
            if event.parent_id is None and event.activity_id not in self._open
        ]
        self._root = f"run#{len(former) + 1}" if former else "run"

    def begin(self, model: str | None = None) -> list[LoggedEvent]:
        """Which model answers, if one is known, and the root step, which encloses all others."""
        if self._waits and self._id(self._root) in self._open:
            return []
        root = self.tell(StepRecord(self._root, None, self._root_agent, ROOT_ACTION, "step", "started"))
        if model is None:
            return root
        return [RunUpdate(session_id=self._session_id, run_id=self._run_id, status="running", model=model), *root]

    def tell(self, record: Record) -> list[LoggedEvent]:
        events = self._told(record)
        return [*self._goes_on(), *events] if self._waits and events else events

    def wait(self, reason: str | None) -> list[LoggedEvent]:
        """The run waits, if the log does not say so already."""
        if self._waits and reason == self._waits_for:
            return []
        self._waits, self._waits_for = True, reason
        update = RunUpdate(session_id=self._session_id, run_id=self._run_id, status="waiting", reason=reason)
        return [*(self._agent(name, "waiting", reason) for name in self._working()), update]

    def pause(self) -> list[LoggedEvent]:
        """The agents wait; whoever pauses the run tells of the run itself."""
        self._waits = True
        return [self._agent(name, "waiting", "Paused.") for name in self._working()]

    def resume(self) -> list[LoggedEvent]:
        """The run goes on, if its log says that it waits."""
        return self._goes_on() if self._waits else []

    def ask(self, approvals: Iterable[tuple[str, Question]]) -> list[NewApproval]:
        """The steps that wait for people, by the keys of the questions: below the root, which ends with the run."""
        return [
            NewApproval(
                self._id(f"{self._root}/approval/{key}"), self._root_agent, _without_secrets(question), self._run_id,
                self._id(self._root), key,
            )
            for key, question in approvals
        ]  # fmt: skip

    def _goes_on(self) -> list[LoggedEvent]:
        self._waits = False
        update = RunUpdate(session_id=self._session_id, run_id=self._run_id, status="running")
        return [update, *(self._agent(name, "working", None) for name in self._working())]

    def _working(self) -> list[str]:
        return [name for name, steps in self._busy.items() if steps]

    def _told(self, record: Record) -> list[LoggedEvent]:
        match record:
            case StepRecord():
                return self._step(record)
            case TextRecord():
                return self._text(record)
            case PhaseRecord():
                return self._phase(record)
            case TroubleRecord():
                return self._trouble(record)

    def hand_over(self, name: str, why: str) -> list[LoggedEvent]:
        """Another agent goes on: what is open ends, and a step says so. The other agent's root step comes next."""
        action, time = f"Hand over to {name}", datetime.now(UTC)
        step = partial(StepRecord, f"{self._root}/handoff", None, self._root_agent, action, "handoff", time=time)
        told = [*self.tell(step("started")), *self.tell(step("completed", details=why))]
        return [*told, *self.end("completed", f"Handed over to {name}.")]

    def end(self, status: ActivityStatus, details: str | None = None) -> list[LoggedEvent]:
        """Close whatever is open, the root step last: the run is over."""
        return closing_events([*self._activities.values(), *self._agents.values()], status, details)

    def _failed_step(self) -> AgentActivity | None:
        """The deepest step that failed last, for the words of a failed run: a call to a model, not one of its tries."""
        failed = [event for event in self._activities.values() if event.status == "failed" and not self._is_try(event)]
        return failed[-1] if failed else None

    def _is_try(self, event: AgentActivity) -> bool:
        around = self._activities.get(event.parent_id or "")
        return around is not None and around.kind == "model"

    def message_id(self, key: str) -> str:
        """The id of the newest message of a draft."""
        return next(
            (id for id in (self._id(f"{key}@{n}") for n in range(self._attempt, 0, -1)) if id in self._messages),
            self._id(f"{key}@{self._attempt}"),
        )

    def failure(self, error: AgentError) -> tuple[Error, str]:
        """What a failed run ends with: the error, and the run's reason, which names the step that failed."""
        step = self._failed_step()
        told = Error(
            session_id=self._session_id,
            run_id=self._run_id,
            code=error.code,
            message=error.message,
            retryable=error.retryable,
            agent_name=step.agent_name if step else self._root_agent,
            activity_id=step.activity_id if step else self._id(self._root),
        )
        return told, f"{step.agent_name}, “{step.action}”: {error.message}" if step else error.message

    def _step(self, record: StepRecord) -> list[LoggedEvent]:
        activity_id = self._id(record.key)
        before = self._activities.get(activity_id)
        if before is not None and before.status in ENDED_ACTIVITY:
            return []
        status, details = record.status, record.details
        if status == "started" and activity_id in self._resumable:
            self._resumable.discard(activity_id)
            if self._has_waited:
                return []
            status, details = "in-progress", _RESUMED
        parent = record.parent or (self._root if record.key != self._root else None)
        event = AgentActivity(
            session_id=self._session_id,
            run_id=self._run_id,
            activity_id=activity_id,
            parent_id=self._id(parent) if parent else None,
            agent_name=before.agent_name if before is not None else record.agent,  # it may have another name since
            action=record.action,
            kind=record.kind,
            status=status,
            details=without_hook_secrets(details) if details is not None else None,
            progress=record.progress,
            input=_shown(record.input),
            output=_shown(record.output),
            usage=record.usage,
            link=record.link,
            time=record.time,
        )
        if before is not None and _waits_as_before(before, event):
            self._resumable.discard(activity_id)
            return []
        if status in ENDED_ACTIVITY:
            inside = [event for id in self._inside(activity_id) for event in self._close(id, "cancelled", None)]
            return [*inside, event, *self._ended(event)]
        return [event, *self._opened(event)]

    def _opened(self, event: AgentActivity) -> list[LoggedEvent]:
        first = event.activity_id not in self._open
        self._activities[event.activity_id] = self._open[event.activity_id] = event
        if not first:
            return []
        self._busy[event.agent_name] += 1
        return [self._agent(event.agent_name, "working", event.action)] if self._busy[event.agent_name] == 1 else []

    def _ended(self, event: AgentActivity) -> list[LoggedEvent]:
        self._activities[event.activity_id] = event
        self._resumable.discard(event.activity_id)
        if self._open.pop(event.activity_id, None) is None:
            return []
        self._busy[event.agent_name] -= 1
        if self._busy[event.agent_name]:
            return []
        return [self._agent(event.agent_name, AGENT_WHEN_ENDED[event.status], event.details or event.action)]

    def _close(self, activity_id: str, status: ActivityStatus, details: str | None) -> list[LoggedEvent]:
        before = self._activities[activity_id]
        event = AgentActivity(
            session_id=self._session_id,
            run_id=self._run_id,
            activity_id=activity_id,
            parent_id=before.parent_id,
            agent_name=before.agent_name,
            action=before.action,
            kind=before.kind,
            status=status,
            details=details,
        )
        return [event, *self._ended(event)]

    def _text(self, record: TextRecord) -> list[LoggedEvent]:
        message_id = self._id(f"{record.key}@{self._attempt}")
        earlier = self.message_id(record.key)
        if self._messages.get(earlier):
            return []  # an earlier attempt has told all of it
        replaces = None
        if message_id not in self._messages:
            if earlier in self._messages:
                replaces = earlier
            elif record.replaces is not None:
                replaces = self.message_id(record.replaces)
        self._messages[message_id] = record.final
        return [
            AgentMessage(
                session_id=self._session_id,
                run_id=self._run_id,
                message_id=message_id,
                agent_name=record.agent,
                delta=without_hook_secrets(record.delta),
                final=record.final,
                replaces=replaces,
                citations=list(record.citations) if record.citations is not None else None,
                channel=record.channel,
                activity_id=self._id(record.step) if record.step else None,
            )
        ]

    def _phase(self, record: PhaseRecord) -> list[LoggedEvent]:
        if record.progress < self._progress:
            return []
        self._progress = record.progress
        return [
            RunUpdate(
                session_id=self._session_id,
                run_id=self._run_id,
                status="running",
                phase=record.phase,
                progress=record.progress,
            )
        ]

    def _trouble(self, record: TroubleRecord) -> list[LoggedEvent]:
        if (record.code, record.message) in self._troubles:
            return []
        self._troubles.add((record.code, record.message))
        return [
            Error(
                session_id=self._session_id,
                run_id=self._run_id,
                code=record.code,
                message=record.message,
                agent_name=record.agent,
                activity_id=self._id(record.step) if record.step else None,
                retryable=record.retryable,
            )
        ]

    def _agent(self, name: str, status: AgentStatus, details: str | None) -> AgentStatusUpdate:
        update = AgentStatusUpdate(
            session_id=self._session_id, run_id=self._run_id, agent_name=name, status=status, details=details
        )
        self._agents[name] = update
        return update

    def _inside(self, activity_id: str) -> list[str]:
        """The unfinished steps below one, the deepest first."""
        found: list[str] = []
        level = {activity_id}
        while level:
            level = {id for id, event in self._open.items() if event.parent_id in level}
            found[:0] = sorted(level)
        return found

    def _remember(self, event: LoggedEvent) -> None:
        match event:
            case AgentActivity():
                self._activities[event.activity_id] = event
            case AgentStatusUpdate():
                self._agents[event.agent_name] = event
            case AgentMessage():
                self._messages[event.message_id] = event.final
            case RunUpdate():
                self._progress = max(self._progress, event.progress or 0.0)
                self._waits = event.status == "waiting"
                self._waits_for = event.reason if self._waits else self._waits_for
            case Error():
                self._troubles.add((event.code, event.message))
            case _:
                pass

    def _id(self, key: str) -> str:
        return activity_id_of(self._run_id, key)


def activity_id_of(run_id: str, key: str) -> str:
    """The id of the step of a run that has this key."""
    return uuid5(NAMESPACE_OID, f"{run_id}/{key}").hex


def _without_secrets(question: Question) -> Question:
    context = _bare(question.context) if question.context is not None else None
    return replace(question, question=without_hook_secrets(question.question), context=context)


def _waits_as_before(before: AgentActivity, event: AgentActivity) -> bool:
    return before.status == event.status == "waiting" and before.details == event.details


def _shown(value: Any) -> Any:
    """What went into a step or came out of it; of very much, the beginning as text."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    bare = without_hook_secrets(text)
    if len(bare) > _MOST_SHOWN:
        return f"{bare[:_MOST_SHOWN]} … ({len(bare):,} characters)"
    return value if bare == text else _bare(value)


def _bare(value: Any) -> Any:
    """Without the secrets of callback addresses."""
    if isinstance(value, str):
        return without_hook_secrets(value)
    return json.loads(without_hook_secrets(json.dumps(value, ensure_ascii=False, default=str)))
