"""OpenDocument texts (.odt), a section per heading, as they read once all tracked changes are accepted.

The elements: OASIS Open Document Format 1.3, part 3. The library for it (odfpy) has had no release since 2020.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agents.reading.grid import Grid
from agents.reading.outline import Outline
from agents.reading.packages import Package, attribute, child, local, opened
from agents.reading.sections import HIDDEN_LEFT_OUT, STRUCK_LEFT_OUT, Reading, Section
from agents.reading.tabbed import TabbedLines
from agents.text.language import counted

if TYPE_CHECKING:
    from lxml.etree import _Element

_LEFT_OUT = {
    "tracked-changes",
    "annotation",
    "table-of-content",
    "sequence-decls",
    "forms",
    "bookmark",
    "note-citation",
    "hidden-text",  # A field that shows its text if a condition holds.
}
_DEEPEST_STYLE = 20  # Styles that are based on others.
_MOST_REPEATED = 100  # Cells and rows that one stands for; a whole empty sheet is written so.


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, encrypted, or inflates beyond all measure."""
    with opened(path, reading.name, ".odt") as package:
        yield from _Document(package, reading).sections()


class _Document:
    def __init__(self, package: Package, reading: Reading) -> None:
        self._package = package
        self._reading = reading
        self._outline = Outline(reading)
        self._tabbed = TabbedLines(self._outline)
        self._comments: list[str] = []
        self._pictures = 0
        self._letters = _Letters()
        self._hidden = self._struck = False

    def sections(self) -> Iterator[Section]:
        root = self._package.xml("content.xml")
        body = child(root, "body", "text")
        if root is None or body is None:
            raise ValueError("no text")
        self._letters = _Letters(root, self._package.xml("styles.xml"))
        self._margins("header")
        self._blocks(body)
        self._tabbed.end()
        self._margins("footer")
        self._outline.aside("comments", self._comments)
        if next(root.iter("{*}tracked-changes"), None) is not None:
            self._reading.remarks.append("It has tracked changes; it was read as if all of them were accepted.")
        if self._hidden:
            self._reading.notes.append(HIDDEN_LEFT_OUT)
        if self._struck:
            self._reading.notes.append(STRUCK_LEFT_OUT)
        if self._pictures:
            self._reading.notes.append(f"{counted(self._pictures, 'picture')} in it could not be read.")
        yield from self._outline.sections()

    def _blocks(self, parent: "_Element", item: bool = False) -> None:
        for element in parent:
            kind = local(element)
            if kind == "section" and (attribute(element, "display") == "none" or _is_hidden_now(element)):
                self._hidden = True
            elif kind == "h":
                self._tabbed.end()
                self._outline.heading(" ".join(self._text(element).split()))
                self._attached(element)
            elif kind == "p":
                text = self._text(element)
                if item and text.strip():
                    self._tabbed.end()
                    self._outline.item(" ".join(text.split()))
                elif text.strip():
                    self._tabbed.add(text)
                self._attached(element)
            elif kind == "table":
                self._table(element)
            elif kind in ("list", "list-item", "list-header"):
                self._blocks(element, True)
            elif kind not in _LEFT_OUT:
                self._blocks(element, item)

    def _attached(self, paragraph: "_Element") -> None:
        """What hangs on a paragraph: notes, text boxes, comments."""
        for element in paragraph.iter("{*}note-body", "{*}text-box", "{*}annotation", "{*}image"):
            kind = local(element)
            if kind == "image":
                self._pictures += 1
            elif kind == "annotation":
                lines = [" ".join(self._text(one).split()) for one in element.iter("{*}p")]
                author = next(element.iter("{*}creator"), None)
                name = author.text if author is not None and author.text else "somebody"
                self._comments.append(f"Comment by {name}: {' '.join(filter(None, lines))}")
            elif not any(local(above) in ("annotation",) for above in element.iterancestors()):
                self._tabbed.end()
                self._blocks(element)

    def _table(self, table: "_Element") -> None:
        self._tabbed.end()
        cells = list(table.iter("{*}table-cell"))
        if any(next(cell.iter("{*}table"), None) is not None for cell in cells):
            for cell in cells:  # It lays out the page.
                if not any(local(above) == "table-cell" and above in cells for above in cell.iterancestors()):
                    self._blocks(cell)
                    self._tabbed.end()
            return
        header = next(table.iter("{*}table-header-rows"), None)
        rows = [self._row(row) for row in table.iter("{*}table-row")]
        self._outline.grid(Grid(rows, "row" if header is not None else "unmarked"))
        for cell in cells:
            for paragraph in cell.iter("{*}p"):
                self._attached(paragraph)

    def _row(self, row: "_Element") -> list[str]:
        cells: list[str] = []
        for cell in row:
            if local(cell) in ("table-cell", "covered-table-cell"):
                text = " ".join(" ".join(self._text(one) for one in cell.iter("{*}p", "{*}h")).split())
                repeated = int(attribute(cell, "number-columns-repeated") or 1)
                cells += [text] * min(repeated, _MOST_REPEATED)
        return cells

    def _text(self, element: "_Element") -> str:
        """What is shown of a paragraph or a part of one."""
        kind = self._letters.left_out(element)
        if kind is not None and "".join(map(str, element.itertext())).strip():
            self._hidden, self._struck = self._hidden or kind == "hidden", self._struck or kind == "struck"
            return ""
        return self._shown(element)

    def _shown(self, element: "_Element") -> str:
        pieces = [element.text or ""]
        for one in element:
            kind = local(one)
            if kind == "s":
                pieces.append(" " * min(int(attribute(one, "c") or 1), 100))
            elif kind == "tab":
                pieces.append("\t")
            elif kind == "line-break":
                pieces.append("\n")
            elif kind not in (*_LEFT_OUT, "note", "frame", "text-box"):
                pieces.append(self._text(one))
            pieces.append(one.tail or "")
        return "".join(pieces)

    def _margins(self, kind: str) -> None:
        styles = self._package.xml("styles.xml")
        found: list[str] = []
        for margin in (
            styles.iter(f"{{*}}{kind}", f"{{*}}{kind}-first", f"{{*}}{kind}-left") if styles is not None else ()
        ):
            for paragraph in margin.iter("{*}p"):
                text = " ".join(self._text(paragraph).split())
                if sum(map(str.isalpha, text)) > 6 and text not in found:
                    found.append(text)
        self._outline.aside(kind, found)


