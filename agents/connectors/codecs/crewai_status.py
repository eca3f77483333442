"""What a crew's server says of a kickoff, in its present shape and in the one before, and the answer in its result."""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.connectors.codecs.answers import reason_text
from agents.text.surrogates import well_formed_value

_ENDED_WELL = frozenset({
    "completed", "complete", "success", "successful", "succeeded", "finished", "done", "ok",
})  # fmt: skip
_ENDED_BADLY = frozenset({
    "error", "errored", "failed", "failure", "fail", "crashed", "cancelled", "canceled", "aborted", "stopped",
    "terminated", "killed", "timeout", "timed_out", "expired", "revoked", "rejected",
})  # fmt: skip
_ASKS = frozenset({
    "awaiting_human_feedback", "awaiting_human_input", "pending_human_input", "waiting_for_human",
    "waiting_for_human_input", "waiting_for_human_feedback", "human_input_required",
})  # fmt: skip
_RESULTS = ("result_json", "result", "output", "outputs", "raw", "response", "answer", "final_output")
_ANSWERS = ("response", "output", "raw", "result", "answer", "text", "message")
_IDS = ("conversation_id", "id")
_LONGEST_LITERAL = 200_000  # characters; what Python writes is read by its own parser
_FENCE = re.compile(r"```\w*[ \t]*\n(.*?)\n?[ \t]*```", re.S)
_REASONS = ("error", "error_message", "message", "detail", "reason", *_RESULTS)


@dataclass(frozen=True, slots=True)
class CrewStatus:
    """``result`` of one that ended well, ``error`` of one that did not; ``done`` of ``total`` tasks, 0 if not told."""

    has_ended: bool = False
    result: Any = None
    error: str | None = None
    asks: bool = False
    task: str | None = None
    done: int = 0
    total: int = 0


def crew_status(body: Any) -> CrewStatus | None:
    """``{"status": …, "result": …}``, or before that ``{"state": "SUCCESS", …}``; None for what is neither."""
    if not isinstance(body, dict):
        return None
    names = [name for name in ("state", "status") if isinstance(body.get(name), str)]
    if not names:
        return None
    named = next((name for name in names if body[name].strip()), names[0])
    word = re.sub(r"[\s-]+", "_", body[named].strip().lower())
    if word in _ENDED_WELL:
        return CrewStatus(has_ended=True, result=crew_result(body))
    if word in _ENDED_BADLY:
        said = [body.get(name) for name in (*_REASONS, *names) if name != named]
        return CrewStatus(has_ended=True, error=next(filter(None, map(_reason, said)), "it gave no reason"))
    progress = body.get("progress")
    progress = progress if isinstance(progress, dict) else {}
    task = body.get("current_task")
    return CrewStatus(
        asks=word in _ASKS,
        task=task if isinstance(task, str) else None,
        done=_count(progress.get("completed_tasks")),
        total=_count(progress.get("total_tasks")),
    )


def crew_result(body: Mapping[str, Any]) -> Any:
    """What a status or a call holds as the crew's result; None for nothing."""
    return next((body[name] for name in _RESULTS if body.get(name)), None)


def crew_end(body: Mapping[str, Any]) -> CrewStatus:
    """What a call says that is made at the crew's end: mostly a result alone."""
    result, status = crew_result(body), crew_status(body)
    if status is not None and (status.error is not None or not (status.has_ended or result)):
        return status
    error = _reason(body.get("error")) if not result else ""
    return CrewStatus(has_ended=True, error=error) if error else CrewStatus(has_ended=True, result=result)


@dataclass(frozen=True, slots=True)
class CrewAnswer:
    """``conversation`` is the id under which the crew remembers it, if it gave one."""

    text: str
    conversation: str | None = None


def crew_answer(result: Any) -> CrewAnswer:
    """The answer: a text, a JSON object ``{"response": …, "id": …}`` or the text of one, also within ``output``."""
    if isinstance(result, str):
        inner = _object_within(result)
        return CrewAnswer(result.strip()) if inner is None else crew_answer(inner)
    if isinstance(result, dict):
        for name in _ANSWERS:
            if name == "message" and not result.keys() <= {"message", *_IDS}:
                continue  # it may be a part of what was asked for, such as a mail
            if isinstance(result.get(name), str | dict) and result[name]:
                found = crew_answer(result[name])
                ids = _IDS if name in ("response", "message") else _IDS[:1]  # other objects have ids of their own
                given = next((result[one] for one in ids if result.get(one)), None)
                return CrewAnswer(found.text, str(given) if given else found.conversation)
    return CrewAnswer("" if result in (None, {}, []) else f"```json\n{_pretty(result)}\n```")


def _object_within(text: str) -> dict[str, Any] | None:
    """The object that a text is: as JSON, as Python writes it, or one of these in a fence of Markdown."""
    fenced = _FENCE.fullmatch(text.strip())
    text = (fenced.group(1) if fenced else text).strip()
    if text[:1] != "{" or text[-1:] != "}":
        return None
    for read in (json.loads, _python):
        try:
            value = well_formed_value(read(text))
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        return value if isinstance(value, dict) else None
    return None


def _python(text: str) -> Any:
    """A literal of Python's as a JSON value: a crew's text may be str() of an object."""
    if len(text) > _LONGEST_LITERAL:
        raise ValueError("It is too long.")
    return json.loads(json.dumps(ast.literal_eval(text)))


def _reason(said: Any) -> str:
    return reason_text(said) or (json.dumps(said, ensure_ascii=False, default=str) if said else "")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
