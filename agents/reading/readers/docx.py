"""Word files (.docx), a section per heading, as they read once all tracked changes are accepted.

Neither of the libraries that read Word files is used: python-docx's paragraphs leave out insertions, content controls,
fields and text boxes; docx2python tells them, but takes tables out of the cells that they stand in, gives text that
was moved away a second time, and marks up what it finds in words of its own. The elements and what they mean:
ECMA-376 part 1, chapter 17.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agents.reading.outline import Outline
from agents.reading.packages import Package, attribute, child, local, opened, relationship_id
from agents.reading.readers.word.numbering import Numbering
from agents.reading.readers.word.paragraphs import Inline, Paragraphs
from agents.reading.readers.word.styles import Styles
from agents.reading.readers.word.tables import as_grid, holds_tables
from agents.reading.sections import HIDDEN_LEFT_OUT, STRUCK_LEFT_OUT, Reading, Section
from agents.reading.tabbed import TabbedLines
from agents.text.language import counted

if TYPE_CHECKING:
    from lxml.etree import _Element

_GONE = {"del", "moveFrom"}  # What tracked changes take away.
_THROUGH = {"sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "AlternateContent", "Choice"}


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, encrypted, or inflates beyond all measure."""
    with opened(path, reading.name, ".docx") as package:
        document = _Document(package, reading)
        document.read()
        yield from document.outline.sections()


