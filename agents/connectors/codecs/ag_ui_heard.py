"""What the events of AG-UI come to: records of steps and text, an answer, or why there is none. No I/O."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from agents.connectors.codecs.ag_ui_finish import Finish, asks_in_passing, question_of
from agents.connectors.codecs.ag_ui_input import BETWEEN
from agents.connectors.codecs.ag_ui_order import Order, OrderError, is_known
from agents.connectors.codecs.ag_ui_snapshot import Snapshot
from agents.connectors.codecs.ag_ui_texts import Pieces, Texts
from agents.connectors.codecs.answers import answer_text
from agents.connectors.codecs.masking import Mask, MaskedText
from agents.errors import AgentError
from agents.telling.steps import Record, StepRecord, TextRecord
from agents.text.surrogates import WholeCharacters, well_formed_value
from utils.log.events import ActivityKind, ActivityStatus, Usage

ANSWER = "answer"  # the key of its text
_LONGEST_WORDS = 300
_THINKING = {"THINKING_TEXT_MESSAGE_CONTENT", "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK"}
_THOUGHT = {"THINKING_TEXT_MESSAGE_END", "REASONING_MESSAGE_END", "THINKING_END", "REASONING_END"}
_BEGINS_TOOL = {"TOOL_CALL_START", "TOOL_CALL_CHUNK"}


class AgUiHeard:
    """The events of one run, as they come. ``step`` is the key of the step around all of it, ``question`` the id of the
    user's message that it answers."""

    def __init__(self, agent: str, step: str, question: str, mask: Mask) -> None:
        self._agent = agent
        self._step = step
        self._question = question
        self._mask = mask
        self._order = Order()
        self._texts = Texts()
        self._masked = MaskedText(mask)
        self._snapshot = Snapshot()
        self._result = ""
        self._steps: dict[str, StepRecord] = {}  # those that are open, by their keys
        self._tools: dict[str, Pieces | None] = {}  # the arguments of each call until they are told
        self._counts: Counter[str] = Counter()
        self._agents: dict[str, str] = {}  # of sub-agents, by the ids of their runs
        self._reasoning: str | None = None
        self._thinks = WholeCharacters()
        self._masked_thought = MaskedText(mask)
        self._last_tool: str | None = None
        self._asks: str | None = None
        self.usage: Usage | None = None

    @property
    def ended(self) -> bool:
        return self._order.ended

    @property
    def answer(self) -> str:
        """The text that came, or else what the messages of the last snapshot say after the question, or the result."""
        return (
            self._mask.text(self._texts.whole) or BETWEEN.join(text for _, text in self._told_at_once()) or self._result
        )

    def messages(self) -> list[tuple[str, str]]:
        """(id, text) of the messages that the answer consists of, as the agent calls them."""
        texts = self._texts.messages()
        if texts:
            return [(id, self._mask.text(text)) for id, text in texts]
        return [(id, text) for id, text in self._told_at_once() if id]

    def hear(self, event: Mapping[str, Any]) -> list[Record]:
        """What to tell of the event. Raises AgentError when the run failed, asks a person, or is not in order."""
        if not is_known(event["type"]):
            return []
        try:
            self._order.take(event)
        except OrderError as error:
            raise AgentError(
                "ag_ui_order", f"The agent does not follow the AG-UI protocol: {error} Its maker can mend that."
            ) from None
        # Deltas are pieces: half a character or half a secret has its other half in the next one.
        whole = self._mask.value(well_formed_value({name: given for name, given in event.items() if name != "delta"}))
        return list(self._heard(event["type"], {**whole, "delta": event.get("delta")}))

    def end(self) -> list[Record]:
        """Close what is open: calls of tools whose result nobody told, and the text."""
        records = [record for call in self._tools for record in self._tool_left_open(call)]
        records += [self._ended(key, "completed") for key in list(self._steps)]
        records += self._thought()
        rest = self._masked.add(self._texts.rest()) + self._masked.rest()
        if rest:
            records.append(TextRecord(ANSWER, self._agent, delta=rest))
        if self._texts.whole == "" and self.answer:
            records.append(TextRecord(ANSWER, self._agent, delta=self.answer))
        return [*records, TextRecord(ANSWER, self._agent, final=True)] if self.answer else records

    def _heard(self, kind: str, event: Mapping[str, Any]) -> Iterator[Record]:
        if kind in ("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "TEXT_MESSAGE_CHUNK"):
            if delta := self._masked.add(self._texts.take(kind, event)):
                yield TextRecord(ANSWER, self._agent, delta=delta)
        elif kind in _THINKING:
            yield from self._think(_text(event, "delta"))
        elif kind in _THOUGHT:
            yield from self._thought()
        elif kind.startswith("TOOL_CALL_"):
            yield from self._tool(kind, event)
        elif kind in ("STEP_STARTED", "STEP_FINISHED"):
            yield from self._named_step(kind, event)
        elif kind.startswith("SUBAGENT_"):
            yield from self._sub_agent(kind, event)
        elif kind == "MESSAGES_SNAPSHOT":
            self._snapshot = Snapshot(event.get("messages"))
        elif kind == "CUSTOM" and asks_in_passing(event):
            self._asks = question_of(event.get("value"))
        elif kind == "RUN_FINISHED":
            self._finish(event)
        elif kind == "RUN_ERROR":
            raise self._failed(event)

    def _finish(self, event: Mapping[str, Any]) -> None:
        finish = Finish(event)
        if finish.asks or self._asks is not None:
            asked = finish.question or self._asks
            raise AgentError(
                "ag_ui_asks",
                f"The agent asks a person to decide something{f' (“{asked}”)' if asked else ''}, which Ringside cannot "
                "pass on yet. Let the agent work without asking, or use it in its own interface.",
            )
        if finish.was_stopped:
            raise AgentError("ag_ui_stopped", "The agent's run was stopped on its own side.")
        if finish.has_failed:
            raise self._failed(finish.outcome)
        self._result = answer_text(event.get("result"))
        self.usage = _usage(event.get("usage"))

    def _tool(self, kind: str, event: Mapping[str, Any]) -> Iterator[Record]:
        call = event.get("toolCallId") or self._last_tool
        if not isinstance(call, str):
            return
        key, self._last_tool = self._key_of_tool(call), call
        if kind in _BEGINS_TOOL and call not in self._tools:
            self._tools[call] = Pieces()
            yield self._began(key, str(event.get("toolCallName") or "Call a tool"), "tool", self._whose(event))
        pieces = self._tools.get(call)
        if kind in ("TOOL_CALL_ARGS", "TOOL_CALL_CHUNK") and pieces is not None:
            pieces.add(_text(event, "delta"))
        if kind == "TOOL_CALL_END":
            yield from self._given(call)
        if kind == "TOOL_CALL_RESULT":
            if key not in self._steps:
                yield self._began(key, "Call a tool", "tool", self._whose(event))
            yield from self._given(call)
            yield self._ended(key, "completed", output=self._mask.value(_parsed(event.get("content"))))

    def _given(self, call: str) -> Iterator[Record]:
        """The arguments of a call, once, when no more of them come."""
        pieces, key = self._tools.get(call), self._key_of_tool(call)
        if pieces is None or key not in self._steps:
            return
        self._tools[call] = None
        if (given := _parsed(pieces.whole())) not in (None, ""):
            yield self._moved(key, self._mask.value(given))

    def _tool_left_open(self, call: str) -> Iterator[Record]:
        """A call whose result nobody told, unless it is in the last snapshot."""
        key = self._key_of_tool(call)
        if key in self._steps:
            yield from self._given(call)
            told = self._snapshot.tool(call)
            failed, output = _text(told, "error"), _parsed(told.get("content"))
            yield self._ended(key, "failed" if failed else "completed", failed or None, output=self._mask.value(output))

    def _named_step(self, kind: str, event: Mapping[str, Any]) -> Iterator[Record]:
        name = str(event["stepName"])
        if kind == "STEP_STARTED":
            self._counts[name] += 1
            yield self._began(self._key_of_step(name), name or "Step", "step", self._whose(event))
        elif self._key_of_step(name) in self._steps:
            yield self._ended(self._key_of_step(name), "completed")

    def _sub_agent(self, kind: str, event: Mapping[str, Any]) -> Iterator[Record]:
        run = str(event["subagentRunId"])
        key = f"{self._step}/agent:{run}"
        if kind == "SUBAGENT_STARTED":
            name = str(event.get("name") or "Sub-agent")
            self._agents[run] = name
            yield self._began(key, f"Hand over to {name}", "handoff", name)
        elif key in self._steps:
            failed = kind == "SUBAGENT_ERROR"
            yield self._ended(key, "failed" if failed else "completed", self._words(event) if failed else None)

    def _key_of_tool(self, call: str) -> str:
        return f"{self._step}/tool:{call}"

    def _key_of_step(self, name: str) -> str:
        return f"{self._step}/step:{name}#{self._counts[name]}"

    def _whose(self, event: Mapping[str, Any]) -> str:
        return self._agents.get(str(event.get("subagentRunId")), self._agent)

    def _began(self, key: str, action: str, kind: ActivityKind, agent: str) -> StepRecord:
        """All are below the one step around them: a call of a tool may go on in another step than it began in."""
        began = StepRecord(key, self._step, agent[:200], action[:200], kind, "started")
        self._steps[key] = began
        return began

    def _moved(self, key: str, given: Any) -> StepRecord:
        """The arguments are whole only when the call has been told."""
        of = self._steps[key]
        return StepRecord(key, of.parent, of.agent, of.action, of.kind, "in-progress", input=given)

    def _ended(self, key: str, status: ActivityStatus, details: str | None = None, output: Any = None) -> StepRecord:
        of = self._steps.pop(key)
        return StepRecord(key, of.parent, of.agent, of.action, of.kind, status, details=details, output=output)

    def _think(self, delta: str) -> Iterator[Record]:
        if self._reasoning is None:
            self._counts["reasoning"] += 1
            self._reasoning = f"{self._step}/reasoning#{self._counts['reasoning']}"
        if told := self._masked_thought.add(self._thinks.add(delta)):
            yield TextRecord(self._reasoning, self._agent, delta=told, channel="reasoning", step=self._step)

    def _thought(self) -> Iterator[Record]:
        if self._reasoning is not None:
            rest = self._masked_thought.add(self._thinks.rest()) + self._masked_thought.rest()
            yield TextRecord(self._reasoning, self._agent, delta=rest, final=True, channel="reasoning", step=self._step)
            self._reasoning = None

    def _told_at_once(self) -> list[tuple[str, str]]:
        return self._snapshot.answers(self._question)

    def _failed(self, said: Mapping[str, Any]) -> AgentError:
        return AgentError("ag_ui_failed", f"The agent failed: {self._words(said)}", retryable=True)

    def _words(self, event: Mapping[str, Any]) -> str:
        """What it says of a failure: one line of it, without our secrets and without a stack."""
        lines = self._mask.text(_text(event, "message")).strip().splitlines()
        return (lines[0] if lines else "It did not say why.")[:_LONGEST_WORDS]


def _text(event: Mapping[str, Any], name: str) -> str:
    found = event.get(name)
    return found if isinstance(found, str) else ""


def _parsed(value: Any) -> Any:
    """Arguments and results are texts, which often hold JSON."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return well_formed_value(json.loads(value))
        except (ValueError, RecursionError):
            return value
    return value


def _usage(told: Any) -> Usage | None:
    """Of all models that the run has asked; named is the first."""
    known = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if not known:
        return None
    model = next((one["model"] for one in known if isinstance(one.get("model"), str)), "unknown")
    return Usage(model=model, input_tokens=_sum(known, "inputTokens"), output_tokens=_sum(known, "outputTokens"))


def _sum(known: list[dict[str, Any]], name: str) -> int:
    return sum(count for one in known if isinstance(count := one.get(name), int) and count > 0)
