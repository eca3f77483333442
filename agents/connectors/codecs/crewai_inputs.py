"""The inputs of a crew: their names, as its server tells them, and what each of them probably gets."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Gets = Literal["question", "conversation", "text"]

_PLACES = ("inputs", "input_schema", "inputs_schema", "schema", "required_inputs")
# Names by which crews call them, the likeliest first.
_QUESTIONS = ("current_message", "message", "user_message", "question", "user_input", "query", "prompt", "topic")
_CONVERSATIONS = ("id", "conversation_id", "session_id", "thread_id")


def crew_inputs(body: Any) -> list[str] | None:
    """The names in the answer to ``GET /inputs``: a list, an object by name, or a JSON schema; None for neither."""
    found = body
    if isinstance(body, Mapping) and not _is_schema(body):
        found = next((body[name] for name in _PLACES if isinstance(body.get(name), Mapping | list)), None)
    if isinstance(found, Mapping):
        return [str(name) for name in (found["properties"] if _is_schema(found) else found)]
    if not isinstance(found, list):
        return None
    names = [one.get("name") or one.get("key") if isinstance(one, dict) else one for one in found]
    return [name for name in names if isinstance(name, str)]


def _is_schema(found: Mapping[str, Any]) -> bool:
    """Whether it describes an object (https://json-schema.org), and is none with an input of the name properties."""
    properties = found.get("properties")
    return isinstance(properties, Mapping) and all(isinstance(one, Mapping | bool) for one in properties.values())


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
