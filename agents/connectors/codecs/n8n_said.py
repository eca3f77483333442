"""What a webhook of n8n can say of an execution. No I/O."""

from dataclasses import dataclass
from typing import Any

from agents.connectors.codecs.answers import named_text, reason_text
from agents.text.surrogates import well_formed

_STARTED = "workflow was started"
_FAILED = {"error", "failed", "failure"}
_ABOUT_FAILURES = {"message", "error", "errorMessage", "status"}


@dataclass(frozen=True, slots=True)
class NodeBegun:
    """``run`` is n8n's number of the node's run, "" without one; ``turn`` tells apart each time that a node begins."""

    node: str
    run: str
    turn: str


@dataclass(frozen=True, slots=True)
class NodeEnded:
    node: str
    run: str
    turn: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class NodeFailed:
    """``node`` and ``text`` are "" where n8n does not say: mostly it says no reason."""

    node: str
    text: str


@dataclass(frozen=True, slots=True)
class Recovered:
    """What failed before did not end the workflow: it was tried again, or went on without."""


@dataclass(frozen=True, slots=True)
class OnlyStarted:
    """The workflow has begun, and whoever asked hears no more of it."""

    execution: str | None


Said = NodeBegun | NodeEnded | Piece | NodeFailed | Recovered | OnlyStarted


def outcome(value: Any) -> OnlyStarted | NodeFailed | None:
    """What an object, or the one row of a list, says of the execution, if it holds no answer."""
    match value:
        case [dict(row)]:
            return outcome(row)
        case {"executionStarted": True, **rest}:
            return OnlyStarted(well_formed(str(rest["executionId"])) if rest.get("executionId") else None)
        case {"message": str(message)} if message.strip().rstrip(".!").lower() == _STARTED:
            return OnlyStarted(None)
        case dict() if _tells_failure(value):
            return NodeFailed("", failure_text(value))
    return None


def _tells_failure(value: dict[str, Any]) -> bool:
    """Whether an object says that something failed, and holds no answer but words about that."""
    status = str(value.get("status") or "").lower()
    is_bad = bool(value.get("error") or value.get("errorMessage")) or (status in _FAILED and bool(reason_text(value)))
    if not is_bad and value.get("success") is not False and value.get("ok") is not False:
        return False
    return not named_text({name: one for name, one in value.items() if name not in _ABOUT_FAILURES})


def failure_text(value: Any) -> str:
    """What a server says of a failure, "" where it says nothing."""
    return well_formed(reason_text(value) or named_text(value) or "")
