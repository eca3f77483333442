"""What the interrupts of a graph ask people, and what the graph is told of their decisions. No I/O.

Four shapes are known, by what ``interrupt()`` was given:

- ``{"action_request": {"action", "args"}, "config": {"allow_accept", …}, "description"}``, or a list of such:
  ``HumanInterrupt`` of langgraph.prebuilt.interrupt. The answer is a list of ``{"type", "args"}``.
- ``{"action_requests": [{"name", "args", "description"}], "review_configs": [{"allowed_decisions", …}]}``: what
  ``HumanInTheLoopMiddleware`` of LangChain 1 gives. The answer is ``{"decisions": [{"type", …}]}``.
- a text: the question.
- any other JSON. The answer to both is true, false, or a text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.backends.base import Approval
from agents.connectors.codecs.question_parts import (
    answered_words,
    argument_fields,
    edited_arguments,
    fitting,
    question_words,
    words_field,
)
from agents.text.surrogates import well_formed_value
from utils.sessions.approval import Choice, Decision, Question

_ACTION = "Ask a person"
_NAMED = ("question", "ask", "prompt", "message", "text", "description", "title")
_ACCEPT, _IGNORE = Choice("accept", "Accept", form=False), Choice("ignore", "Ignore", form=False)
_APPROVE, _REJECT = Choice("approve", "Approve", form=False), Choice("reject", "Reject", form=False)
_EDIT = Choice("edit", "Edit")
_RESPOND = Choice("respond", "Answer with words")
_ALLOWED = (("allow_accept", _ACCEPT), ("allow_edit", _EDIT), ("allow_respond", _RESPOND), ("allow_ignore", _IGNORE))
_REVIEWED = {"approve": _APPROVE, "edit": _EDIT, "reject": _REJECT, "respond": _RESPOND}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question. ``told`` makes what the graph is told of the decision."""

    question: Question
    told: Callable[[Decision], Any]


class Interrupt:
    """``key`` is unique among all that the thread ever asks; ``id`` is "" where the server gives it none."""

    def __init__(self, key: str, id: str, value: Any, mask: Callable[[Any], Any]) -> None:
        """``mask`` takes the agent's secrets out of what people are shown."""
        self.id = id
        self._key = key
        self._asked, self._whole = _read(well_formed_value(value), mask)

    @property
    def approvals(self) -> list[Approval]:
        return [Approval(self._name(n), asked.question) for n, asked in enumerate(self._asked)]

    def is_decided(self, decisions: Mapping[str, Decision]) -> bool:
        return all(self._name(n) in decisions for n in range(len(self._asked)))

    def resume(self, decisions: Mapping[str, Decision]) -> Any:
        """What the graph goes on with."""
        return self._whole([asked.told(decisions[self._name(n)]) for n, asked in enumerate(self._asked)])

    def _name(self, n: int) -> str:
        return f"{self._key}/{n}"


def _read(value: Any, mask: Callable[[Any], Any]) -> tuple[list[_Asked], Callable[[list[Any]], Any]]:
    requests = value if isinstance(value, list) else [value]
    if requests and all(map(_is_human_interrupt, requests)):
        return [_human_interrupt(one, mask(one)) for one in requests], list
    if isinstance(value, dict) and _are_reviews(value):
        pairs = zip(value["action_requests"], _reviews(value), strict=True)
        return [_review(one, allowed, mask(one)) for one, allowed in pairs], lambda told: {"decisions": told}
    return [_other(mask(value))], lambda told: told[0]


def _is_human_interrupt(value: Any) -> bool:
    match value:
        case {"action_request": {"action": str(), "args": dict()}, "config": dict()}:
            return True
    return False


def _human_interrupt(value: dict[str, Any], shown: dict[str, Any]) -> _Asked:
    action, args, shown_args = value["action_request"]["action"], value["action_request"]["args"], _args_of(shown)
    choices = [choice for name, choice in _ALLOWED if value["config"].get(name)] or [_ACCEPT, _IGNORE]

    def told(decision: Decision) -> dict[str, Any]:
        match decision.choice:
            case "edit":
                edited = edited_arguments(args, shown_args, decision)
                return {"type": "edit", "args": {"action": action, "args": edited}}
            case "respond":
                return {"type": "response", "args": answered_words(decision, shown_args)}
        return {"type": decision.choice, "args": None}

    described = question_words(shown.get("description"), f"May “{shown['action_request']['action']}” be done?")
    return _Asked(_question(described, choices, shown["action_request"], shown_args), told)


def _args_of(shown: dict[str, Any]) -> dict[str, Any]:
    args: dict[str, Any] = shown["action_request"]["args"]
    return args


def _are_reviews(value: dict[str, Any]) -> bool:
    requests = value.get("action_requests")
    return (
        isinstance(requests, list)
        and bool(requests)
        and all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in requests)
    )


def _reviews(value: dict[str, Any]) -> list[list[Choice]]:
    """The choices of each request: its configuration has the same place, or names the action."""
    given = [one for one in value.get("review_configs") or [] if isinstance(one, dict)]
    found = []
    for n, request in enumerate(value["action_requests"]):
        named = [one for one in given if one.get("action_name") == request["name"]]
        config = given[n] if len(given) == len(value["action_requests"]) else next(iter(named), {})
        allowed = [_REVIEWED[one] for one in config.get("allowed_decisions") or () if one in _REVIEWED]
        found.append(list(dict.fromkeys(allowed)) or [_APPROVE, _REJECT])
    return found


def _review(value: dict[str, Any], choices: Sequence[Choice], shown: dict[str, Any]) -> _Asked:
    args, shown_args = value.get("args"), shown.get("args")
    args, shown_args = (one if isinstance(one, dict) else {} for one in (args, shown_args))

    def told(decision: Decision) -> dict[str, Any]:
        match decision.choice:
            case "edit":
                edited = edited_arguments(args, shown_args, decision)
                return {"type": "edit", "edited_action": {"name": value["name"], "args": edited}}
            case "respond":
                return {"type": "respond", "message": answered_words(decision, shown_args)}
            case "reject" if decision.comment:
                return {"type": "reject", "message": decision.comment}
        return {"type": decision.choice}

    described = question_words(shown.get("description"), f"May “{shown['name']}” be used?")
    return _Asked(_question(described, choices, {"name": shown["name"], "args": shown_args}, shown_args), told)


def _other(shown: Any) -> _Asked:
    def told(decision: Decision) -> Any:
        return answered_words(decision, {}) if decision.choice == "respond" else decision.choice == "approve"

    first = shown[0] if isinstance(shown, list) and shown else shown
    named = [first[name] for name in _NAMED if isinstance(first.get(name), str)] if isinstance(first, dict) else []
    question = question_words(
        shown if isinstance(shown, str) else next(iter(named), None), "The graph asks for a decision."
    )
    context = None if isinstance(shown, str) else shown
    return _Asked(_question(question, [_APPROVE, _REJECT, _RESPOND], context, {}), told)


def _question(words: str, choices: Sequence[Choice], context: Any, args: Mapping[str, Any]) -> Question:
    fields = argument_fields(args) if _EDIT in choices else {}
    if _RESPOND in choices:
        fields[words_field(args)] = {"type": "string", "title": "Answer"}
    form = {"type": "object", "properties": fields} if fields else None
    return Question(_ACTION, words, choices, form, fitting(context))
