"""The reasoning that a model writes into its text, told apart from the answer while it streams through. No I/O."""

import re
from itertools import groupby
from typing import Literal, NamedTuple

Channel = Literal["answer", "reasoning"]

_OPENING = (
    "<think>", "<thinking>", "<thought>", "<thoughts>", "<reasoning>", "<reflection>", "<seed:think>", "[think]",
    "◁think▷", "<|begin_of_thought|>", "<|start_thinking|>", "<|thinking|>", "<|channel>thought",
)  # fmt: skip
_CLOSING = (
    "</think>", "</thinking>", "</thought>", "</thoughts>", "</reasoning>", "</reflection>", "</seed:think>",
    "[/think]", "◁/think▷", "<|end_of_thought|>", "<|end_thinking|>", "<channel|>",
)  # fmt: skip
# The Harmony format: <|start|>assistant<|channel|>analysis<|message|> … <|end|>; Llama's names only who speaks.
_HEADER = ("<|start|>", "<|channel|>", "<|constrain|>", "<|start_header_id|>")
_MESSAGES = ("<|message|>", "<|end_header_id|>")
# What ends a message or a turn, and should have been left out by the server.
_END = (
    "<|end|>", "<|return|>", "<|call|>", "<|begin_of_solution|>", "<|end_of_solution|>", "<|start_response|>",
    "<|end_response|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<end_of_turn>",
    "<｜end▁of▁sentence｜>",
)  # fmt: skip
# It ends a turn only as the last of it: in HTML it ends what is struck through.
_LAST = "</s>"
_STRUCK = ("<s>", "<s ")
_MARKS = (*_OPENING, *_CLOSING, *_HEADER, *_MESSAGES, *_END, _LAST)
_LONGEST = max(map(len, _MARKS))
_BEGINNINGS = {mark[:length] for mark in _MARKS for length in range(1, len(mark))}
_BEGIN = re.compile(r"[<\[◁]")


class Piece(NamedTuple):
    """``takes_back``: all that was answer so far is reasoning, its opening mark was never written."""

    channel: Channel
    text: str
    takes_back: bool = False


class Thinking:
    """Text in, pieces out. What may be the beginning of a mark is held back until it is decided.

    A mark within code is text: an answer may be about such marks.
    """

    def __init__(self) -> None:
        self._held = ""
        self._channel: Channel = "answer"
        self._header: list[str] | None = None  # of a Harmony message, while it is being written
        self._struck = False  # <s> is open
        self._last = ""  # </s> and the blanks behind it: a mark, unless text follows
        self._answered = False  # something of the answer is out
        self._line_begin = ""  # The first letters of the line, which may be those of a fence.
        self._quoted = False  # An odd number of backticks stands in the line.
        self._fenced = False

    def add(self, text: str) -> list[Piece]:
        text = self._held + text
        pieces: list[Piece] = []
        at = 0
        while at < len(text):
            begin = _BEGIN.search(text, at)
            end = begin.start() if begin else len(text)
            if end == at:
                start = text[at : at + _LONGEST].lower()
                if not self._in_code():
                    if start.startswith(_MARKS):
                        mark = next(mark for mark in _MARKS if start.startswith(mark))
                        pieces += self._mark(mark, text[at : at + len(mark)])
                        at += len(mark)
                        continue
                    self._struck = self._struck or start.startswith(_STRUCK)
                    if len(text) - at < _LONGEST and start in _BEGINNINGS:
                        break
                end += 1
            pieces += self._pass(text[at:end])
            at = end
        self._held = text[at:]
        return _joined(pieces)

    def rest(self) -> list[Piece]:
        """What was held back, when no more text comes."""
        held, self._held = self._held, ""
        return self._pass(held)

    def _mark(self, mark: str, written: str) -> list[Piece]:
        if mark == _LAST and self._header is None:
            return self._end_struck(written)
        self._struck, self._last = False, ""
        if mark in _OPENING:
            self._channel = "reasoning"
        elif mark in _CLOSING:
            unopened = self._channel == "answer" and self._answered
            self._channel = "answer"
            if unopened:
                self._answered, self._line_begin, self._quoted, self._fenced = False, "", False, False
                return [Piece("reasoning", "", takes_back=True)]
        elif mark in _HEADER:
            self._header = self._header or []
            self._header.append(" ")
        elif mark in _MESSAGES:
            named = "".join(self._header or ())
            self._channel = "reasoning" if "analysis" in named or "commentary" in named else "answer"
            self._header = None
        else:
            self._channel, self._header = "answer", None
        return []

    def _end_struck(self, written: str) -> list[Piece]:
        if self._struck:
            self._struck = False
            return self._pass(written)
        self._last += written
        return []

    def _pass(self, text: str) -> list[Piece]:
        if self._header is not None:
            self._header.append(text)
            return []
        if self._last:
            self._last, text = (self._last + text, "") if not text.strip() else ("", self._last + text)
        if self._channel == "answer":
            if not self._answered:
                text = text.lstrip()
            self._answered = self._answered or bool(text)
            self._follow(text)
        return [Piece(self._channel, text)] if text else []

    def _follow(self, text: str) -> None:
        *complete, last = text.split("\n")
        for part in complete:
            self._lengthen(part)
            self._fenced ^= self._line_begin == "```"
            self._line_begin, self._quoted = "", False
        self._lengthen(last)

    def _lengthen(self, part: str) -> None:
        """The line goes on."""
        if len(self._line_begin) < 3:
            self._line_begin = (self._line_begin + part).lstrip()[:3]
        self._quoted ^= part.count("`") % 2 == 1

    def _in_code(self) -> bool:
        return self._channel == "answer" and self._header is None and (self._fenced or self._quoted)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Text of the same channel in one piece."""
    return [
        Piece(channel, "".join(piece.text for piece in run), takes_back)
        for (channel, takes_back), run in groupby(pieces, lambda piece: (piece.channel, piece.takes_back))
    ]
