"""Presentations (.pptx), a section per slide: its title, texts, tables and charts, and the notes of the speaker.

The elements: ECMA-376 part 1, chapters 19 (slides), 20 (pictures and frames) and 21 (tables and charts).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import AgentError
from agents.reading.grid import Grid
from agents.reading.packages import Package, attribute, child, local, opened, relationship_id
from agents.reading.sections import STRUCK_LEFT_OUT, Reading, Section
from agents.text.language import counted, joined

if TYPE_CHECKING:
    from lxml.etree import _Element

_TITLES = ("title", "ctrTitle")
_MARGINS = ("sldNum", "dt", "ftr", "hdr")  # What stands on every slide.
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Slide:
    """``part`` is its file within the package, ``reference`` what passages call it."""

    part: str
    reference: str
    title: str


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, encrypted, or inflates beyond all measure."""
    with opened(path, reading.name, ".pptx") as package:
        yield from _Presentation(package, reading).sections()


class _Presentation:
    def __init__(self, package: Package, reading: Reading) -> None:
        self._package = package
        self._reading = reading
        self._pictures = 0
        self._hidden = self._struck = False

    def sections(self) -> Iterator[Section]:
        main = self._package.parts("", "officeDocument")[0]
        related = self._package.related(main)
        slides = child(self._package.xml(main), "sldIdLst")
        names = [related[relationship_id(one)][1] for one in (slides if slides is not None else ())]
        hidden: list[str] = []
        anything = False
        for number, name in enumerate(names, 1):
            slide = self._package.xml(name)
            if slide is None:
                continue
            if attribute(slide, "show") in ("0", "false"):
                hidden.append(str(number))
            if text := "\n\n".join([*self._slide(slide, name, number), *self._notes(name)]):
                anything = True
                yield Section(f"slide {number}", text)
            self._reading.progress(number, len(names), "slide")
        if not anything:
            raise AgentError("no_text", f"{self._reading.name} contains no text.")
        self._say_what_is_left_out(hidden)

    def _slide(self, slide: "_Element", name: str, number: int) -> list[str]:
        tree = child(slide, "cSld", "spTree")
        every = list(_shapes(tree if tree is not None else slide, (0, 0)))
        shown = [(place, shape) for place, shape in every if not _is_hidden(shape)]
        self._hidden = self._hidden or len(shown) < len(every)
        self._struck = self._struck or any(map(_is_struck, slide.iter("{*}r")))
        shapes = [(place, shape) for place, shape in shown if _placeholder(shape) not in _MARGINS]
        titles = [_title(shape) for _, shape in shapes if _placeholder(shape) in _TITLES]
        where = _Slide(name, f"slide {number}", " ".join(titles))
        others = ((place, shape) for place, shape in shapes if _placeholder(shape) not in _TITLES)
        placed = [(place, texts) for place, shape in others if (texts := self._shape(shape, where))]
        # Shapes are stored in the order in which they were drawn; people read from the top.
        placed.sort(key=lambda one: one[0])
        return [*filter(None, titles), *(text for _, texts in placed for text in texts)]

    def _shape(self, shape: "_Element", where: "_Slide") -> list[str]:
        if local(shape) == "graphicFrame":
            return self._frame(shape, where)
        if local(shape) == "pic":
            self._pictures += 1
            return []
        lines = _lines(shape)
        if _placeholder(shape) in (None, "subTitle") or len(lines) < 2:
            return ["\n".join(lines)] if lines else []
        return ["\n".join(f"- {line}" for line in lines)]

    def _frame(self, frame: "_Element", where: "_Slide") -> list[str]:
        table = next(frame.iter("{*}tbl"), None)
        if table is not None:
            text = self._reading.grid(_grid(table), where.reference, title=where.title)
            return [text] if text else []
        chart = next((one for one in frame.iter("{*}chart") if relationship_id(one)), None)
        if chart is not None:
            related = self._package.related(where.part).get(relationship_id(chart))
            root = self._package.xml(related[1]) if related else None
            return self._chart(root, where) if root is not None else []
        # The texts of a diagram are in a part of its own.
        diagram = next(frame.iter("{*}relIds"), None)
        identity = attribute(diagram, "dm") if diagram is not None else None
        related = self._package.related(where.part).get(identity or "")
        root = self._package.xml(related[1]) if related else None
        lines = _lines(root) if root is not None else []
        return ["\n".join(f"- {line}" for line in lines)] if lines else []

    def _chart(self, root: "_Element", where: "_Slide") -> list[str]:
        """What a chart draws, as the table that it was made of."""
        series = list(root.iter("{*}ser"))
        names = [" ".join(_points(child(one, "tx"))) or f"series {at}" for at, one in enumerate(series, 1)]
        columns = [_points(child(one, "val")) for one in series]
        title = " ".join(line for one in (root.find(".//{*}title"),) if one is not None
                         for paragraph in one.iter("{*}p") if (line := _line(paragraph)))  # fmt: skip
        categories = _points(child(series[0], "cat")) if series else []
        rows = [
            [category, *(column[at] if at < len(column) else "" for column in columns)]
            for at, category in enumerate(categories)
        ]
        grid = Grid([["category", *names], *rows], "row")
        text = self._reading.grid(grid, where.reference, title=title or where.title) if rows else ""
        return [one for one in (title, text) if one]

    def _notes(self, name: str) -> list[str]:
        found = []
        for part in self._package.parts(name, "notesSlide"):
            notes = self._package.xml(part)
            for shape in notes.iter("{*}sp") if notes is not None else ():
                if _placeholder(shape) == "body":
                    found += [line for one in shape.iter("{*}p") if (line := _line(one))]
        return [f"Speaker notes: {' '.join(found)}"] if found else []

    def _say_what_is_left_out(self, hidden: list[str]) -> None:
        notes = self._reading.notes
        if hidden:
            one = len(hidden) == 1
            slides, is_hidden = ("Slide", "is") if one else ("Slides", "are")
            it = "it was" if one else "they were"
            self._reading.remarks.append(f"{slides} {joined(hidden)} {is_hidden} hidden in the show; {it} read, too.")
        if self._hidden:
            notes.append("Shapes that are hidden were left out.")
        if self._struck:
            notes.append(STRUCK_LEFT_OUT)
        if self._pictures:
            notes.append(f"{counted(self._pictures, 'picture')} in it could not be read.")
        if any("/comments/" in name for name in self._package.names):
            notes.append("Comments on slides were not read.")
        if any(
            "/media/" in name and name.endswith((".mp4", ".m4a", ".mp3", ".wav", ".mov"))
            for name in self._package.names
        ):
            notes.append("Sound and video in it were not read.")