def _is_hidden_now(element: "_Element") -> bool:
    """Whether a condition hid it when the file was saved."""
    return attribute(element, "is-hidden") == "true"


class _Letters:
    """What the styles of paragraphs and of stretches of text say about their letters. ``parts`` hold styles."""

    def __init__(self, *parts: "_Element | None") -> None:
        found = [style for part in parts if part is not None for style in part.iter("{*}style")]
        self._by_name = {(attribute(one, "family"), attribute(one, "name")): one for one in found}

    def left_out(self, element: "_Element") -> Literal["hidden", "struck"] | None:
        """Whether nobody is to read it, or it no longer holds."""
        condition = child(element, "hidden-paragraph")
        if condition is not None and _is_hidden_now(condition):
            return "hidden"
        if self._property(element, "display") == "none":
            return "hidden"
        struck = [self._property(element, f"text-line-through-{name}") for name in ("style", "type")]
        return "struck" if any(one not in (None, "none") for one in struck) else None

    def _property(self, element: "_Element", name: str) -> str | None:
        family = "text" if local(element) == "span" else "paragraph"
        identity = attribute(element, "style-name")
        for _ in range(_DEEPEST_STYLE):
            style = self._by_name.get((family, identity)) if identity else None
            if style is None:
                return None
            letters = child(style, "text-properties")
            if letters is not None and (value := attribute(letters, name)) is not None:
                return value
            identity = attribute(style, "parent-style-name")
        return None
