"""HTML pages, a section per heading. Scripts, styles and navigation are left out; tables become lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from bs4.dammit import UnicodeDammit

from agents.reading.grid import Grid, Header
from agents.reading.outline import Outline
from agents.reading.sections import HIDDEN_LEFT_OUT, STRUCK_LEFT_OUT, Reading, Section
from agents.text.language import counted

_DROPPED = {
    "script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "del", "s", "strike", "button",
    "datalist",
}  # fmt: skip
_STRUCK = {"del", "s", "strike"}
_EMBEDDED = {"iframe", "object", "embed", "video", "audio", "canvas"}
_NO_END = {"br", "img", "input", "hr", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
# Elements whose end need not be written, and what ends them instead (HTML Standard, 13.1.2.4). Whatever ends what they
# stand in ends them, too.
_CELLS = {"td", "th", "tr", "tbody", "tfoot"}
_ENDED_BY = {
    "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}, "td": _CELLS, "th": _CELLS, "tr": {"tr", "tbody", "tfoot"},
    "tbody": {"tbody", "tfoot"}, "option": {"option", "optgroup"},
}  # fmt: skip
# What such an element may stand in, so that its end ends it, too. Any other end tag was written by mistake.
_OUTER = {"div", "section", "article", "main", "form", "body", "html"}
_ROWS = {"tbody", "thead", "tfoot", "table"}
_HOLDERS = {
    "li": {"ul", "ol", "menu"}, "dt": {"dl"}, "dd": {"dl"}, "td": {"tr", *_ROWS}, "th": {"tr", *_ROWS}, "tr": _ROWS,
    "tbody": {"table"}, "option": {"optgroup", "select", "datalist"},
    "p": {
        "li", "dd", "td", "th", "tr", "table", "ul", "ol", "dl", "blockquote", "header", "footer", "aside", "fieldset",
        "figure", "figcaption", "details", "dialog", "address",
    },
}  # fmt: skip
_HOLDING_OTHERS = {"table", "ul", "ol", "dl", "menu", "select"}  # Elements of the same kinds in these end nothing.
_UNSEEN = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all)\b", re.I
)
_LINE_THROUGH = re.compile(r"\btext-decoration(?:-line)?\s*:[^;]*\bline-through\b", re.I)
_TYPED = {"text", "search", "email", "tel", "url", "number", "date", "time", "datetime-local", "month", "week"}
_DECORATION = 32  # Pixels: a smaller picture is an icon or counts readers.
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {
    "p", "li", "pre", "blockquote", "dt", "dd", "figcaption", "div", "section", "article", "address", "ul", "ol", "dl",
    "main", "header", "footer", "aside", "body", "tr", "table", "caption", "form", "hr", "title", "fieldset", "legend",
    "label", "summary", "details",
}  # fmt: skip
_MOST_MERGED = 100  # Cells that one cell may stand for.


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a page that holds no text."""
    yield from sections_of(UnicodeDammit(path.read_bytes(), is_html=True).unicode_markup or "", reading)


def sections_of(markup: str, reading: Reading) -> Iterator[Section]:
    """The sections of a page. Raises AgentError for one that holds no text."""
    page = _Page()
    page.feed(markup)
    page.close()
    page.say_what_is_left_out(reading)
    outline = Outline(reading)
    if page.title and not any(kind == "heading" for kind, _ in page.blocks[:1]):
        outline.heading(page.title)
    for kind, block in page.blocks:
        if isinstance(block, Grid):
            outline.grid(block)
        elif kind == "heading":
            outline.heading(block)
        elif kind == "item":
            outline.item(block)
        else:
            outline.paragraph(block)
    yield from outline.sections()


