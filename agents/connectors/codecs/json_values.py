"""JSON values one after the other, read from text as it comes. No I/O.

What lies between them does not matter: each may have a line of its own, take several lines, or follow the one before
without anything between.
"""

import json
import re
from typing import Any

from agents.outgoing.decoders import StreamError

_MOST_BUFFERED = 8_000_000  # characters of one value
_MARKS = re.compile(r'["\\{}\[\]]')
_BETWEEN = re.compile("[ \t\r\n,\x1e]*")  # a comma, as in the rows of an array; RFC 7464's record separator
DONE = "[DONE]"  # with which servers of models end a stream; it is no JSON
_BEGINS = '{["'


class JsonValues:
    """Text in, objects, arrays and strings out; DONE for the end of a stream. Numbers and words alone are not read."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._length = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False

    @property
    def is_between(self) -> bool:
        """Whether nothing has begun that has not ended."""
        return not self._held

    def feed(self, text: str) -> list[Any]:
        """The values that are complete with this text. Raises StreamError."""
        values: list[Any] = []
        place = 0
        while True:
            if self.is_between:
                place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]  # it matches nothing at all, too
                if text[place : place + 1] not in _BEGINS:
                    raise StreamError("It is no JSON.")
            end = self._end(text, place)
            self._hold(text[place:end])
            if end is None:
                return values
            values.append(_parsed("".join(self._held)))
            self._held, self._length = [], 0
            place = end

    def _hold(self, text: str) -> None:
        self._length += len(text)
        if self._length > _MOST_BUFFERED:
            raise StreamError("A value does not end.")
        if text:
            self._held.append(text)

    def _end(self, text: str, place: int) -> int | None:
        """Where the value ends that has begun before this place or at it; None: not in this text."""
        if self._escaped and text:
            self._escaped, place = False, place + 1
        while mark := _MARKS.search(text, place):
            place = mark.end()
            sign = mark.group()
            if sign == "\\":
                self._escaped = self._in_string and place == len(text)
                place += self._in_string
            elif sign == '"':
                self._in_string = not self._in_string
            elif not self._in_string:
                self._depth += 1 if sign in "{[" else -1
            if not self._in_string and self._depth <= 0:
                self._depth = 0
                return place
        return None


def _parsed(text: str) -> Any:
    if text == DONE:
        return DONE
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise StreamError("A value is no JSON.") from error
