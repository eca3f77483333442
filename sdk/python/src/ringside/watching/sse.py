"""Server-sent events (WHATWG HTML, section 9.2.6), without I/O."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple


class SentEvent(NamedTuple):
    type: str
    data: str
    id: str


class SseDecoder:
    """Feed it bytes as they come. It keeps the last id, and the pause in milliseconds that the server asked for."""

    def __init__(self) -> None:
        self.last_id = ""
        self.retry: int | None = None
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest, self._after_cr = "", False
        self._type, self._data, self._id = "", list[str](), ""

    def feed(self, data: bytes) -> list[SentEvent]:
        text = self._text.decode(data)
        if self._after_cr and text:
            text = text.removeprefix("\n")
            self._after_cr = False
        if text.endswith("\r"):
            self._after_cr = True  # a line break that may go on with the next bytes
        *lines, self._rest = re.split("\r\n|\r|\n", self._rest + text)
        return [event for line in lines if (event := self._line(line)) is not None]

    def _line(self, line: str) -> SentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._type = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)
        return None

    def _dispatch(self) -> SentEvent | None:
        self.last_id = self._id
        kind, data = self._type or "message", self._data
        self._type, self._data = "", []
        return SentEvent(kind, "\n".join(data), self.last_id) if data else None
