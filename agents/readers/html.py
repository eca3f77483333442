"""HTML files, a section per heading. Scripts, styles and navigation are dropped."""

from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from agents.errors import AgentError
from agents.readers import Reading, Section, headed, row_line

_DROPPED = ["script", "style", "noscript", "template", "nav", "svg", "iframe", "form", "button", "head"]
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {"p", "li", "pre", "blockquote", "dt", "dd", "figcaption", "table", "div", "section", "article", "address"}


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a page that holds no text."""
    soup = BeautifulSoup(path.read_bytes(), "lxml")
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    heading, anything = title, False
    blocks: list[str] = []
    for name, text in _blocks(soup):
        anything = True
        if name in _HEADINGS:
            if blocks:
                yield headed(heading, blocks)
            heading, blocks = text, []
        elif name == "li" and blocks and blocks[-1].startswith("- "):
            blocks[-1] += f"\n- {text}"
        else:
            blocks.append(f"- {text}" if name == "li" else text)
    if blocks:
        yield headed(heading, blocks)
    elif not anything:
        raise AgentError("no_text", f"{reading.name} contains no text.")


def _blocks(soup: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """The innermost blocks of the page in order, as (tag name, text)."""
    found = soup.find_all([*_HEADINGS, *_BLOCKS])
    if not found and (text := soup.get_text(" ", strip=True)):
        yield "p", text
    for tag in found:
        if tag.name == "table":
            if not tag.find_parent("table") and (text := _table(tag)):
                yield "table", text
        elif tag.find_parent("table") is None and tag.find([*_HEADINGS, *_BLOCKS]) is None:
            if text := " ".join(tag.get_text(" ").split()):
                yield tag.name, text
        elif tag.name not in _HEADINGS and tag.find_parent("table") is None and (text := _own_text(tag)):
            yield tag.name, text


def _own_text(tag: Tag) -> str:
    """Text that stands in a block beside inner blocks."""
    return " ".join(" ".join(tag.find_all(string=True, recursive=False)).split())


def _table(table: Tag) -> str:
    found = (row.find_all(["th", "td"]) for row in table.find_all("tr"))
    rows = [row for cells in found if any(row := [" ".join(cell.get_text(" ").split()) for cell in cells])]
    if len(rows) < 2:
        return "; ".join(cell for row in rows for cell in row if cell)
    return "\n".join(line for row in rows[1:] if (line := row_line(rows[0], row)))
