"""What the events of AG-UI come to: records of steps and text, an answer, or why there is none. No I/O."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from agents.connectors.codecs.ag_ui_finish import Finish, parsed
from agents.connectors.codecs.ag_ui_input import BETWEEN
from agents.connectors.codecs.ag_ui_interrupts import Asked, Call, asked_in_passing
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
_LONGEST_NAME = 200
_MOST_LEFT = 48 * 1024  # characters that a run which asks people keeps; what a run may keep is more
_THINKING = {"THINKING_TEXT_MESSAGE_CONTENT", "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK"}
_THOUGHT = {"THINKING_TEXT_MESSAGE_END", "REASONING_MESSAGE_END", "THINKING_END", "REASONING_END"}
_BEGINS_TOOL = {"TOOL_CALL_START", "TOOL_CALL_CHUNK"}


class AgUiHeard:
    """The events of one run, as they come. ``step`` is the key of the step around all of it, ``question`` the id of the
    user's message that it answers.

    ``before`` is what earlier runs of the same question, which asked people, have left: see :meth:`left`.
    """

    def __init__(
        self, agent: str, step: str, question: str, mask: Mask, before: Mapping[str, Any] | None = None
    ) -> None:
        self._agent = agent
        self._step = step
        left = before or {}
        self._round: int = left.get("round", -1) + 1
        self._earlier = [(str(id), str(text)) for id, text in left.get("said", [])]  # messages of the runs before it
        self._said = BETWEEN.join(text for _, text in self._earlier)
        self._said_again = False
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
        self._calls = {id: Call(name, given) for id, (name, given) in left.get("calls", {}).items()}
        self._state: Any = left.get("state")
        self._in_passing: list[dict[str, Any]] = []
        self._interrupts: list[dict[str, Any]] | None = None
        self.usage: Usage | None = None

    @property
    def ended(self) -> bool:
        return self._order.ended

    @property
    def answer(self) -> str:
        """The text that came, or else what the messages of the last snapshot say after the question, or the result."""
        now = (
            self._mask.text(self._texts.whole) or BETWEEN.join(text for _, text in self._told_at_once()) or self._result
        )
        return BETWEEN.join(filter(None, (self._said, now)))

    @property
    def asked(self) -> Asked | None:
        """What people are asked by the run that has ended; None: nothing. Raises AgentError."""
        return Asked(self._interrupts, self._calls, self._round) if self._interrupts is not None else None

    def left(self) -> dict[str, Any]:
        """What the next run of the question needs, as JSON; of a large conversation or state, nothing."""
        calls = {id: [call.name, call.arguments] for id, call in self._calls.items()}
        left = {"round": self._round, "said": self.messages(), "calls": calls, "interrupts": self._interrupts}
        more = {"messages": self._snapshot.messages, "state": self._state}
        for name, value in more.items():
            if value and len(json.dumps({**left, name: value})) < _MOST_LEFT:
                left[name] = value
        return left

    def messages(self) -> list[tuple[str, str]]:
        """(id, text) of the messages that the answer consists of, as the agent calls them."""
        texts = [(id, self._mask.text(text)) for id, text in self._texts.messages()]
        return [*self._earlier, *(texts or [(id, text) for id, text in self._told_at_once() if id])]

    def hear(self, event: Mapping[str, Any]) -> list[Record]:
        """What to tell of the event. Raises AgentError when the run failed, or is not in order."""
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
        """Close what is open: calls of tools whose result nobody told, and the text. A run that asks people leaves its
        calls open, and the text to the next one."""
        if self._interrupts is not None:
            records = [record for call in self._tools for record in self._given(call)]
            open_steps = [key for key in self._steps if key not in map(self._key_of_tool, self._tools)]
        else:
            records = [record for call in self._tools for record in self._tool_left_open(call)]
            open_steps = list(self._steps)
        records += [self._ended(key, "completed") for key in open_steps]
        records += self._thought()
        rest = self._masked.add(self._texts.rest()) + self._masked.rest()
        if rest:
            records.append(self._written(rest))
        if self._interrupts is not None:
            return records
        if self._texts.whole == "" and self.answer:
            records.append(TextRecord(ANSWER, self._agent, delta=self.answer))
        return [*records, TextRecord(ANSWER, self._agent, final=True)] if self.answer else records

    def _heard(self, kind: str, event: Mapping[str, Any]) -> Iterator[Record]:
        if kind in ("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "TEXT_MESSAGE_CHUNK"):
            if delta := self._masked.add(self._texts.take(kind, event)):
                yield self._written(delta)
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
        elif kind == "STATE_SNAPSHOT":
            self._state = event.get("snapshot")
        elif kind == "CUSTOM" and (asked := asked_in_passing(event)) is not None:
            self._in_passing.append(asked)
        elif kind == "RUN_FINISHED":
            self._finish(event)
        elif kind == "RUN_ERROR":
            raise self._failed(event)

    def _finish(self, event: Mapping[str, Any]) -> None:
        finish = Finish(event)
        if finish.asks or self._in_passing:
            self._interrupts = finish.interrupts or self._in_passing
            return
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
            name = str(event.get("toolCallName") or "Call a tool")
            self._calls[call] = Call(name[:_LONGEST_NAME], None)
            yield self._began(key, name, "tool", self._whose(event))
        pieces = self._tools.get(call)
        if kind in ("TOOL_CALL_ARGS", "TOOL_CALL_CHUNK") and pieces is not None:
            pieces.add(_text(event, "delta"))
        if kind == "TOOL_CALL_END":
            yield from self._given(call)
        if kind == "TOOL_CALL_RESULT":
            if key not in self._steps:
                known = self._calls.get(call)  # it was called in the run that asked
                yield self._began(key, known.name if known else "Call a tool", "tool", self._whose(event))
            yield from self._given(call)
            yield self._ended(key, "completed", output=self._mask.value(parsed(event.get("content"))))

    def _given(self, call: str) -> Iterator[Record]:
        """The arguments of a call, once, when no more of them come."""
        pieces, key = self._tools.get(call), self._key_of_tool(call)
        if pieces is None or key not in self._steps:
            return
        self._tools[call] = None
        if (given := self._mask.value(parsed(pieces.whole()))) not in (None, ""):
            self._calls[call] = Call(self._calls[call].name, given)
            yield self._moved(key, given)

    def _tool_left_open(self, call: str) -> Iterator[Record]:
        """A call whose result nobody told, unless it is in the last snapshot."""
        key = self._key_of_tool(call)
        if key in self._steps:
            yield from self._given(call)
            told = self._snapshot.tool(call)
            failed, output = _text(told, "error"), parsed(told.get("content"))
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
        key = f"{self._of_round}/agent:{run}"
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
        return f"{self._of_round}/step:{name}#{self._counts[name]}"

    @property
    def _of_round(self) -> str:
        """A tool that was called before a question goes on after it; anything else begins anew."""
        return f"{self._step}/{self._round}" if self._round else self._step

    def _written(self, delta: str) -> TextRecord:
        """A piece of the answer. The first one of a run tells what the runs before it have written once more."""
        said, self._said_again = ("", True) if self._said_again or not self._said else (self._said + BETWEEN, True)
        return TextRecord(ANSWER, self._agent, delta=said + delta)

    def _whose(self, event: Mapping[str, Any]) -> str:
        return self._agents.get(str(event.get("subagentRunId")), self._agent)

    def _began(self, key: str, action: str, kind: ActivityKind, agent: str) -> StepRecord:
        """All are below the one step around them: a call of a tool may go on in another step than it began in."""
        began = StepRecord(key, self._step, agent[:200], action[:_LONGEST_NAME], kind, "started")
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
            self._reasoning = f"{self._of_round}/reasoning#{self._counts['reasoning']}"
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


def _usage(told: Any) -> Usage | None:
    """Of all models that the run has asked; named is the first."""
    known = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if not known:
        return None
    model = next((one["model"] for one in known if isinstance(one.get("model"), str)), "unknown")
    return Usage(model=model, input_tokens=_sum(known, "inputTokens"), output_tokens=_sum(known, "outputTokens"))


def _sum(known: list[dict[str, Any]], name: str) -> int:
    return sum(count for one in known if isinstance(count := one.get(name), int) and count > 0)
