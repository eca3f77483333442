"""What a webhook of n8n has said so far, as records. No I/O."""

from typing import Literal

from agents.connectors.codecs.masking import Mask, MaskedText
from agents.connectors.codecs.n8n_said import NodeBegun, NodeEnded, NodeFailed, OnlyStarted, Piece, Recovered, Said
from agents.telling.steps import StepRecord, TextRecord, write

STEP = "n8n"  # the key of the step that encloses the execution
ANSWER = "answer"


class Heard:
    """What the webhook has said so far, told as it comes.

    ``details_follow``: the execution will be asked for its nodes, so a node that has ended stays open until then.
    """

    def __init__(self, agent: str, mask: Mask, details_follow: bool) -> None:
        self.text = ""
        self.failure: NodeFailed | None = None
        self.only_started: OnlyStarted | None = None
        self._agent = agent
        self._masked = MaskedText(mask)
        self._details_follow = details_follow
        self._open: dict[str, str] = {}  # key → node
        self.begun: set[str] = set()  # keys of the nodes that were told

    def take(self, said: list[Said]) -> None:
        for one in said:
            match one:
                case Piece(text):
                    self._say(self._masked.add(text))
                case NodeBegun(node):
                    key = self._key(one)
                    if key not in self.begun:
                        self._write(key, node, "started")
                    self._open[key] = node
                    self.begun.add(key)
                case NodeEnded(node) if not self._details_follow:
                    self._open.pop(self._key(one), None)
                    self._write(self._key(one), node, "failed" if one.failed else "completed")
                case NodeFailed():
                    self.failure = self.failure or one
                case Recovered():
                    self.failure = None
                case OnlyStarted():
                    self.only_started = one

    def end_text(self) -> None:
        """No more text comes."""
        self._say(self._masked.rest())
        if self.failure is None and self.text.strip():
            write(TextRecord(ANSWER, self._agent, final=True))

    def end(self) -> None:
        """No more is told of the nodes that are still open."""
        failed = self.failure.node if self.failure is not None else None
        for key, node in self._open.items():
            self._write(key, node, "failed" if node == failed else "completed")
        if failed and failed not in self._open.values() and not self._details_follow:
            self._write(f"node/{failed}", failed, "started")
            self._write(f"node/{failed}", failed, "failed")

    def _say(self, text: str) -> None:
        self.text += text
        if text:
            write(TextRecord(ANSWER, self._agent, delta=text))

    def _key(self, said: NodeBegun | NodeEnded) -> str:
        return f"node/{said.node}/{said.run}" if self._details_follow else f"node/{said.turn}"

    def _write(self, key: str, node: str, status: Literal["started", "completed", "failed"]) -> None:
        write(StepRecord(key, STEP, self._agent, node, "step", status))
