"""The inputs of a crew: their names, as its server tells them, and what each of them probably gets."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Gets = Literal["question", "conversation", "text"]

# Names by which crews call them, the likeliest first.
_QUESTIONS = ("current_message", "message", "user_message", "question", "user_input", "query", "prompt", "topic")
_CONVERSATIONS = ("id", "conversation_id", "session_id", "thread_id")


def crew_inputs(body: Any) -> list[str] | None:
    """The names in the answer to ``GET /inputs``; None where it says nothing of the kind."""
    found = body.get("inputs") if isinstance(body, dict) else body
    if isinstance(found, Mapping):
        return [str(name) for name in found]
    if not isinstance(found, list):
        return None
    names = [one.get("name") if isinstance(one, dict) else one for one in found]
    return [name for name in names if isinstance(name, str)]


def suggested_gets(names: Sequence[str], given: Mapping[str, Gets]) -> dict[str, Gets]:
    """What each input of these names gets: what it is given, and otherwise a guess. One of them gets the question."""
    gets: dict[str, Gets] = {name: given.get(name, "text") for name in names}
    new = [name for name in names if name not in given]
    if "conversation" not in gets.values() and (likely := _likeliest(new, _CONVERSATIONS)):
        gets[likely[0]] = "conversation"
    if "question" not in gets.values():
        free = [name for name in new if gets[name] == "text"] or list(names)
        gets[[*_likeliest(free, _QUESTIONS), *free][0]] = "question"
    return gets


def _likeliest(names: Sequence[str], known: Sequence[str]) -> list[str]:
    return sorted((name for name in names if name.lower() in known), key=lambda name: known.index(name.lower()))
