"""A Word table as a grid of cells."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agents.reading.grid import Grid, Header
from agents.reading.label_words import is_label
from agents.reading.packages import attribute, child, local
from agents.reading.readers.word.styles import is_set

if TYPE_CHECKING:
    from lxml.etree import _Element

_GONE = {"del", "moveFrom", "hidden"}


def holds_tables(table: "_Element") -> bool:
    return next((one for one in table.iter("{*}tbl") if one is not table), None) is not None


def as_grid(table: "_Element", text_of: Callable[["_Element"], str]) -> Grid:
    """Cells that are merged downwards repeat what they say; those merged to the right leave the others empty."""
    rows: list[list[str]] = []
    bold: list[list[bool]] = []
    marked = 0
    for row in _rows(table):
        cells: list[str] = []
        heavy: list[bool] = []
        above = rows[-1] if rows else []
        for cell in _parts(row, "tc"):
            if child(cell, "tcPr", "cellDel") is not None:
                continue
            paragraphs = [one for one in cell.iter("{*}p") if not _in_text_box(one, cell)]
            text = _joined_text([text for one in paragraphs if (text := text_of(one))])
            merged = child(cell, "tcPr", "vMerge")
            if merged is not None and attribute(merged, "val") in (None, "continue") and len(cells) < len(above):
                text = above[len(cells)]
            span = child(cell, "tcPr", "gridSpan")
            width = int(attribute(span, "val") or 1) if span is not None else 1
            cells += [text, *[""] * (min(width, 100) - 1)]
            heavy += [_is_bold(cell)] * min(width, 100)
        if marked == len(rows) and child(row, "trPr", "tblHeader") is not None:
            marked += 1
        rows.append(cells)
        bold.append(heavy)
    if marked > 1:
        rows = [_joined(rows[:marked]), *rows[marked:]]
    return Grid(rows, _header(marked, bold))


def _joined_text(paragraphs: list[str]) -> str:
    """The paragraphs of a cell. Forms write a label above its value in one."""
    if len(paragraphs) == 2 and is_label(paragraphs[0]):
        return f"{paragraphs[0].rstrip(': ')}: {paragraphs[1]}"
    return " ".join(paragraphs)


def _header(marked: int, bold: list[list[bool]]) -> Header:
    """What is marked as a header, or stands out as one by being the only bold row or column."""
    if marked:
        return "row"
    below = [cells[1:] for cells in bold[1:]]
    if len(bold) < 2 or any(any(cells) for cells in below):
        return "unmarked"
    first_row, first_column = all(bold[0]), all(cells[:1] == [True] for cells in bold)
    if first_row and not all(cells[:1] == [True] for cells in bold[1:]):
        return "row"
    return "column" if first_column and not any(bold[0][1:]) else "unmarked"


def _joined(headers: list[list[str]]) -> list[str]:
    """Several rows of headers as one: what spans columns stands before the name of each."""
    width = max(map(len, headers))
    names = [""] * width
    for cells in headers:
        spanning = ""
        for at in range(width):
            own = cells[at] if at < len(cells) else ""
            spanning = own or spanning
            if spanning and spanning not in names[at]:
                names[at] = f"{names[at]} {spanning}".strip()
    return names


def _rows(table: "_Element") -> list["_Element"]:
    rows = _parts(table, "tr")
    return [row for row in rows if not any(local(one) in _GONE for one in _properties(row) if is_set(one))]


def _properties(row: "_Element") -> list["_Element"]:
    properties = child(row, "trPr")
    return list(properties) if properties is not None else []


def _parts(parent: "_Element", kind: str) -> list["_Element"]:
    """Rows or cells, also those within content controls."""
    found = []
    for one in parent:
        if local(one) == kind:
            found.append(one)
        elif local(one) in ("sdt", "sdtContent", "ins", "customXml"):
            found += _parts(one, kind)
    return found


def _in_text_box(paragraph: "_Element", cell: "_Element") -> bool:
    """Of a box within the cell: whoever reads the paragraph that it is anchored in tells it."""
    for above in paragraph.iterancestors():
        if above is cell:
            return False
        if local(above) == "txbxContent":
            return True
    return False


def _is_bold(cell: "_Element") -> bool:
    runs = [run for run in cell.iter("{*}r") if any(local(one) == "t" for one in run)]
    marks = [child(run, "rPr", "b") for run in runs]
    return bool(runs) and all(one is not None and is_set(one) for one in marks)
