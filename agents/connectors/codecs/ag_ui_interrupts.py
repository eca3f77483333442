"""What the interrupts of an AG-UI run ask people, and what the next run is resumed with. No I/O.

https://docs.ag-ui.com/concepts/interrupts: a run that asks ends, and a new one on the same thread brings an answer to
each of its interrupts. Known are:

- an interrupt that has a ``responseSchema``: with a property ``approved`` it is a yes or no, whose other answers are a
  form; ``editedArgs`` are the arguments of the tool as a whole. Any other schema is a form.
- one without: a yes or no, as an object about a tool, or else alone.
- what ``interrupt()`` of LangGraph was given, which ag-ui-langgraph tells in ``metadata``, or in older versions in an
  event ``on_interrupt``. These are resumed by ``forwardedProps.command.resume``, which newer ones still take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from agents.backends.base import Approval
from agents.connectors.codecs.ag_ui_finish import parsed, question_of
from agents.connectors.codecs.langgraph_interrupts import Interrupt as GraphInterrupt
from agents.connectors.codecs.question_parts import (
    argument_fields,
    edited_arguments,
    fitting,
    question_words,
    words_field,
)
from agents.errors import AgentError
from utils.sessions.approval import MOST_SECONDS, Choice, Decision, Question

_ACTION = "Ask a person"
_APPROVE, _REJECT = Choice("approve", "Approve"), Choice("reject", "Reject", form=False)
_ANSWER, _CANCEL = Choice("answer", "Answer"), Choice("cancel", "Cancel", form=False)
_APPROVED, _EDITED = "approved", "editedArgs"
_QUESTION = "The agent asks for a decision."
_GIVEN = "langgraph"  # member of what an event `on_interrupt` is kept as
_OF_GRAPHS = {"on_interrupt", "on_copilotkit_interrupt"}
_OF_OTHERS = {"interrupt", "function_approval_request"}
_MOST_WORDS = 300  # characters of a question


@dataclass(frozen=True, slots=True)
class Call:
    """The call of a tool that an interrupt is about."""

    name: str
    arguments: Any


def asked_in_passing(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a CUSTOM event asks, before the run ends with it; None: nothing."""
    name, value = event.get("name"), parsed(event.get("value"))
    raw = event.get("rawEvent")
    if name in _OF_GRAPHS:
        id = raw.get("id") if isinstance(raw, dict) else None
        return {_GIVEN: value} | ({"id": id} if isinstance(id, str) else {})
    return {"message": question_of(value)} if name in _OF_OTHERS else None


class Asked:
    """All that a run asks. ``told`` is what it said of each, as JSON; ``round`` counts the runs of one question.

    Raises AgentError where that cannot be put to people, or not be answered.
    """

    def __init__(self, told: Sequence[Mapping[str, Any]], calls: Mapping[str, Call], round: int) -> None:
        self._interrupts = [_Interrupt(one, calls, f"ag-ui/{round}/{n}") for n, one in enumerate(told)]
        self._by_command = any(_GIVEN in one for one in told)
        nameless = [one for one in self._interrupts if one.id is None]
        if not told or (nameless and (len(told) > 1 or not self._by_command)):
            raise asks_unanswerably(question_of(told))
        self.approvals = [approval for one in self._interrupts for approval in one.approvals]

    @classmethod
    def left(cls, left: Mapping[str, Any]) -> Self:
        """As the run that asked has left it."""
        calls = {id: Call(name, given) for id, (name, given) in left["calls"].items()}
        return cls(left["interrupts"], calls, left["round"])

    def is_decided(self, decisions: Mapping[str, Decision]) -> bool:
        return all(approval.key in decisions for approval in self.approvals)

    def resume(self, decisions: Mapping[str, Decision]) -> dict[str, Any]:
        """Of the RunAgentInput of the next run. Raises AgentError where nobody decided in time."""
        if any(decisions[approval.key].status == "expired" for approval in self.approvals):
            words = "Nobody decided in time what the agent asked, and it takes no answer any more. Ask again."
            raise AgentError("ag_ui_expired", words, retryable=True)
        answers = [(one.id, one.answer(decisions)) for one in self._interrupts]
        if self._by_command:
            given = answers[0][1] if len(answers) == 1 else dict(answers)
            return {"forwardedProps": {"command": {"resume": given}}}
        return {"resume": [_entry(id, payload) for id, payload in answers]}


def asks_unanswerably(question: str) -> AgentError:
    about = f" (“{question}”)" if question else ""
    return AgentError(
        "ag_ui_asks",
        f"The agent asks a person to decide something{about} in a way that cannot be answered from here. Let the agent "
        "work without asking, or use it in its own interface.",
    )


def _entry(id: str | None, payload: Any) -> dict[str, Any]:
    if payload is None:
        return {"interruptId": id, "status": "cancelled"}
    return {"interruptId": id, "status": "resolved", "payload": payload}