class _Document:
    def __init__(self, package: Package, reading: Reading) -> None:
        self.outline = Outline(reading)
        self._package = package
        self._reading = reading
        self._main = package.parts("", "officeDocument")[0]
        self._styles = Styles(self._part("styles"))
        self._numbering = Numbering(self._part("numbering"))
        self._paragraphs = Paragraphs(self._styles)
        self._notes = {kind: _by_id(self._part(f"{kind}s")) for kind in ("footnote", "endnote")}
        self._tabbed = TabbedLines(self.outline)
        self._carried = ""  # The text of a paragraph whose end was deleted: it goes on in the next.

    def read(self) -> None:
        root = self._package.xml(self._main)
        body = child(root, "body")
        if root is None or body is None:
            raise ValueError("no body")
        self._margins(root, "header")
        self._blocks(body)
        self._end_paragraphs()
        self._margins(root, "footer")
        self._comments()
        self._say_what_is_left_out(root)

    def _blocks(self, parent: "_Element") -> None:
        for element in parent:
            kind = local(element)
            if kind == "p":
                self._paragraph(element)
            elif kind == "tbl":
                self._table(element)
            elif kind in _THROUGH:
                self._blocks(element)
            elif kind == "altChunk":
                self._reading.notes.append("A document that is embedded in it was not read.")

    def _paragraph(self, element: "_Element") -> None:
        inline = self._paragraphs.inline(element)
        if self._styles.is_contents(element):
            return
        if _ends_deleted(element):
            self._carried += inline.text
        else:
            self._tell(element, Inline(self._carried + inline.text, inline.notes, inline.boxes))
            self._carried = ""
        for kind, identity in inline.notes:
            if (note := self._notes[kind].get(identity)) is not None:
                self._end_paragraphs()
                self._plain_blocks(note)
        for box in inline.boxes:
            self._end_paragraphs()
            self._blocks(box)

    def _tell(self, element: "_Element", inline: Inline) -> None:
        text = inline.text
        if not text.strip():
            return
        number = self._numbering.label(element, self._styles)
        if self._styles.is_heading(element):
            self._end_paragraphs()
            self.outline.heading(" ".join(f"{number or ''} {text}".split()))
        elif number is not None:
            self._end_paragraphs()
            self.outline.item(_lines(text), number or "-")
        elif self._styles.is_list(element):
            self._end_paragraphs()
            self.outline.item(_lines(text))
        else:
            self._tabbed.add(text)

    def _end_paragraphs(self) -> None:
        self._tabbed.end()

    def _plain_blocks(self, parent: "_Element") -> None:
        """Blocks of a note: its paragraphs as they are."""
        for paragraph in parent.iter("{*}p"):
            if text := _lines(self._paragraphs.inline(paragraph).text):
                self.outline.paragraph(text)

    def _table(self, table: "_Element") -> None:
        self._end_paragraphs()
        if holds_tables(table):  # It lays out the page: what stands in its cells is told cell by cell.
            for cell in _cells(table):
                self._blocks(cell)
                self._end_paragraphs()
            return
        inlines: list[Inline] = []

        def text_of(paragraph: "_Element") -> str:
            inline = self._paragraphs.inline(paragraph)
            inlines.append(inline)
            number = self._numbering.label(paragraph, self._styles) if inline.text.strip() else None
            return " ".join(f"{number or ''} {inline.text}".split())

        grid = as_grid(table, text_of)
        if grid.width == 1 or any(len(cell) > _LONGEST_CELL for row in grid.rows for cell in row):
            for row in grid.rows:
                for text in filter(None, row):
                    self.outline.paragraph(text)
        else:
            self.outline.grid(grid)
        for inline in inlines:
            for kind, identity in inline.notes:
                if (note := self._notes[kind].get(identity)) is not None:
                    self._plain_blocks(note)
            for box in inline.boxes:
                self._blocks(box)
                self._end_paragraphs()

    def _margins(self, root: "_Element", kind: str) -> None:
        """Headers or footers, each text once: they hold contract numbers and dates as often as page numbers."""
        related = self._package.related(self._main)
        used = [relationship_id(one) for one in root.iter(f"{{*}}{kind}Reference")]
        found: list[str] = []
        for identity in used:
            part = self._package.xml(related[identity][1]) if identity in related else None
            for paragraph in part.iter("{*}p") if part is not None else ():
                text = " ".join(self._paragraphs.inline(paragraph).text.split())
                if any(map(str.isalpha, text)) and text not in found and not _is_page_number(text):
                    found.append(text)
        self.outline.aside(kind, found)

    def _comments(self) -> None:
        part = self._part("comments")
        told = []
        for comment in part if part is not None else ():
            text = " ".join(self._paragraphs.inline(one).text for one in comment.iter("{*}p"))
            if text := " ".join(text.split()):
                told.append(f"Comment by {attribute(comment, 'author') or 'somebody'}: {text}")
        self.outline.aside("comments", told)

    def _say_what_is_left_out(self, root: "_Element") -> None:
        notes = self._reading.notes
        if any(next(root.iter(f"{{*}}{kind}"), None) is not None for kind in ("ins", "del", "moveFrom", "moveTo")):
            self._reading.remarks.append("It has tracked changes; it was read as if all of them were accepted.")
        if self._paragraphs.hidden:
            notes.append(HIDDEN_LEFT_OUT)
        if self._paragraphs.struck:
            notes.append(STRUCK_LEFT_OUT)
        if self._paragraphs.pictures:
            notes.append(f"{counted(self._paragraphs.pictures, 'picture')} in it could not be read.")
        if self._paragraphs.objects:
            notes.append(f"{counted(self._paragraphs.objects, 'chart or embedded object')} in it could not be read.")
        if any(name.endswith("vbaProject.bin") for name in self._package.names):
            notes.append("Its macros were not read.")

    def _part(self, kind: str) -> "_Element | None":
        named = self._package.parts(self._main, kind)
        return self._package.xml(named[0]) if named else None


_LONGEST_CELL = 600  # Characters: a longer "cell" is a column of a page that a table lays out.


def _by_id(part: "_Element | None") -> dict[str, "_Element"]:
    notes = part if part is not None else ()
    return {attribute(one, "id") or "": one for one in notes if attribute(one, "type") in (None, "normal")}


def _cells(table: "_Element") -> Iterator["_Element"]:
    for row in table:
        if local(row) == "tr":
            yield from (cell for cell in row if local(cell) == "tc")
        elif local(row) in _THROUGH:
            yield from _cells(row)


def _ends_deleted(paragraph: "_Element") -> bool:
    mark = child(paragraph, "pPr", "rPr")
    return mark is not None and any(local(one) in _GONE for one in mark)


def _is_page_number(text: str) -> bool:
    letters = "".join(filter(str.isalpha, text.lower()))
    return letters in ("", "page", "pageof", "seite", "seitevon", "page/", "pagesur", "side", "sideav", "p")


def _lines(text: str) -> str:
    return "\n".join(line for raw in text.split("\n") if (line := " ".join(raw.split())))
