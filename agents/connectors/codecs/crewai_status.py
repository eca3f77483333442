"""What a crew's server says of a kickoff, in its present shape and in the one before, and the answer in its result."""

import json
from dataclasses import dataclass
from typing import Any

from agents.text.surrogates import well_formed_value

_ENDED_WELL = frozenset({"completed", "success", "finished"})
_ENDED_BADLY = frozenset({"error", "failed", "failure", "cancelled", "canceled", "timeout", "revoked"})
_ASKS = frozenset({"awaiting_human_feedback", "awaiting_human_input", "pending_human_input", "waiting_for_human"})


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
    word = next((one.lower() for name in ("state", "status") if isinstance(one := body.get(name), str)), None)
    if word is None:
        return None
    if word in _ENDED_WELL:
        return CrewStatus(has_ended=True, result=body.get("result_json") or body.get("result"))
    if word in _ENDED_BADLY:
        reason = body.get("error") or body.get("result") or body.get("status")
        return CrewStatus(has_ended=True, error=str(reason or "it gave no reason"))
    progress = body.get("progress")
    progress = progress if isinstance(progress, dict) else {}
    task = body.get("current_task")
    return CrewStatus(
        asks=word in _ASKS,
        task=task if isinstance(task, str) else None,
        done=_count(progress.get("completed_tasks")),
        total=_count(progress.get("total_tasks")),
    )


@dataclass(frozen=True, slots=True)
class CrewAnswer:
    """``conversation`` is the id under which the crew remembers it, if it gave one."""

    text: str
    conversation: str | None = None


def crew_answer(result: Any) -> CrewAnswer:
    """The answer: a text, a JSON object ``{"response": …, "id": …}`` or the text of one, also within ``output``."""
    if isinstance(result, str):
        try:
            inner = well_formed_value(json.loads(result))
        except (ValueError, RecursionError):
            return CrewAnswer(result.strip())
        return crew_answer(inner) if isinstance(inner, dict) else CrewAnswer(result.strip())
    if isinstance(result, dict):
        for name in ("response", "output", "raw", "result", "answer", "text"):
            if isinstance(result.get(name), str | dict) and result[name]:
                found = crew_answer(result[name])
                given = result.get("id") if name == "response" else None
                return CrewAnswer(found.text, str(given) if given else found.conversation)
    return CrewAnswer("" if result in (None, {}, []) else f"```json\n{_pretty(result)}\n```")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