class _Interrupt:
    def __init__(self, told: Mapping[str, Any], calls: Mapping[str, Call], key: str) -> None:
        self.id = told.get("id") if isinstance(told.get("id"), str) else None
        self._key = key
        self._told = told
        self._call = calls.get(str(told.get("toolCallId")))
        raw = _raw(told)
        self._graph = GraphInterrupt(key, "", raw[0], lambda value: value) if raw else None
        schema = told.get("responseSchema")
        self._schema: Mapping[str, Any] | None = schema if isinstance(schema, dict) and schema else None

    @property
    def approvals(self) -> list[Approval]:
        return self._graph.approvals if self._graph is not None else [Approval(self._key, self._question())]

    def answer(self, decisions: Mapping[str, Decision]) -> Any:
        """The payload; None for one that was cancelled."""
        if self._graph is not None:
            return self._graph.resume(decisions)
        decision = decisions[self._key]
        if decision.choice == _CANCEL.id:
            return None
        if not self._is_yes_or_no:
            return self._filled_in(decision)
        approved = decision.choice == _APPROVE.id
        if self._schema is None and self._call is None:
            return approved
        if self._schema is not None and self._schema.get("type") == "boolean":
            return approved
        return {_APPROVED: approved, **(self._more(decision) if approved else {})}

    @property
    def _is_yes_or_no(self) -> bool:
        return self._schema is None or self._schema.get("type") == "boolean" or _APPROVED in self._properties

    @property
    def _properties(self) -> Mapping[str, Any]:
        found = (self._schema or {}).get("properties")
        return found if isinstance(found, dict) else {}

    @property
    def _arguments(self) -> Mapping[str, Any]:
        """Those that people may change."""
        given = self._call.arguments if self._call is not None and _EDITED in self._properties else None
        return given if isinstance(given, dict) else {}

    def _question(self) -> Question:
        asked = f"May “{self._call.name}” be used?" if self._call is not None else _QUESTION
        choices = [_APPROVE, _REJECT] if self._is_yes_or_no else [_ANSWER, _CANCEL]
        said = question_of({name: told for name, told in self._told.items() if name != "reason"})
        words = question_words(self._told.get("message") or said, asked)
        given = {"action": _ACTION, "question": words, "choices": choices, "context": self._context()}
        for form in (self._form(), None):  # a schema may be one that no form can be made of
            try:
                return Question(**given, form=form, expires_in=self._seconds_left())
            except ValueError:
                if form is None or not self._is_yes_or_no:
                    break
        raise asks_unanswerably(words[:_MOST_WORDS])

    def _context(self) -> Any:
        if self._call is not None:
            return fitting({"name": self._call.name, "args": self._call.arguments})
        more = {name: self._told[name] for name in ("payload", "metadata") if self._told.get(name)}
        return fitting(more) if more else None

    def _form(self) -> dict[str, Any] | None:
        if not self._is_yes_or_no:
            return self._whole_form()
        fields = dict(argument_fields(self._arguments))
        fields |= {name: one for name, one in self._properties.items() if name not in (_APPROVED, _EDITED)}
        return {"type": "object", "properties": fields} if fields else None

    def _whole_form(self) -> dict[str, Any]:
        schema = dict(self._schema or {})
        if schema.get("type") == "object":
            return schema
        return {"type": "object", "properties": {words_field({}): schema}, "required": [words_field({})]}

    def _filled_in(self, decision: Decision) -> Any:
        values = dict(decision.values or {})
        return values if (self._schema or {}).get("type") == "object" else values.get(words_field({}))

    def _more(self, decision: Decision) -> dict[str, Any]:
        given = decision.values or {}
        more = {name: given[name] for name in self._properties if name not in (_APPROVED, _EDITED) and name in given}
        edited = edited_arguments(self._arguments, self._arguments, decision)
        return more | ({_EDITED: edited} if edited != self._arguments else {})

    def _seconds_left(self) -> int | None:
        """None: it never expires, or says so in no way that is known."""
        try:
            until = datetime.fromisoformat(str(self._told.get("expiresAt")))
        except ValueError:
            return None
        until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        return min(MOST_SECONDS, max(1, int((until - datetime.now(UTC)).total_seconds())))


def _raw(told: Mapping[str, Any]) -> list[Any]:
    """What LangGraph's ``interrupt()`` was given, if this is one of these; nothing otherwise."""
    metadata = told.get("metadata")
    of_graph = metadata.get("langgraph") if isinstance(metadata, dict) else None
    if isinstance(of_graph, dict) and "raw" in of_graph and not told.get("responseSchema"):
        return [of_graph["raw"]]
    return [told[_GIVEN]] if _GIVEN in told else []
