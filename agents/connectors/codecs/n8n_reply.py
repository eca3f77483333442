"""What the webhook of an n8n workflow answers: bytes in, what they say out. No I/O.

Read are n8n's own stream (a JSON object in each line: begin, item, end, error), server-sent events, one JSON document,
and text. n8n calls its stream application/json and its text text/html, so that the media type alone says little.
"""

import codecs
import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from agents.connectors.codecs.answers import BETWEEN, answer_text, named_text
from agents.connectors.codecs.json_values import DONE, JsonValues
from agents.connectors.codecs.n8n_said import (
    NodeBegun,
    NodeEnded,
    NodeFailed,
    Piece,
    Recovered,
    Said,
    failure_text,
    outcome,
)
from agents.connectors.codecs.streamed import is_piece, kind_of, streamed
from agents.outgoing.decoders import ServerSentEvent, SseDecoder, StreamError
from agents.text.surrogates import WholeCharacters, well_formed_value

_MOST_TEXT = 8_000_000  # characters of a body that is read as a whole
_EVENTS = re.compile(r"(?:data|event|id|retry)?:")
_NO_TEXT = re.compile("[\ufffd\x00-\x08\x0e-\x1f]")
_OTHER = re.compile(r"\s*(?:<(?:!doctype|html|head|body|\?xml)\b|\{\s*\")", re.I)  # a page, or half an object
_LAST_EVENTS = {"done", "end", "complete", "finish"}
_SIGNS_OF_LIFE = {"ping", "heartbeat", "keepalive", "open", "start", "metadata"}


@dataclass(slots=True)
class _Segment:
    """The text between a begin and its end. Nodes that work at the same time are told one after the other."""

    place: tuple[str, ...]
    node: str
    run: str
    turn: str
    follows_failure: bool
    held: str = ""
    is_open: bool = True
    failed: bool = False
    has_text: bool = False


