"""The reasoning that a model writes into its text, told apart from the answer while it streams through. No I/O."""

import re
from typing import Literal, NamedTuple

Channel = Literal["answer", "reasoning"]

_OPENING = (
    "<think>", "<thinking>", "<thought>", "<thoughts>", "<reasoning>", "<reflection>", "<seed:think>", "[think]",
    "◁think▷", "<|begin_of_thought|>", "<|start_thinking|>", "<|thinking|>",
)  # fmt: skip
_CLOSING = (
    "</think>", "</thinking>", "</thought>", "</thoughts>", "</reasoning>", "</reflection>", "</seed:think>",
    "[/think]", "◁/think▷", "<|end_of_thought|>", "<|end_thinking|>",
)  # fmt: skip
# The Harmony format: <|start|>assistant<|channel|>analysis<|message|> … <|end|>
_HEADER = ("<|start|>", "<|channel|>", "<|constrain|>")
_MESSAGE = "<|message|>"
_END = (
    "<|end|>", "<|return|>", "<|call|>", "<|begin_of_solution|>", "<|end_of_solution|>", "<|start_response|>",
    "<|end_response|>", "<|im_end|>", "<|endoftext|>",
)  # fmt: skip
_MARKS = (*_OPENING, *_CLOSING, *_HEADER, _MESSAGE, *_END)
_LONGEST = max(map(len, _MARKS))
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
        self._header: str | None = None  # of a Harmony message, while it is being written
        self._answered = False  # something of the answer is out
        self._line = ""
        self._fenced = False

    def add(self, text: str) -> list[Piece]:
        self._held += text
        pieces: list[Piece] = []
        while self._held:
            begin = _BEGIN.search(self._held)
            if begin is None or begin.start() > 0:
                pieces += self._pass(begin.start() if begin else len(self._held))
                continue
            start = self._held[:_LONGEST].lower()
            if self._in_code():
                pieces += self._pass(1)
            elif mark := next((mark for mark in _MARKS if start.startswith(mark)), None):
                self._held = self._held[len(mark) :]
                pieces += self._mark(mark)
            elif len(self._held) < _LONGEST and any(mark.startswith(start) for mark in _MARKS):
                break
            else:
                pieces += self._pass(1)
        return _joined(pieces)

    def rest(self) -> list[Piece]:
        """What was held back, when no more text comes."""
        return self._pass(len(self._held))

    def _mark(self, mark: str) -> list[Piece]:
        if mark in _OPENING:
            self._channel = "reasoning"
        elif mark in _CLOSING:
            unopened = self._channel == "answer" and self._answered
            self._channel = "answer"
            if unopened:
                self._answered, self._line, self._fenced = False, "", False
                return [Piece("reasoning", "", takes_back=True)]
        elif mark in _HEADER:
            self._header = f"{self._header or ''} "
        elif mark == _MESSAGE:
            named = self._header or ""
            self._channel = "reasoning" if "analysis" in named or "commentary" in named else "answer"
            self._header = None
        else:
            self._channel, self._header = "answer", None
        return []

    def _pass(self, length: int) -> list[Piece]:
        text, self._held = self._held[:length], self._held[length:]
        if self._header is not None:
            self._header += text
            return []
        if self._channel == "answer":
            if not self._answered:
                text = text.lstrip()
            self._answered = self._answered or bool(text)
            self._follow(text)
        return [Piece(self._channel, text)] if text else []

    def _follow(self, text: str) -> None:
        for line in text.splitlines(keepends=True):
            self._line += line
            if self._line.endswith("\n"):
                self._fenced ^= self._line.lstrip().startswith("```")
                self._line = ""

    def _in_code(self) -> bool:
        if self._channel != "answer" or self._header is not None:
            return False
        return self._fenced or (self._line.count("`") % 2 == 1)


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and last.channel == piece.channel and not piece.takes_back and not last.takes_back:
            joined[-1] = Piece(piece.channel, last.text + piece.text)
        else:
            joined.append(piece)
    return joined