def _shapes(tree: "_Element", base: _Place) -> Iterator[tuple[_Place, "_Element"]]:
    """The shapes of a tree, those of groups at the place of the group, with (top, left)."""
    for shape in tree:
        kind = local(shape)
        if kind == "grpSp" and not _is_hidden(shape):
            place = _place(shape) or base
            yield from ((place, inner) for _, inner in _shapes(shape, place))
        elif kind == "AlternateContent":
            choice = child(shape, "Choice")
            yield from _shapes(choice if choice is not None else shape, base)
        elif kind in ("sp", "pic", "graphicFrame", "grpSp"):
            yield _place(shape) or base, shape


def _is_hidden(shape: "_Element") -> bool:
    """Whether somebody turned a shape off in the list of what is on the slide."""
    named = next((one for part in shape for one in part if local(one) == "cNvPr"), None)
    return named is not None and attribute(named, "hidden") in ("1", "true")


def _is_struck(run: "_Element") -> bool:
    letters = child(run, "rPr")
    return letters is not None and attribute(letters, "strike") not in (None, "noStrike")


def _place(shape: "_Element") -> _Place | None:
    offset = next(shape.iter("{*}off"), None)
    if offset is None:
        return None
    return int(attribute(offset, "y") or 0), int(attribute(offset, "x") or 0)


def _placeholder(shape: "_Element") -> str | None:
    """'title', 'body', 'sldNum' …, or None for a shape that is none."""
    found = next((one for one in shape.iter("{*}ph")), None)
    return (attribute(found, "type") or "body") if found is not None else None


def _lines(shape: "_Element") -> list[str]:
    return [line for one in shape.iter("{*}p") if (line := _line(one))]


def _title(shape: "_Element") -> str:
    return " ".join(_lines(shape))


def _line(paragraph: "_Element") -> str:
    pieces = []
    for one in paragraph.iter("{*}t", "{*}br"):
        above = one.getparent()
        if local(one) == "br":
            pieces.append(" ")
        elif above is None or not _is_struck(above):
            pieces.append(one.text or "")
    return " ".join("".join(pieces).split())


def _grid(table: "_Element") -> Grid:
    properties = child(table, "tblPr")
    rows = [
        [
            "" if attribute(cell, "hMerge") or attribute(cell, "vMerge")
            else " ".join(line for one in cell.iter("{*}p") if (line := _line(one)))
            for cell in row if local(cell) == "tc"
        ]
        for row in table if local(row) == "tr"
    ]  # fmt: skip
    marked = properties is not None and attribute(properties, "firstRow") in ("1", "true")
    styled_column = properties is not None and attribute(properties, "firstCol") in ("1", "true")
    # The first row is marked in every new table; a mark on the first column is somebody's choice.
    return Grid(
        rows, "column" if styled_column and not marked else "row" if marked and len(rows[0]) > 2 else "unmarked"
    )


def _points(element: "_Element | None") -> list[str]:
    """The stored values of a reference to cells."""
    found = element.iter("{*}v") if element is not None else ()
    return [(one.text or "").strip() for one in found]
