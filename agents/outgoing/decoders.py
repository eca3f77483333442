"""The bytes of a stream as what is in them: lines, JSON lines, server-sent events. No I/O; cut anywhere.

decoder = SseDecoder()
async for piece in answer.pieces():
    for event in decoder.feed(piece):
        ...
"""

import codecs
import json
from dataclasses import dataclass
from typing import Any

_MOST_HELD = 8 * 1024 * 1024  # characters of one line, or of one event


class StreamError(ValueError):
    """What came is not what was to come. The message says what is wrong, without what came."""


class LineDecoder:
    """UTF-8 in, lines out: ended by LF, CR LF or CR; the last one may have no end. Errors in the text are replaced."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._held: list[str] = []
        self._held_length = 0
        self._after_cr = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete with these bytes. Raises StreamError for one that never ends."""
        return self._take(self._decoder.decode(data))

    def end(self) -> list[str]:
        """What is left when no more bytes come."""
        lines = self._take(self._decoder.decode(b"", True))
        rest = "".join(self._held)
        self._held, self._held_length = [], 0
        return [*lines, rest] if rest else lines

    def _take(self, text: str) -> list[str]:
        if not text:
            return []
        if self._after_cr:
            text = text.removeprefix("\n")
        self._after_cr = text.endswith("\r")
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if lines:
            lines[0] = "".join([*self._held, lines[0]])
            self._held, self._held_length = [], 0
        if rest:
            self._held.append(rest)
            self._held_length += len(rest)
            if self._held_length > _MOST_HELD:
                raise StreamError("A line does not end.")
        return lines


class JsonLinesDecoder:
    """A JSON value a line; empty lines mean nothing."""

    def __init__(self) -> None:
        self._lines = LineDecoder()

    def feed(self, data: bytes) -> list[Any]:
        """The values that are complete. Raises StreamError for a line that is no JSON."""
        return _values(self._lines.feed(data))

    def end(self) -> list[Any]:
        return _values(self._lines.end())


def _values(lines: list[str]) -> list[Any]:
    try:
        return [json.loads(line) for line in lines if line.strip()]
    except (ValueError, RecursionError):
        raise StreamError("A line is no JSON.") from None


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """``id`` is the last one that was sent so far: what Last-Event-ID resumes after."""

    event: str
    data: str
    id: str


class SseDecoder:
    """Server-sent events (WHATWG HTML, section 9.2.6). An event that is cut off is left out."""

    def __init__(self) -> None:
        self._lines = LineDecoder()
        self._event = ""
        self._data: list[str] = []
        self._size = 0
        self._id = ""

    def feed(self, data: bytes) -> list[ServerSentEvent]:
        """The events that are complete. Raises StreamError for one that is too long."""
        found: list[ServerSentEvent] = []
        for line in self._lines.feed(data):
            if line:
                self._field(line)
            else:
                found += self._dispatched()
        return found

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._size += len(value)
                if self._size > _MOST_HELD:
                    raise StreamError("An event does not end.")
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value

    def _dispatched(self) -> list[ServerSentEvent]:
        data, event = self._data, self._event
        self._data, self._event, self._size = [], "", 0
        return [ServerSentEvent(event or "message", "\n".join(data), self._id)] if data else []
