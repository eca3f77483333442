"""Puts the blocks of a document below their headings: what documents of every kind have in common."""

from collections.abc import Iterator

from agents.errors import AgentError
from agents.reading.grid import Grid
from agents.reading.lines import paragraph
from agents.reading.sections import Reading, Section, headed, section_reference

_NEVER_WRAPPED = 10**9  # Characters: only words tell which lines of these documents go on.


class Outline:
    """Takes blocks in reading order and makes a section of what stands below each heading."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._heading = ""
        self._waits = False  # Nothing stands below the heading yet.
        self._above: list[str] = []  # Headings that stand directly above the present one.
        self._blocks: list[str] = []
        self._in_list = self._in_text = False
        self._sections: list[Section] = []
        self._anything = False

    def heading(self, text: str) -> None:
        if self._waits:
            self._above.append(self._heading)
        self._close()
        self._heading, self._waits, self._anything = text, True, True

    def paragraph(self, text: str) -> None:
        """Running text. Lines that somebody broke in the middle of a sentence are joined."""
        self._add(paragraph(text.split("\n"), _NEVER_WRAPPED))
        self._in_text = True

    def item(self, text: str, mark: str = "-") -> None:
        """An item of a list. Items that follow each other, and the paragraph before them, hold together."""
        if self._blocks and (self._in_list or (self._in_text and not self._blocks[-1].endswith("."))):
            self._blocks[-1] += f"\n{mark} {text}"
        else:
            self._add(f"{mark} {text}")
        self._in_list = self._anything = True

    def grid(self, grid: Grid) -> None:
        if text := self._reading.grid(grid, section_reference(self._heading)):
            self._add(text)

    def aside(self, reference: str, paragraphs: list[str]) -> None:
        """Text with a place of its own: a header, a footer, comments."""
        if paragraphs:
            self._anything = True
            self._close()
            self._sections.append(Section(reference, "\n\n".join(paragraphs)))

    def sections(self) -> Iterator[Section]:
        """Raises AgentError no_text for a document that says nothing."""
        self._close()
        if self._waits:
            self._sections.append(Section(section_reference(self._heading), "\n\n".join([*self._above, self._heading])))
        if not self._anything:
            raise AgentError("no_text", f"{self._reading.name} contains no text.")
        yield from self._sections

    def _add(self, text: str) -> None:
        self._blocks.append(text)
        self._waits = self._in_list = self._in_text = False
        self._anything = True

    def _close(self) -> None:
        if self._blocks:
            section = headed(self._heading, self._blocks)
            text = "\n\n".join([*self._above, section.text])
            self._sections.append(Section(section.reference, text))
            self._above = []
        self._blocks, self._in_list, self._in_text = [], False, False