@dataclass(slots=True)
class _Table:
    """Cells as they come. ``below`` are those that a cell above reaches down into: {column: (text, rows left)}."""

    rows: list[list[str]] = field(default_factory=list)
    names: list[list[bool]] = field(default_factory=list)  # Whether each cell is a <th>.
    below: dict[int, tuple[str, int]] = field(default_factory=dict)
    span: tuple[int, int] = (1, 1)

    def row(self) -> None:
        self.rows.append([])
        self.names.append([])

    def cell(self, text: str, is_name: bool) -> None:
        """The cell that ends, at the next place that none above reaches into."""
        row, names = self.rows[-1], self.names[-1]
        self.reach(row, names)
        wide, high = self.span
        for at in range(len(row), len(row) + wide):
            if high > 1:
                self.below[at] = (text, high - 1)
        row += [text, *[""] * (wide - 1)]
        names += [is_name] * wide

    def reach(self, row: list[str], names: list[bool]) -> None:
        while (above := self.below.pop(len(row), None)) is not None:
            text, left = above
            if left > 1:
                self.below[len(row)] = (text, left - 1)
            row.append(text)
            names.append(False)

    def grid(self) -> Grid:
        return Grid(self.rows, self._header())

    def _header(self) -> Header:
        names = [row for row in self.names if row]
        if not names or not any(map(any, names)):
            return "unmarked"
        if len(names) > 1 and all(names[0]):
            return "row"
        first_only = all(row[0] and not any(row[1:]) for row in names)
        return "column" if first_only else "unmarked"


