"""An event on its way from the log to the sockets."""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from utils.activity_events import ENDED_RUN
from utils.log_store import StoredEvent

_VERSION = b"\x01"
_json = json.JSONDecoder(parse_int=str, parse_float=str)  # a number may be longer than Python reads
_HEAD = struct.Struct("<Q?HI")  # seq, ends_run, bytes of the run's id and of the frame that follow


@dataclass(frozen=True, slots=True)
class Entry:
    """An event ready to be sent. ``ends_run``: it is the last one of its run."""

    seq: int
    run_id: str | None
    ends_run: bool
    frame: bytes


def to_entry(event: StoredEvent) -> Entry:
    ends = event.type == "runUpdate" and json.loads(event.body)["status"] in ENDED_RUN
    return Entry(event.seq, event.run_id, ends, event.frame())


def without_tool_data(event: StoredEvent) -> StoredEvent:
    """The event without what its step was given and what it gave: for who may see what happens, but not with what."""
    if event.type != "agentActivity":
        return event
    members = dict(_members(event.body.decode()))
    hidden = {"input", "output"}
    if members.get("kind") == '"kind":"tool"':
        hidden.add("details")  # what it found, in words
        members["action"] = _without_quotation(members["action"])
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


def bared(entry: Entry) -> Entry:
    """The same for an entry."""
    kind, _, data = entry.frame.partition(b"\nevent: ")[2].partition(b"\ndata: ")
    if kind != b"agentActivity":
        return entry
    body = b"{" + data.partition(b",")[2].rstrip(b"\n")  # without its seq, as it is stored
    bare = without_tool_data(StoredEvent(entry.seq, "agentActivity", entry.run_id, body))
    return entry if bare.body is body else to_entry(bare)


def of_run(entries: Sequence[Entry], run_id: str) -> list[Entry]:
    """The entries of one run, up to its last."""
    own: list[Entry] = []
    for entry in entries:
        if entry.run_id == run_id and not (own and own[-1].ends_run):
            own.append(entry)
    return own


def pack(entries: Sequence[Entry]) -> bytes:
    """The entries as news for another process. Its first byte is the version of this format."""
    parts = [_VERSION]
    for entry in entries:
        run = (entry.run_id or "").encode()
        parts += (_HEAD.pack(entry.seq, entry.ends_run, len(run), len(entry.frame)), run, entry.frame)
    return b"".join(parts)


def unpack(packed: bytes) -> list[Entry]:
    """The entries of news; none where another version of this program has packed them, or nobody."""
    entries: list[Entry] = []
    at = len(_VERSION)
    if packed[:at] != _VERSION:
        return []
    try:
        while at < len(packed):
            seq, ends_run, run_size, frame_size = _HEAD.unpack_from(packed, at)
            run = at + _HEAD.size
            frame = run + run_size
            at = frame + frame_size
            entries.append(Entry(seq, packed[run:frame].decode() or None, ends_run, packed[frame:at]))
    except (struct.error, UnicodeDecodeError):
        return []
    return entries if at == len(packed) else []
