"""HTML files, a section per heading. Scripts, styles and navigation are dropped."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from bs4.dammit import UnicodeDammit

from agents.errors import AgentError
from agents.reading.sections import Reading, Section, headed
from agents.text.row_line import row_line

_DROPPED = {"script", "style", "noscript", "template", "nav", "svg", "iframe", "object"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {
    "p", "li", "pre", "blockquote", "dt", "dd", "figcaption", "div", "section", "article", "address", "ul", "ol", "dl",
    "main", "header", "footer", "aside", "body", "tr", "table", "caption", "form", "hr", "title", "option",
}  # fmt: skip


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a page that holds no text."""
    page = _Page()
    page.feed(UnicodeDammit(path.read_bytes(), is_html=True).unicode_markup or "")
    page.close()
    page.end_block()
    heading, begun = page.title, False
    blocks: list[str] = []
    for kind, text in page.blocks:
        begun = True
        if kind == "heading":
            if blocks:
                yield headed(heading, blocks)
            heading, blocks = text, []
        elif kind == "item" and blocks and blocks[-1].startswith("- "):
            blocks[-1] += f"\n- {text}"
        else:
            blocks.append(f"- {text}" if kind == "item" else text)
    if blocks:
        yield headed(heading, blocks)
    elif not begun:
        raise AgentError("no_text", f"{reading.name} contains no text.")


class _Page(HTMLParser):
    """Reads a page in one pass, without a tree, so that nesting of any depth costs nothing.

    ``blocks`` are (kind, text) in order; kind is 'heading', 'item' or 'text'.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.blocks: list[tuple[str, str]] = []
        self._text: list[str] = []
        self._kind = "text"
        self._dropped: list[str] = []
        self._tables = 0
        self._rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropped or tag in _DROPPED:
            if tag in _DROPPED:
                self._dropped.append(tag)
            return
        if tag == "table":
            if not self._tables:
                self.end_block()
            self._tables += 1
        elif self._tables and tag == "tr":
            self._end_cell()
            self._rows.append([])
        elif self._tables and tag in ("td", "th"):
            self._end_cell()
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append("")
        elif tag in _HEADINGS or tag in _BLOCKS:
            self.end_block()
            self._kind = "heading" if tag in _HEADINGS else "title" if tag == "title" else self._kind
            self._kind = "item" if tag == "li" else self._kind
        elif tag == "br":
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._dropped:
            if tag in self._dropped:
                del self._dropped[self._dropped.index(tag) :]
            return
        if tag == "table" and self._tables:
            self._tables -= 1
            if not self._tables:
                self._end_table()
        elif tag in _HEADINGS or tag in _BLOCKS:
            self.end_block()

    def handle_data(self, data: str) -> None:
        if not self._dropped:
            self._text.append(data if self._kind != "text" or "\n" not in data else data.replace("\n", " "))

    def end_block(self) -> None:
        """What was gathered is a block; within a table it is part of a cell."""
        if self._tables:
            self._text.append(" ")
            return
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\n"))
        text = ("\n" if self._kind == "text" else " ").join(line for line in lines if line)
        if text and self._kind == "title":
            self.title = text
        elif text:
            self.blocks.append((self._kind, text))
        self._text, self._kind = [], "text"

    def close(self) -> None:
        super().close()
        if self._tables:
            self._tables = 0
            self._end_table()

    def _end_cell(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text = []
        if self._rows and self._rows[-1]:
            self._rows[-1][-1] = f"{self._rows[-1][-1]} {text}".strip()
        elif text:
            self.blocks.append(("text", text))

    def _end_table(self) -> None:
        self._end_cell()
        rows = [row for row in self._rows if any(row)]
        self._rows = []
        if len(rows) > 1:
            text = "\n".join(line for row in rows[1:] if (line := row_line(rows[0], row)))
        else:
            text = "; ".join(cell for row in rows for cell in row if cell)
        if text:
            self.blocks.append(("text", text))