class _Page(HTMLParser):
    """Reads a page in one pass, without a tree, so that nesting of any depth costs nothing.

    ``blocks`` are (kind, text) in order, kind being 'heading', 'item' or 'text', or ('grid', Grid).
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.blocks: list[tuple[str, str | Grid]] = []
        self._text: list[str] = []
        self._kind = "text"
        self._dropped: list[str] = []  # An element that is left out, and those that are open in it.
        self._hidden = self._struck = self._embedded = False
        self._pictures = 0
        self._verbatim = 0
        self._term = ""  # The <dt> that waits for its <dd>.
        self._tables: list[_Table] = []
        self._in_cell: str | None = None  # "td" or "th" while a cell is open.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped and not self._is_ended_by(tag):
            if tag not in _NO_END:
                self._dropped.append(tag)
            return
        self._dropped = []
        if self._leave_out(tag, dict(attrs)):
            if tag not in _NO_END:
                self._dropped = [tag]
            return
        if tag == "table":
            self._open_table()
        elif self._tables and tag == "tr":
            self._end_cell()
            self._tables[-1].row()
        elif self._tables and tag in ("td", "th"):
            self._open_cell(tag, dict(attrs))
        elif tag in _HEADINGS or tag in _BLOCKS:
            self.end_block()
            self._verbatim += tag == "pre"
            kinds = {"title": "title", "li": "item", "dt": "term", "dd": "meaning"}
            self._kind = "heading" if tag in _HEADINGS else kinds.get(tag, self._kind)
        elif tag == "br":
            self._text.append("\n")
        else:
            self._within_text(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._dropped:
            at = len(self._dropped) - 1 - self._dropped[::-1].index(tag)
            del self._dropped[at:]
            return
        if self._dropped and not self._is_held_by(tag):
            return
        self._dropped = []
        if tag == "table" and self._tables:
            self._end_table()
            self._tables.pop()
        elif (tag in _HEADINGS or tag in _BLOCKS or tag == "textarea") and tag != "label":  # Its field may follow.
            self.end_block()
            self._verbatim -= tag == "pre" and self._verbatim > 0

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self._text.append(data if self._verbatim or "\n" not in data else data.replace("\n", " "))

    def say_what_is_left_out(self, reading: Reading) -> None:
        said = (
            (self._hidden, HIDDEN_LEFT_OUT),
            (self._struck, STRUCK_LEFT_OUT),
            (self._pictures, f"{counted(self._pictures, 'picture')} in it could not be read."),
            (self._embedded, "A page, film or sound that is embedded in it was not read."),
        )
        reading.notes.extend(note for is_so, note in said if is_so and note not in reading.notes)

    def _leave_out(self, tag: str, attrs: dict[str, str | None]) -> bool:
        style = attrs.get("style") or ""
        hidden = "hidden" in attrs or bool(_UNSEEN.search(style)) or (tag == "dialog" and "open" not in attrs)
        struck = tag in _STRUCK or bool(_LINE_THROUGH.search(style))
        self._hidden, self._struck = self._hidden or hidden, self._struck or struck
        self._embedded = self._embedded or (tag in _EMBEDDED and not hidden)
        return hidden or struck or tag in _DROPPED

    def _is_ended_by(self, tag: str) -> bool:
        """Whether what is left out ends here, although nobody wrote its end."""
        if self._dropped[0] == "p":
            return tag in _BLOCKS or tag in _HEADINGS
        return tag in _ENDED_BY.get(self._dropped[0], ()) and not _HOLDING_OTHERS & set(self._dropped)

    def _is_held_by(self, tag: str) -> bool:
        holders = _HOLDERS.get(self._dropped[0])
        return holders is not None and (tag in holders or tag in _OUTER)

    def _within_text(self, tag: str, attrs: dict[str, str | None]) -> None:
        if tag == "input":
            self._fill_in(attrs)
        elif tag in ("select", "textarea"):
            self._fill_in({})
        elif tag == "option" and "selected" not in attrs:
            self._dropped = [tag]
        elif tag == "img":
            self._pictures += _is_picture(attrs)

    def _fill_in(self, attrs: dict[str, str | None]) -> None:
        """What somebody wrote or chose in a field of a form."""
        kind = (attrs.get("type") or "text").lower()
        if kind in ("checkbox", "radio"):
            self._text.append(" ☒ " if "checked" in attrs else " ☐ ")
        elif kind in _TYPED:
            named = "".join(self._text).rstrip()
            colon = "" if not named or named.endswith(":") else ":"
            self._text = [f"{named}{colon} {attrs.get('value') or ''} "]

    def end_block(self) -> None:
        """What was gathered is a block; within a cell of a table it is part of it."""
        if self._in_cell:
            self._text.append(" ")
            return
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\n"))
        text = ("\n" if self._kind in ("text", "meaning") else " ").join(line for line in lines if line)
        kind, self._text, self._kind = self._kind, [], "text"
        if not text:
            return
        if kind == "title":
            self.title = text
        elif kind == "term":
            self._term = text
        elif kind == "meaning":
            self.blocks.append(("text", f"{self._term.rstrip(': ')}: {text}" if self._term else text))
            self._term = ""
        else:
            self.blocks.append((kind, text))

    def close(self) -> None:
        super().close()
        if self._tables:
            self._end_table()
            self._tables = []
        self.end_block()

    def _open_table(self) -> None:
        """A table within a table: the outer one only arranges the page, and what it told so far stands for itself."""
        if self._tables:
            self._end_table()
        else:
            self.end_block()
        self._tables.append(_Table())

    def _open_cell(self, tag: str, attrs: dict[str, str | None]) -> None:
        self._end_cell()
        table = self._tables[-1]
        if not table.rows:
            table.row()
        self._text, self._in_cell = [], tag
        table.span = (_count(attrs.get("colspan")), _count(attrs.get("rowspan")))

    def _end_cell(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text, self._kind = [], "text"
        if self._in_cell:
            self._tables[-1].cell(text, self._in_cell == "th")
            self._in_cell = None
        elif text:  # A caption, or what was written between the rows.
            self.blocks.append(("text", text))

    def _end_table(self) -> None:
        self._end_cell()
        table = self._tables[-1]
        for row, names in zip(table.rows, table.names, strict=True):
            table.reach(row, names)
        if any(any(row) for row in table.rows):
            self.blocks.append(("grid", table.grid()))
        self._tables[-1] = _Table()


def _is_picture(attrs: dict[str, str | None]) -> bool:
    """Whether an image shows something; one with an empty description is decoration by its author's word."""
    sizes = [attrs.get(name) or "" for name in ("width", "height")]
    return attrs.get("alt") != "" and not any(size.isdecimal() and int(size) <= _DECORATION for size in sizes)


def _count(span: str | None) -> int:
    return min(max(int(span), 1), _MOST_MERGED) if span and span.isdecimal() else 1
