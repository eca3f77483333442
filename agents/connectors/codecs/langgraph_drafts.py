"""The messages of models in a run of a graph, as drafts of its answer. No I/O.

Shown is the one that began last: it takes the place of the one before, which may still be written, for models may work
at the same time.
"""

from dataclasses import dataclass, field

from agents.connectors.codecs.langgraph_message import LangGraphMessage
from agents.telling.steps import Record, TextRecord
from agents.text.surrogates import WholeCharacters


@dataclass(slots=True)
class _Draft:
    key: str
    task: str
    text: str = ""
    pieces: int = 0
    has_chunks: bool = False
    is_final: bool = False
    characters: WholeCharacters = field(default_factory=WholeCharacters)

    def new_in(self, message: LangGraphMessage) -> str:
        """What the message adds. Servers in JavaScript call pieces by the name of a whole message."""
        text = message.text
        if message.is_chunk:
            self.has_chunks = True
        elif self.has_chunks:
            text = ""  # the whole message, whose pieces have come
        elif self.pieces and text.startswith(self.text) and (self.pieces > 1 or not message.has_chunks_of_calls):
            text, self.characters = text[len(self.text) :], WholeCharacters()  # so far
        if text:
            self.pieces += 1
        added = self.characters.add(text)
        self.text += added
        return added


class Drafts:
    """``count`` is how many have begun; earlier attempts of the run included, until its stream comes from the start."""

    def __init__(self, agent: str, count: int) -> None:
        self.count = count
        self._agent = agent
        self._drafts: dict[str, _Draft] = {}  # by message, in the order in which they began
        self._shown: _Draft | None = None
        self._ended_tasks: set[str] = set()

    def from_the_start(self) -> None:
        """All of the stream comes, from its beginning."""
        self.count = self.count if self._drafts else 0

    def write(self, id: str, message: LangGraphMessage, task: str) -> list[Record]:
        """A message of this task, or a piece of one."""
        name = id or (f"task {task}" if message.is_chunk or message.has_chunks_of_calls else f"message {self.count}")
        draft = self._drafts.get(name)
        if draft is not None:
            added = draft.new_in(message)
            return [self._text(draft, added)] if added and not draft.is_final else []
        shown = self._shown
        records = self._end(shown) if shown is not None and shown.task in self._ended_tasks else []
        replaces = _key(self.count) if self.count else None
        self.count += 1
        draft = self._shown = self._drafts[name] = _Draft(_key(self.count), task)
        return [*records, self._text(draft, draft.new_in(message), replaces=replaces)]

    def task_ended(self, task: str) -> list[Record]:
        """No more comes of its drafts. The one that is shown may be the answer, which ends with the run."""
        self._ended_tasks.add(task)
        ended = [draft for draft in self._drafts.values() if draft.task == task and draft is not self._shown]
        return [record for draft in ended for record in self._end(draft)]

    def answered(self, answer: str) -> list[Record]:
        """The end of the answer, as the thread has it."""
        others = [draft for draft in self._drafts.values() if draft is not self._shown]
        records = [record for draft in others for record in self._end(draft)]
        shown = self._shown
        if shown is not None:
            rest = shown.characters.rest()
            if shown.text + rest == answer:
                return [*records, self._text(shown, rest, final=True)]
        replaces = _key(self.count) if self.count else None
        self.count += 1
        return [*records, TextRecord(_key(self.count), self._agent, delta=answer, final=True, replaces=replaces)]

    def _end(self, draft: _Draft) -> list[Record]:
        if draft.is_final:
            return []
        draft.is_final = True
        return [self._text(draft, draft.characters.rest(), final=True)]

    def _text(self, draft: _Draft, delta: str, *, final: bool = False, replaces: str | None = None) -> Record:
        return TextRecord(draft.key, self._agent, delta=delta, final=final, replaces=replaces)


def _key(number: int) -> str:
    return f"answer/{number}"