class N8nReply:
    """One reply. ``is_done``: its server has said that there is no more."""

    def __init__(self, media_type: str = "") -> None:
        self.is_done = False
        media_type = media_type.partition(";")[0].strip().lower()
        self._is_stream = media_type == "text/event-stream"
        self._may_be_text = not media_type or (media_type.startswith("text/") and not self._is_stream)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._unread = ""  # until it is known how to read it
        self._json: JsonValues | None = None
        self._events: SseDecoder | None = None
        self._body: list[str] | None = None  # read as a whole, at the end
        self._body_length = 0
        self._turns: Counter[tuple[str, ...]] = Counter()
        self._segments: list[_Segment] = []  # the first is being told
        self._text: list[str] = []  # of the segment that is being told
        self._segment_before = ""
        self._gap = False
        self._has_text = False
        self._has_lines = False  # n8n's own
        self._failed = False
        self._streamed: list[str] = []  # pieces of a stream of others
        self._characters = WholeCharacters()

    @property
    def open_nodes(self) -> list[str]:
        """Those that have begun and not ended."""
        return [segment.node for segment in self._segments if segment.is_open]

    @property
    def works_again(self) -> bool:
        """Whether a node has begun since one failed."""
        return any(one.is_open and one.follows_failure and not one.failed for one in self._segments)

    def feed(self, data: bytes) -> list[Said]:
        """What these bytes say. Raises StreamError."""
        return self._take(self._decoder.decode(data))

    def end(self) -> list[Said]:
        """What is left to say when no more bytes come. Raises StreamError where the end is missing."""
        said = self._take(self._decoder.decode(b"", True))
        if self._unread and self._body is None:
            said += self._begin(self._unread) if self._json is None else self._read_as_a_whole()
        if self._events is not None:
            said += self._of_events(self._events.feed(b"\n\n"))
        elif self._body is not None:
            said += self._of_body("".join(self._body))
        elif self._json is not None and not self._json.is_between:
            raise StreamError("The end is missing.")
        for segment in self._segments[1:]:
            said += self._next(segment)
        return [*said, *self._as_piece(self._characters.rest())]

    def _take(self, text: str) -> list[Said]:
        if self._events is not None:
            return self._of_events(self._events.feed(text.encode()))
        if self._body is not None:
            return self._hold(text)
        if self._json is not None:
            return self._read_json(text)
        self._unread = (self._unread + text).lstrip()
        is_known = len(self._unread) >= len("event:") or self._unread[:1] in tuple("{[<")
        return self._begin(self._unread) if is_known else []

    def _begin(self, text: str) -> list[Said]:
        """Choose how to read the reply by how it begins."""
        self._unread = ""
        if text[0] in '{["':
            self._json = JsonValues()
            return self._read_json(text)
        if self._is_stream or _EVENTS.match(text):
            self._events = SseDecoder()
            return self._of_events(self._events.feed(text.encode()))
        return self._read_as_a_whole(text)

    def _read_json(self, text: str) -> list[Said]:
        """A text may begin like JSON: until one object has come whole, what calls itself text is kept."""
        assert self._json is not None
        if not self._may_be_text:
            return self._of_values(self._json.feed(text))
        self._unread += text
        try:
            values = self._json.feed(text)
        except StreamError:
            return self._read_as_a_whole()
        if not values:
            return []
        if not isinstance(values[0], dict):
            return self._read_as_a_whole()
        self._unread, self._may_be_text = "", False
        return self._of_values(values)

    def _read_as_a_whole(self, text: str = "") -> list[Said]:
        text, self._unread, self._json, self._body = text or self._unread, "", None, []
        return self._hold(text)

    def _hold(self, text: str) -> list[Said]:
        assert self._body is not None
        self._body_length += len(text)
        if self._body_length > _MOST_TEXT:
            raise StreamError("It does not end.")
        self._body.append(text)
        return []

    def _of_body(self, body: str) -> list[Said]:
        try:
            return self._of_values([json.loads(body, strict=False)])
        except (ValueError, RecursionError):
            if not self._may_be_text or _OTHER.match(body) or _NO_TEXT.search(body):
                raise StreamError("It is neither JSON nor text.") from None
        return self._pieces(body.strip())

    def _of_values(self, values: list[Any]) -> list[Said]:
        return [one for value in values for one in self._of_value(value, whole=True)]

    def _of_events(self, events: list[ServerSentEvent]) -> list[Said]:
        said: list[Said] = []
        for event in events:
            if self.is_done or event.event in _SIGNS_OF_LIFE:
                continue
            value = _parsed(event.data)
            if event.data.strip() == DONE:
                self.is_done = True
            elif event.event == "error":
                said.append(NodeFailed("", failure_text(value)))
            elif event.event not in _LAST_EVENTS:
                said += self._of_value(value, whole=False, event=event.event)
            else:
                said += self._of_value(value, whole=True) if not self._has_text else []
                self.is_done = True
        return said

    def _of_value(self, value: Any, whole: bool, event: str = "") -> list[Said]:
        """``whole``: an answer of its own, and no piece of one."""
        match value:
            case {"type": "begin" | "item" | "end" | "error" as kind, **rest}:
                metadata = rest.get("metadata")
                known = well_formed_value(metadata) if isinstance(metadata, dict) else {}
                self._has_lines = self._has_lines or kind != "error"
                content = rest.get("content")
                return self._of_line(kind, content if content or kind != "error" else rest, known)
        if value == DONE:
            self.is_done = True
            return []
        kind, told = kind_of(value), outcome(value)
        if told is not None and not kind:
            return [told]
        if isinstance(value, dict) and self._is_no_answer(kind, value):
            return []
        if not whole or is_piece(value):
            return self._of_streamed(value, event)
        self._gap = True
        return [told] if told is not None else self._pieces(answer_text(value))

    def _is_no_answer(self, kind: str, value: dict[str, Any]) -> bool:
        """Among n8n's lines only theirs, and what is unmistakable, are read; newer versions have other types."""
        is_empty = not named_text(value)
        return (self._has_lines and (bool(kind) or is_empty)) or (is_empty and kind in _SIGNS_OF_LIFE)

    def _of_streamed(self, value: Any, event: str) -> list[Said]:
        said = streamed(value, event)
        if said.has_failed:
            return [NodeFailed("", failure_text(value))]
        self.is_done = self.is_done or said.is_last
        is_repeated = len(self._streamed) > 1 and said.text == "".join(self._streamed)
        if not said.text or is_repeated or (said.repeats and self._has_text):
            return []
        self._streamed.append(said.text)
        return self._pieces(said.text)

    def _of_line(self, kind: str, content: Any, metadata: dict[str, Any]) -> list[Said]:
        node = str(metadata.get("nodeName") or "")[:200]
        place = tuple(str(metadata.get(name, "")) for name in ("nodeId", "nodeName", "runIndex", "itemIndex"))
        are_open = [one for one in self._segments if one.is_open]
        segment = next((one for one in are_open if one.place == place), None)
        if segment is None and not metadata and len(are_open) == 1:
            segment = are_open[0]
        match kind:
            case "begin":
                said = [one for open in are_open if open is segment or open.failed for one in self._ended(open)]
                return said + self._begun(place, node)
            case "item":
                return self._item(segment, content)
            case "end" if segment is not None:
                return self._ended(segment)
            case "error":
                self._failed = True
                if segment is not None:
                    segment.failed = True
                return [NodeFailed(node, failure_text(content))]
        return []

    def _begun(self, place: tuple[str, ...], node: str) -> list[Said]:
        self._turns[place] += 1
        turn = "/".join([place[0] or node, *place[2:], str(self._turns[place])])
        segment = _Segment(place, node, place[2], turn, follows_failure=self._failed)
        self._segments.append(segment)
        self._gap = self._gap or len(self._segments) == 1
        return [NodeBegun(node, segment.run, segment.turn)] if node else []

    def _item(self, segment: _Segment | None, content: Any) -> list[Said]:
        text = _item_text(content)
        if segment is not None:
            segment.has_text = segment.has_text or bool(text.strip())
        if segment is not None and segment is not self._segments[0]:
            segment.held += text
            return []
        if text and text == self._segment_before and text != content:
            return []  # the last node repeats as its output what an agent has streamed
        return self._pieces(text)

    def _ended(self, segment: _Segment) -> list[Said]:
        segment.is_open = False
        said: list[Said] = []
        if segment.node:
            said.append(NodeEnded(segment.node, segment.run, segment.turn, segment.failed))
        if segment.follows_failure and segment.has_text and not segment.failed:
            self._failed = False
            said.append(Recovered())
        while self._segments and not self._segments[0].is_open:
            self._segments.pop(0)
            if self._text:
                self._segment_before, self._text = "".join(self._text), []
            if self._segments:
                said += self._next(self._segments[0])
        return said

    def _next(self, segment: _Segment) -> list[Said]:
        self._gap, held, segment.held = True, segment.held, ""
        return self._pieces(held)

    def _pieces(self, text: str) -> list[Said]:
        if not text:
            return []
        self._text.append(text)
        if self._gap and self._has_text:
            text = BETWEEN + text
        self._gap, self._has_text = False, True
        return self._as_piece(self._characters.add(text))

    def _as_piece(self, text: str) -> list[Said]:
        return [Piece(text)] if text else []


def _item_text(content: Any) -> str:
    """n8n sends the output of a node as a JSON text, and the pieces of an agent as they are."""
    if isinstance(content, str):
        text = content.strip()
        if text[:1] + text[-1:] not in ("{}", "[]"):
            return content
        value = _parsed(content)
        rows = value if isinstance(value, list) else [value]
        named = named_text(value) if rows and all(isinstance(row, dict) for row in rows) else None
        return content if named is None else named
    return answer_text(content)


def _parsed(text: str) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, str | list | dict) else text
