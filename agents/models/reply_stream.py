"""The bytes of a model server's reply, as the JSON values in it. No I/O.

Read is what servers send: server-sent events with every kind of line end, comments and fields that mean nothing here,
or one JSON body although a stream was asked for.
"""

import codecs
import json
import re
from typing import Any

_PAGE = re.compile(r"<(?:!doctype|html|head|body)\b", re.I)
_MOST_BUFFERED = 8_000_000  # characters of one line, one event or one body


class WebPageError(ValueError):
    """A page for people, as a front door or a wrong address has it."""


class ReplyStreamError(ValueError):
    """The bytes are no reply of a model server."""


class ReplyTooLongError(ValueError):
    """More than anyone can mean."""


class ReplyStream:
    """Bytes in, values out. ``done``: the server has said that there is no more. ``signs`` counts what is whole: lines,
    also those that mean nothing, and pieces of a body."""

    def __init__(self) -> None:
        self.done = False
        self.signs = 0
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._begun = False
        self._opening = ""  # What may be the beginning of a page.
        self._is_body = False  # one JSON document instead of events
        self._held: list[str] = []  # of the body, or of a line
        self._held_length = 0
        self._after_cr = False
        self._data: list[str] = []  # of the event whose end is still to come
        self._data_length = 0
        self._event = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing at the end."""
        return self.done or self._is_body

    def feed(self, data: bytes) -> list[Any]:
        """The values that are complete with these bytes. Raises ReplyStreamError and ReplyTooLongError."""
        return self._take(self._decoder.decode(data))

    def end(self) -> list[Any]:
        """What is left when no more bytes come. An event that was cut off is left out."""
        values = self._take(self._decoder.decode(b"", True))
        if self._is_body:
            return values + _in_body("".join(self._held))
        values += self._line("".join(self._held))
        try:
            return values + self._dispatched()
        except ReplyStreamError:
            return values

    def _take(self, text: str) -> list[Any]:
        if not self._begun:
            text = (self._opening + text).lstrip()
            if text.startswith("<") and len(text) < len("<!doctype "):
                self._opening = text
                return []
            self._begun = bool(text)
            self._is_body = text.startswith(("{", "["))
            if _PAGE.match(text):
                raise WebPageError
        if self._is_body:
            self._hold(text)
            self.signs += 1
            return []
        if self._after_cr and text:
            text = text.removeprefix("\n")
            self._after_cr = False
        self._after_cr = self._after_cr or text.endswith("\r")
        *lines, rest = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        values: list[Any] = []
        self.signs += len(lines)
        for line in lines:
            values += self._line("".join([*self._held, line]))
            self._held, self._held_length = [], 0
        self._hold(rest)
        return values

    def _hold(self, text: str) -> None:
        self._held_length += len(text)
        if self._held_length > _MOST_BUFFERED:
            raise ReplyTooLongError
        if text:
            self._held.append(text)

    def _line(self, line: str) -> list[Any]:
        if not line.strip():
            return self._dispatched()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line.startswith("{"):  # data without their name
            name, value = "data", line
        match name.strip():
            case "event":
                self._event = value.strip()
            case "error":
                self._event = "error"
                self._add(value)
            case "data":
                self._add(value)
        return []

    def _add(self, data: str) -> None:
        self._data_length += len(data)
        if self._data_length > _MOST_BUFFERED:
            raise ReplyTooLongError
        self._data.append(data)

    def _dispatched(self) -> list[Any]:
        lines, event = self._data, self._event
        self._data, self._data_length, self._event = [], 0, ""
        try:
            values = self._values("\n".join(lines))
        except ReplyStreamError:
            if len(lines) < 2:
                raise
            values = [value for line in lines for value in self._values(line)]  # events without a line between them
        return [_as_error(value) for value in values] if event == "error" else values

    def _values(self, data: str) -> list[Any]:
        data = data.strip()
        if data[:6].upper() in ("[DONE]", "DONE"):
            self.done = True
        elif data.startswith(("{", "[")):
            return _several(_parsed(data))
        return []  # a sign of life in words


def _in_body(body: str) -> list[Any]:
    try:
        return _several(_parsed(body))
    except ReplyStreamError:
        lines = [line.strip() for line in body.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [value for line in lines for value in _several(_parsed(line))]  # a value in each line


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise ReplyStreamError from error


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_error(value: Any) -> Any:
    return value if isinstance(value, dict) and ("error" in value or "choices" in value) else {"error": value}
