"""Paragraphs whose parts stand apart by tabs: several of them below each other are a table without lines."""

from agents.reading.grid import Grid
from agents.reading.outline import Outline


class TabbedLines:
    """Takes paragraphs and hands them on to an outline, as paragraphs or as grids."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._rows: list[list[str]] = []

    def add(self, paragraph: str) -> None:
        cells = [" ".join(cell.split()) for cell in paragraph.split("\t")]
        filled = [cell for cell in cells if cell]
        if "\n" in paragraph or len(filled) < 2:
            self.end()
            lines = (" ".join(line.split()) for line in paragraph.split("\n"))
            if text := "\n".join(filter(None, lines)):
                self._outline.paragraph(text)
            return
        if self._rows and len(self._rows[0]) != len(filled):
            self.end()
        self._rows.append(filled)

    def end(self) -> None:
        """What is gathered is complete: another kind of block follows."""
        if len(self._rows) > 1:
            self._outline.grid(Grid(self._rows))
        else:
            for cells in self._rows:
                self._outline.paragraph(" ".join(cells))
        self._rows = []
