"""What a crew says of itself in its calls, in the order in which it happened. No I/O.

A crew's event stream numbers what it emits (``emission_sequence``), for its handlers run in threads and its calls
arrive in any order, late or twice; each event has an id, and one that ends something names the event that began it.
Crews of an older kind call after each task and each step instead, without ids. The pieces of a model's text
(``llm_stream_chunk``) are no answer, and often the arguments of a tool.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic import ValidationError

from agents.connectors.codecs.answers import named_text, reason_text
from agents.connectors.codecs.crewai_pairs import UNNAMED, CrewPairs, task_ids
from agents.connectors.codecs.crewai_question import CrewQuestion, task_of
from agents.connectors.codecs.crewai_status import crew_end
from agents.connectors.codecs.masking import Mask
from agents.telling.steps import StepRecord
from agents.text.surrogates import well_formed_value
from utils.log.events import ENDED_ACTIVITY, ActivityStatus, Usage
from utils.sessions.hook_calls import Call

TASK, STEP, CREW, EVENTS, HUMAN = "task", "step", "crew", "events", "human"  # the names of the callback addresses
# What a crew is asked to tell of. Agents and flows around these are one step each more, with nothing of their own.
EVENT_TYPES = (
    "crew_kickoff_started", "crew_kickoff_completed", "crew_kickoff_failed", "task_started", "task_completed",
    "task_failed", "tool_usage_started", "tool_usage_finished", "tool_usage_error", "llm_call_started",
    "llm_call_completed", "llm_call_failed",
)  # fmt: skip
_PHASES: Mapping[str, ActivityStatus] = {
    "started": "started", "completed": "completed", "finished": "completed", "failed": "failed", "error": "failed",
}  # fmt: skip
_APART = timedelta(seconds=5)  # by so much clocks may differ, with the way of a call
_LONGEST_NAME = 120
_OUTPUTS = ("raw", "json_dict", "pydantic")
Source = Literal["events", "calls"]


@dataclass(slots=True)
class Heard:
    """What the calls say so far. ``kickoff_id`` is the crew's own name of this run of it, if it is known."""

    records: list[StepRecord] = field(default_factory=list)
    source: Source | None = None
    kickoff_id: str | None = None
    has_ended: bool = False
    result: Any = None
    error: str | None = None
    question: CrewQuestion | None = None  # what a person is asked

    @property
    def is_open(self) -> bool:
        """Whether a step has begun whose end is not told."""
        return {one.key for one in self.records} != {one.key for one in self.records if one.status in ENDED_ACTIVITY}


