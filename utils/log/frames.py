"""An event on its way from the log to the sockets."""

import json
from collections.abc import Iterator, Sequence

from utils.doorbell.news import Frame
from utils.log.events import ENDED_RUN
from utils.log.store import StoredEvent

_REASONING = b'"channel":"reasoning"'  # of an agentMessage: within its texts a quotation mark has a backslash
_OF_ALL = frozenset({"session_id", "run_id", "time", "type"})
# By the type of an event: the fields that hold no tool data. What is not here is hidden, also what is added one day. In
# `action` people read what a step does; the name that another program gives the call of a tool may hold anything.
SHOWN = {
    "agentActivity": _OF_ALL
    | {"activity_id", "parent_id", "agent_name", "action", "kind", "status", "progress", "usage"},
    "agentStatusUpdate": _OF_ALL | {"agent_name", "status"},
    "agentMessage": _OF_ALL
    | {"message_id", "agent_name", "delta", "final", "replaces", "citations", "channel", "activity_id"},
    "userMessage": _OF_ALL | {"message_id", "text", "delivery"},
    "runUpdate": _OF_ALL
    | {"status", "question", "phase", "progress", "attempt", "model", "agent_id", "paused", "place", "retry_of"},
    "error": _OF_ALL | {"code", "message", "agent_name", "activity_id", "retryable"},
}
_TOOL_ACTION = '"action":"Use a tool"'
_ERROR_MESSAGE = '"message":"Something went wrong. This link does not show what."'
_json = json.JSONDecoder(parse_int=str, parse_float=str)  # a number may be longer than Python reads


def to_frame(event: StoredEvent) -> Frame:
    ends = event.type == "runUpdate" and json.loads(event.body)["status"] in ENDED_RUN
    return Frame(event.seq, event.run_id, ends, event.frame())


def without_tool_data(event: StoredEvent) -> StoredEvent:
    """The event as who may see what happens, but not with what, gets it: with the fields of SHOWN alone.

    What a tool was given, what it said, what went wrong in it and what a model thought are in other fields, or, for the
    name of a tool's step, in one that is replaced. It stays an event, or the numbers would have a hole.
    """
    shown = SHOWN.get(event.type)
    if shown is None or (event.type == "agentMessage" and _REASONING not in event.body):
        return event
    stored = dict(_members(event.body.decode()))
    members = {name: text for name, text in stored.items() if name in shown}
    if stored.get("kind") == '"kind":"tool"':
        members["action"] = _TOOL_ACTION
    if event.type == "error":
        members["message"] = _ERROR_MESSAGE
    if event.type == "agentMessage":
        members["delta"] = '"delta":""'
    body = f"{{{','.join(members[name] for name in stored if name in members)}}}".encode()
    return event if body == event.body else StoredEvent(event.seq, event.type, event.run_id, body)


def _members(stored: str) -> Iterator[tuple[str, str]]:
    """The members of a JSON object as the log stores it, without a space: each one's name, and its text."""
    at = 0
    while stored[at] != "}":
        name, colon = _json.raw_decode(stored, at + 1)
        _, end = _json.raw_decode(stored, colon + 1)
        yield name, stored[at + 1 : end]
        at = end


def frame_without_tool_data(frame: Frame) -> Frame:
    """The same for a frame."""
    kind, _, data = frame.data.partition(b"\nevent: ")[2].partition(b"\ndata: ")
    if kind == b"agentMessage" and _REASONING not in data:
        return frame
    body = b"{" + data.partition(b",")[2].rstrip(b"\n")  # without its seq, as it is stored
    bare = without_tool_data(StoredEvent(frame.seq, kind.decode(), frame.run_id, body))
    return frame if bare.body is body else to_frame(bare)


def of_run(frames: Sequence[Frame], run_id: str) -> list[Frame]:
    """The frames of one run, up to its last."""
    own: list[Frame] = []
    for frame in frames:
        if frame.run_id == run_id and not (own and own[-1].ends_run):
            own.append(frame)
    return own
