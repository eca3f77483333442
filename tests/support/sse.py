"""A decoder of server-sent events, by the letter of the HTML standard (section 9.2.6), independent of the product."""

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SseEvent:
    """What an EventSource would dispatch."""

    type: str
    data: str
    last_event_id: str

    def json(self) -> Any:
        return json.loads(self.data)


class SseDecoder:
    """Feed it bytes as they come; it keeps ``last_event_id`` and ``retry`` as an EventSource does."""

    def __init__(self) -> None:
        self.last_event_id = ""
        self.retry: int | None = None
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = False
        self._line = ""
        self._after_cr = False
        self._data: list[str] = []
        self._type = ""
        self._id = ""

    def feed(self, data: bytes) -> list[SseEvent]:
        text = self._text.decode(data)
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        if text and self._after_cr:
            self._after_cr = False
            text = text.removeprefix("\n")
        if text:
            self._after_cr = text.endswith("\r")
        first, *others = re.split("\r\n|\r|\n", text)
        lines = [self._line + first, *others]
        self._line = lines.pop()
        return [event for line in lines if (event := self._take(line)) is not None]

    def _take(self, line: str) -> SseEvent | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._type = value
        elif field == "data":
            self._data.append(value)
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> SseEvent | None:
        self.last_event_id = self._id
        data, kind = self._data, self._type
        self._data, self._type = [], ""
        return SseEvent(kind or "message", "\n".join(data), self.last_event_id) if data else None


def decode(wire: bytes) -> list[SseEvent]:
    return SseDecoder().feed(wire)


def logged(wire: bytes) -> bytes:
    """The wire without what is not of the log: heartbeats and retry lines. An unfinished frame of the log is kept."""
    blocks = wire.split(b"\n\n")
    kept = [block for block in blocks[:-1] if not block.startswith((b"event: heartbeat\n", b"retry: "))]
    rest = blocks[-1] if blocks[-1].startswith(b"i") else b""  # each of the log begins with its id
    return b"".join([block + b"\n\n" for block in kept]) + rest