class CrewCalls:
    """The calls of one kickoff: its run has addresses of its own. ``parent`` is the key of the step around all others.

    ``source`` is where its steps came from at an earlier look: they are told by its events or by its other calls, and
    never by both. ``answered`` says when which of its questions was answered from here, in seconds since 1970.
    """

    def __init__(
        self, parent: str, agent: str, kickoff_id: str | None, source: Source | None, mask: Mask,
        answered: Mapping[str, float] | None = None,
    ) -> None:  # fmt: skip
        self._parent = parent
        self._agent = agent
        self._heard = Heard(source=source, kickoff_id=kickoff_id)
        self._mask = mask
        self._tasks: dict[str, str] = {}  # id of a task → key of its step
        self._begun: dict[str, StepRecord] = {}  # by key
        self._pairs = CrewPairs()
        self._late: list[dict[str, Any]] = []  # ends whose beginning has not come
        self._answered = answered or {}
        self._asked: dict[str, CrewQuestion] = {}  # by key

    def read(self, calls: Sequence[Call]) -> Heard:
        """All calls so far, in any order."""
        bodies = [(call, body) for call in calls if (body := _body(call)) is not None]
        events = [(call, event) for call, body in bodies for event in _events_of(body) if call.name == EVENTS]
        others = [(call, body) for call, body in bodies if call.name != EVENTS]
        names = [*(body.get("kickoff_id") for _, body in others), *(event.get("execution_id") for _, event in events)]
        self._heard.kickoff_id = self._heard.kickoff_id or next((one for one in names if isinstance(one, str)), None)
        if self._heard.source is None and (events or any(call.name in (TASK, STEP) for call, _ in others)):
            self._heard.source = "events" if events else "calls"
        ahead = _clock_difference(events)
        for event in _in_order(events):
            self._take_event(event, ahead)
        for call, body in others:
            self._take_call(call, body)
        if self._heard.has_ended:
            self._tell_late(ahead)
        self._take_answers([
            *(min(call.at, _time(event) - ahead) for call, event in events),
            *(call.at for call, _ in others if call.name != HUMAN),
        ])  # fmt: skip
        return self._heard

    # Events

    def _take_event(self, event: dict[str, Any], ahead: timedelta) -> None:
        kind, data = str(event["type"]), event["data"]
        noun, _, phase = kind.rpartition("_")
        if noun == "crew_kickoff":
            if not data.get("parent_event_id"):  # else it is a crew within this one, or within a flow
                self._take_end(phase, data)
        elif self._heard.source == "events" and phase in _PHASES and noun in ("task", "tool_usage", "llm_call"):
            step = self._step(noun, data)
            key = self._pairs.key(str(event["id"]), phase == "started", noun, data, step["action"])
            if key is None:
                self._late.append(event)
            else:
                self._tell_step(event, key, step, ahead)

    def _tell_step(self, event: dict[str, Any], key: str, step: Mapping[str, Any], ahead: timedelta) -> None:
        (noun, _, phase), data = str(event["type"]).rpartition("_"), event["data"]
        before = self._begun.get(key)
        if before is not None:  # a name may be in the first event alone
            step = {**step, "action": before.action, "agent": before.agent, "parent": before.parent}
        record = StepRecord(key, status=_PHASES[phase], time=_time(event) - ahead, **step)
        if noun == "task":
            for name in filter(None, (*task_ids(noun, data), data.get("task_name"))):
                self._tasks.setdefault(str(name), key)
        self._begun.setdefault(key, record)
        self._heard.records.append(record)

    def _tell_late(self, ahead: timedelta) -> None:
        """The ends whose beginnings come no more. Told before, their key would be another when those come."""
        for event in self._late:
            noun = str(event["type"]).rpartition("_")[0]
            self._tell_step(event, f"{noun}/{event['id']}", self._step(noun, event["data"]), ahead)

    def _step(self, noun: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return self._task(data) if noun == "task" else self._inside(noun, data)

    def _take_end(self, phase: str, data: Mapping[str, Any]) -> None:
        if phase == "completed":
            self._heard.has_ended = True
            output = data.get("output") or data.get("result")
            if self._heard.result is None:
                self._heard.result = (
                    output.get("json_dict") or output.get("raw") if isinstance(output, dict) else output
                )
        elif phase == "failed":
            self._heard.has_ended = True
            self._heard.error = reason_text(data.get("error")) or "it gave no reason"

    def _task(self, data: Mapping[str, Any]) -> dict[str, Any]:
        task, output = _dict(data.get("task")), _dict(data.get("output"))
        said = data.get("output") if not output else next((output[name] for name in _OUTPUTS if output.get(name)), None)
        name = data.get("task_name") or task.get("name") or task.get("description") or output.get("description")
        agent = output.get("agent") or _dict(task.get("agent")).get("role") or data.get("agent_role")
        return {
            "parent": self._parent,
            "agent": self._name(agent, self._agent),
            "action": self._name(name, UNNAMED["task"]),
            "kind": "step",
            "details": self._text(data.get("error")),
            "input": self._mask.value({"task": task["description"]}) if task.get("description") else None,
            "output": self._mask.value(said),
        }

    def _inside(self, noun: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Of a step within a task."""
        within = [str(name) for name in (*task_ids(noun, data), data.get("task_name")) if name]
        step: dict[str, Any] = {
            "parent": next((self._tasks[name] for name in within if name in self._tasks), self._parent),
            "agent": self._name(data.get("agent_role"), self._agent),
            "details": self._text(data.get("error")),
        }
        if noun == "tool_usage":
            arguments = {
                "input": self._mask.value(data.get("tool_args")),
                "output": self._mask.value(data.get("output")),
            }
            return {**step, **arguments, "action": self._name(data.get("tool_name"), UNNAMED[noun]), "kind": "tool"}
        asks_for_tools = data.get("call_type") == "tool_call"
        response = named_text(data.get("response")) or None if not asks_for_tools else None
        model = self._name(data.get("model"), "")
        return {
            **step,
            "action": f"Ask {model}"[:200] if model else UNNAMED[noun],
            "kind": "model",
            "details": step["details"] or ("Calls tools" if asks_for_tools else None),
            "output": self._mask.value(response),
            "usage": _usage(model or "Model", data.get("usage")),
        }

    # Other calls

    def _take_call(self, call: Call, body: Mapping[str, Any]) -> None:
        if call.name == CREW:
            end = crew_end(body)
            self._heard.has_ended = self._heard.has_ended or end.has_ended
            self._heard.error = self._heard.error or end.error
            self._heard.result = end.result or self._heard.result
        elif call.name == HUMAN:
            words = self._text(body.get("task_output") or body.get("output") or body.get("description")) or ""
            question = CrewQuestion(self._key_of_question(call), task_of(body), words, call.at)
            question = self._asked.setdefault(question.key, question)
            if question.task is None:
                self._heard.records.append(self._question_step(question, "waiting", question.at))
        elif self._heard.source == "calls":
            self._heard.records.append(self._told_by(call, body))

    def _key_of_question(self, call: Call) -> str:
        """The same words after an answer are another question; before it, they are the same one told twice."""
        key, times = _key(call), 1
        while (answered_at := self._answered.get(f"{key}/{times}")) is not None and call.at.timestamp() > answered_at:
            times += 1
        return f"{key}/{times}"

    def _question_step(self, question: CrewQuestion, status: ActivityStatus, time: datetime) -> StepRecord:
        """Of a question that cannot be answered from here."""
        return StepRecord(
            question.key, self._parent, self._agent, "Ask a person", "approval", status, question.words or None,
            time=time,
        )  # fmt: skip

    def _take_answers(self, moments: Sequence[datetime]) -> None:
        """No call says that a person has answered: the crew then goes on, or ends well."""
        ended_well = self._heard.has_ended and self._heard.error is None
        for asked in self._asked.values():
            later = [moment for moment in moments if moment > asked.at + _APART]
            is_over = bool(later) or ended_well
            if is_over and asked.task is None:
                answered = min(later, default=max([asked.at, *moments]))
                self._heard.records.append(self._question_step(asked, "completed", answered))
            elif not is_over and asked.key not in self._answered:
                self._heard.question = asked

    def _told_by(self, call: Call, body: Mapping[str, Any]) -> StepRecord:
        """What is over when it is told. Without an id, the same told twice is the same."""
        key = _key(call)
        if call.name == TASK:
            action = self._name(body.get("name") or body.get("description"), "Task")
            agent, output = self._name(body.get("agent"), self._agent), body.get("output")
            return StepRecord(
                key, self._parent, agent, action, "step", "completed", output=self._mask.value(output), time=call.at
            )
        tool = body.get("tool")
        return StepRecord(
            key,
            self._parent,
            self._name(body.get("agent"), self._agent),
            self._name(tool, "Step of an agent"),
            "tool" if tool else "step",
            "completed",
            details=self._text(body.get("thought")),
            input=self._mask.value(body.get("tool_input")),
            output=self._mask.value(body.get("result")),
            time=call.at,
        )

    def _name(self, value: Any, otherwise: str) -> str:
        text = " ".join(self._mask.text(str(value or "")).split())
        return (text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…") or otherwise

    def _text(self, value: Any) -> str | None:
        text = self._mask.text(value if isinstance(value, str) else json.dumps(value, default=str)) if value else ""
        return text.strip() or None


def _key(call: Call) -> str:
    return f"{call.name}/{hashlib.blake2b(call.body, digest_size=8).hexdigest()}"


def _body(call: Call) -> dict[str, Any] | None:
    """Its JSON object; None for what is none: whoever has the address may send anything."""
    try:
        body = well_formed_value(json.loads(call.body))
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _events_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    several = body.get("events")
    found = several if isinstance(several, list) else [body]
    return [one for one in found if isinstance(one, dict) and {"type", "id"} <= one.keys() and _dict(one.get("data"))]


def _in_order(events: Iterable[tuple[Call, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Each once, as the crew numbered them."""
    once = {str(event["id"]): event for _, event in events}
    return sorted(once.values(), key=lambda event: (_sequence(event), _time(event), not _begins(event)))


def _begins(event: Mapping[str, Any]) -> bool:
    return str(event["type"]).endswith("_started")


def _sequence(event: Mapping[str, Any]) -> int:
    number = event["data"].get("emission_sequence")
    return number if isinstance(number, int) else 0


def _time(event: Mapping[str, Any]) -> datetime:
    try:
        time = datetime.fromisoformat(str(event.get("timestamp")))
    except ValueError:
        return datetime.now(UTC)
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _clock_difference(events: Sequence[tuple[Call, dict[str, Any]]]) -> timedelta:
    """By how much the crew's clock is ahead of ours; nothing where that may be the way of the calls."""
    late = min((call.at - _time(event) for call, event in events), default=timedelta(0), key=abs)
    return -late if abs(late) > _APART else timedelta(0)


def _usage(model: str, usage: Any) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    try:
        return Usage(
            model=model,
            input_tokens=usage.get("prompt_tokens") or usage.get("input_tokens") or 0,
            output_tokens=usage.get("completion_tokens") or usage.get("output_tokens") or 0,
            cached_input_tokens=usage.get("cached_prompt_tokens"),
            reasoning_tokens=usage.get("reasoning_tokens"),
        )
    except ValidationError:
        return None


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
