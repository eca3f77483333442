"""What a reader makes of a file: sections of plain text that know their place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text with one reference: 'page 3', 'section “Fares”', 'rows 2-9'.

    Paragraphs are parted by an empty line; a single line break parts list items and table rows.
    """

    reference: str
    text: str
    whole: bool = False  # Already of a passage's size: not to be cut or joined.


@dataclass(slots=True)
class Reading:
    """What a reader tells while it reads, and what it knows at the end."""

    name: str
    on_progress: Callable[[int, int, str], None] = lambda done, total, unit: None
    pages: int | None = None
    rows: int | None = None
    notes: list[str] = field(default_factory=list)

    def progress(self, done: int, total: int, unit: str) -> None:
        """``done`` of ``total`` pages or rows are read."""
        self.on_progress(done, total, unit)


Reader = Callable[[Path, Reading], Iterator[Section]]


def headed(heading: str, blocks: list[str]) -> Section:
    """The section below a heading. The heading is its first paragraph, so that it can be found by it."""
    if not heading:
        return Section("beginning", "\n\n".join(blocks))
    short = heading if len(heading) <= 80 else heading[:79] + "…"
    return Section(f"section “{short}”", "\n\n".join([heading, *blocks]))
