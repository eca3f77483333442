"""An event on its way from the log to the sockets."""

import json
from collections.abc import Iterator, Sequence

from utils.doorbell.news import Frame
from utils.log.events import ENDED_RUN
from utils.log.store import StoredEvent

_REASONING = b'"channel":"reasoning"'  # of an agentMessage: within its texts a quotation mark has a backslash
_json = json.JSONDecoder(parse_int=str, parse_float=str)  # a number may be longer than Python reads


def to_frame(event: StoredEvent) -> Frame:
    ends = event.type == "runUpdate" and json.loads(event.body)["status"] in ENDED_RUN
    return Frame(event.seq, event.run_id, ends, event.frame())


def without_tool_data(event: StoredEvent) -> StoredEvent:
    """The event without what its step was given, what it gave, where that is, and what a model thought in it: for who
    may see what happens, but not with what. It stays an event, or the numbers would have a hole."""
    hidden: set[str] = set()
    members: dict[str, str] = {}
    if event.type == "agentActivity":
        members = dict(_members(event.body.decode()))
        hidden = {"input", "output", "link"}
        if members.get("kind") == '"kind":"tool"':
            hidden.add("details")  # what it found, in words
            members["action"] = _without_quotation(members["action"])
    elif event.type == "agentMessage" and _REASONING in event.body:
        members = dict(_members(event.body.decode())) | {"delta": '"delta":""'}
    if not members:
        return event
    body = f"{{{','.join(text for name, text in members.items() if name not in hidden)}}}".encode()
    return event if body == event.body else StoredEvent(event.seq, event.type, event.run_id, body)


def _without_quotation(action: str) -> str:
    """The member ``action``, of 'Search “engine”' only 'Search': the tool was given what stands in quotation marks."""
    words = json.loads(action.partition(":")[2])
    bare = words.partition("“")[0].strip()
    return action if bare in ("", words) else f'"action":{json.dumps(bare, ensure_ascii=False)}'


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
    if kind != b"agentActivity" and not (kind == b"agentMessage" and _REASONING in data):
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
