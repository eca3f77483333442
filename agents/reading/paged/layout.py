"""The order in which people read a page: columns one after the other, tables row by row.

Vertical strips of white that no word crosses part a run of lines into columns, as in the recursive X-Y cut (Nagy and
Seth, "Hierarchical representation of optically scanned documents", 1984). A cut alone cannot tell columns of text
from those of a table; what can is whether lines go on in the next line of their own column.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from agents.reading.grid import Grid
from agents.reading.label_words import is_label
from agents.reading.paged.words import Word

_DEEPEST = 4  # Columns within columns.
# How wide a strip of white must be, in heights of a letter, by the number of lines that it parts: spaces of ordinary
# text lie below each other now and then, but never many or wide ones.
_WIDTHS = {1: 1.8, 2: 1.3}
_WIDTH = 0.75
_FARTHEST = 2.2  # Heights of a letter between lines that still belong together.
_FAR = 1e6
_MOST_LINES = 3000  # Of a page; beyond it, lines are taken as they come.

_SMALL = 0.87  # Of the height of other letters: those of a label.
_CLOSE = 0.6  # Heights of a letter between the lines of a cell.
_LABELLED = re.compile(r"([^\W\d_][^.:!?]{0,40}?) ?:\s*\S")
_LEADER = re.compile(r"^[._·…]{3,}|[._·…]{4,}$")


@dataclass(slots=True)
class Line:
    """Words beside each other, from left to right."""

    words: list[Word]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def y0(self) -> float:
        return min(word.y0 for word in self.words)

    @property
    def y1(self) -> float:
        return max(word.y1 for word in self.words)

    @property
    def right(self) -> float:
        return max(word.x1 for word in self.words)

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def size(self) -> float:
        return max(word.size for word in self.words)

    def within(self, low: float, high: float) -> "Line | None":
        """The part of the line between two strips."""
        words = [word for word in self.words if low <= (word.x0 + word.x1) / 2 < high]
        return Line(words) if words else None


@dataclass(slots=True)
class Block:
    """Lines of running text, or a grid."""

    lines: list[str] = field(default_factory=list)
    grid: Grid | None = None


@dataclass(frozen=True, slots=True)
class Strip:
    """White from ``x0`` to ``x1``."""

    x0: float
    x1: float

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def width(self) -> float:
        return self.x1 - self.x0


def lines_of(words: list[Word]) -> list[Line]:
    """Words as lines from top to bottom: a word belongs to the line whose middle is nearly at the height of its own."""
    lines: list[Line] = []
    middle = size = 0.0
    for word in sorted(filter(None, map(_without_leader, words)), key=lambda one: (one.middle, one.x0)):
        if lines and abs(word.middle - middle) <= 0.35 * max(min(word.size, size), 1.0):
            lines[-1].words.append(word)
        else:
            lines.append(Line([word]))
            middle, size = word.middle, word.size
    for line in lines:
        line.words.sort(key=lambda one: one.x0)
    return lines


def _without_leader(word: Word) -> Word | None:
    """The dots or the rule between a name and its number are white."""
    text = _LEADER.sub("", word.text)
    if not text:
        return None
    if text == word.text:
        return word
    width = (word.x1 - word.x0) / len(word.text)
    begins = word.x0 + width * word.text.index(text)
    return Word(text, begins, word.y0, begins + width * len(text), word.y1)


def blocks_of(lines: list[Line], rules: list[float], depth: int = 0) -> list[Block]:
    """The blocks of a page or a column in reading order. ``rules`` are the heights of drawn horizontal lines."""
    flow = _Flow(lines)
    at = 0
    while at < len(lines):
        band = _best_band(lines, at) if depth < _DEEPEST and len(lines) <= _MOST_LINES else None
        if band is None:
            flow.add(lines[at])
            at += 1
            continue
        begin, end, strips = band
        for line in lines[at:begin]:
            flow.add(line)
        part = lines[begin:end]
        columns = _columns(part, strips)
        rows_end = _row_ends(part, columns, rules)
        if not rows_end and (_is_prose(columns) or _stand_alone(part, columns)):
            for column in columns:
                flow.blocks += blocks_of(column, rules, depth + 1)
            flow.end()
        else:
            before, table, after = _trimmed(part, strips)
            for line in before:
                flow.add(line)
            first, *others = _apart(table, rows_end)
            columns = _columns(first, strips)
            if not rows_end and _stand_alone(first, columns):
                for column in columns:
                    flow.blocks += blocks_of(column, rules, depth + 1)
                flow.end()
                at = begin + len(before) + len(first)  # What is below them may have other columns.
                continue
            flow.blocks += [Block(grid=Grid(_rows(rows, strips, rows_end))) for rows in (first, *others)]
            flow.end()
            for line in after:
                flow.add(line)
        at = end
    return flow.blocks


class _Flow:
    """Running text: a block goes on until the size of its letters changes or much more white than usual follows."""

    def __init__(self, lines: list[Line]) -> None:
        self.blocks: list[Block] = []
        whites = [white for before, line in pairwise(lines) if (white := line.y0 - before.y1) > 0]
        self._usual = median(whites) if whites else 0.0
        self._last: Line | None = None

    def add(self, line: Line) -> None:
        last, self._last = self._last, line
        if last is not None and is_label(last.text) and _between(last, line) == ": " and line.y0 - last.y1 < line.size:
            self.blocks[-1].lines[-1] += f": {line.text}"
            return
        if last is None or self._is_apart(last, line):
            self.blocks.append(Block())
        self.blocks[-1].lines.append(line.text)

    def end(self) -> None:
        """Something else than running text comes between."""
        self._last = None

    def _is_apart(self, last: Line, line: Line) -> bool:
        small, large = sorted((last.size, line.size))
        return large > 1.15 * small or line.y0 - last.y1 > max(0.7 * line.size, 1.6 * self._usual)


def _best_band(lines: list[Line], at: int) -> tuple[int, int, list[Strip]] | None:
    """(its begin, its end, its strips). A title above a table is in none of its columns and would hide some of them."""
    band = _band(lines, at)
    if band is None:
        return None
    end, strips = band
    first = next((place for place in range(at, end) if len(_stretches(lines[place])) > 1), at)
    if first > at and all(line.words[0].x0 < strips[0].middle for line in lines[at:first]):
        better = _band(lines, first)
        if better is not None and len(better[1]) >= len(strips):
            return first, *better
    return at, end, strips


def _band(lines: list[Line], begin: int) -> tuple[int, list[Strip]] | None:
    """The longest run of lines from ``begin`` on that the same strips of white part, as (its end, its strips)."""
    edges = Strip(min(line.words[0].x0 for line in lines), max(line.right for line in lines))
    free = [edges]
    found: tuple[int, list[Strip]] | None = None
    for end in range(begin + 1, len(lines) + 1):
        line = lines[end - 1]
        if end - begin > 1 and line.y0 - lines[end - 2].y1 > _FARTHEST * line.size:
            break
        free = [strip for strip in _both(free, _gaps(line, edges)) if strip.width >= _WIDTH * line.size]
        strips = [strip for strip in free if _parts(strip, lines[begin:end])]
        # A line that closes a strip, as a total below a table may, is no row of it.
        if not free or (found is not None and not all(_is_open(strip, free) for strip in found[1])):
            break
        if strips and (found is None or len(strips) >= len(found[1])):
            found = (end, strips)
    return found


def _is_open(strip: Strip, free: list[Strip]) -> bool:
    return any(one.x0 < strip.x1 and one.x1 > strip.x0 for one in free)


def _gaps(line: Line, edges: Strip) -> list[Strip]:
    """The white of a line, that to its left and right included."""
    gaps = [Strip(edges.x0, line.words[0].x0)]
    reach = line.words[0].x1
    for word in line.words[1:]:
        if word.x0 > reach:
            gaps.append(Strip(reach, word.x0))
        reach = max(reach, word.x1)
    return [*gaps, Strip(reach, edges.x1)]


def _both(some: list[Strip], others: list[Strip]) -> list[Strip]:
    """Where both leave white."""
    found: list[Strip] = []
    at = 0
    for strip in some:
        while at < len(others) and others[at].x1 <= strip.x0:
            at += 1
        for other in others[at:]:
            if other.x0 >= strip.x1:
                break
            low, high = max(strip.x0, other.x0), min(strip.x1, other.x1)
            if high > low:
                found.append(Strip(low, high))
    return found


def _parts(strip: Strip, lines: list[Line]) -> bool:
    """Whether text stands on both sides of a strip, beside each other, and it is wide enough for so few lines."""
    left = [line for line in lines if line.words[0].x1 <= strip.middle]
    right = [line for line in lines if line.words[-1].x0 >= strip.middle]
    beside = sum(line.words[-1].x0 >= strip.middle for line in left)
    if not beside:  # Columns whose lines are not at the same heights.
        if len(left) < 3 or len(right) < 3:
            return False
        shared = min(left[-1].y1, right[-1].y1) - max(left[0].y0, right[0].y0)
        if shared <= 0:
            return False
        beside = min(len(left), len(right))
    size = median(line.size for line in lines)
    return strip.width >= _WIDTHS.get(beside, _WIDTH) * size


def _columns(lines: list[Line], strips: list[Strip]) -> list[list[Line]]:
    borders = [-_FAR, *(strip.middle for strip in strips), _FAR]
    return [[part for line in lines if (part := line.within(low, high))] for low, high in pairwise(borders)]


def _is_prose(columns: list[list[Line]]) -> bool:
    """Whether all columns are running text: their lines go on in the next."""
    return all(len(column) > 2 and _goes_on(column) for column in columns)


def _goes_on(column: list[Line]) -> bool:
    texts = [line.text for line in column]
    words = sum(len(line.words) for line in column) / len(column)
    letters = sum(map(str.isalpha, "".join(texts)))
    if words < 2.5 or letters < 0.6 * len("".join(texts).replace(" ", "")):
        return False
    ends = sum(text.endswith((".", "!", "?")) for text in texts)
    if words >= 3.5 and ends and ends < len(texts):
        return True  # Sentences that fill several lines.
    low = sum(text[0].islower() for text in texts[1:]) / (len(texts) - 1)
    widths = [line.words[-1].x1 - line.words[0].x0 for line in column]
    full = sum(width >= 0.75 * max(widths) for width in widths) / len(widths)
    return low >= 0.3 or (words >= 4 and full >= 0.6)


def _stand_alone(lines: list[Line], columns: list[list[Line]]) -> bool:
    """Whether the columns are blocks of their own, beside each other by chance: an address and the data of a letter,
    running text and a box."""
    labels = [[match[1] for line in column if (match := _LABELLED.match(line.text))] for column in columns]
    for column, named in zip(columns, labels, strict=True):
        others = [line for other in columns if other is not column for line in other]
        counted = sum(line.text[0].isdigit() for line in others)  # '9:00' and '10:00' beside 'Opening: …' make a table.
        distinct = len(named) > 1 and len(set(named)) == len(named) >= len(column) / 2
        if distinct and counted < len(others) / 2:
            return True
    return any(_is_prose([column]) and _has_neighbours(column, lines) for column in columns)


def _has_neighbours(column: list[Line], lines: list[Line]) -> bool:
    """Whether other text stands beside the lines in which sentences go on: cells of a row stand beside its first."""
    wholes = {id(word): line for line in lines for word in line.words}
    inner = [line for line in column[1:] if line.text[0].islower()]
    beside = [line for line in inner if len(wholes[id(line.words[0])].words) > len(line.words)]
    return len(beside) > 1 and len(beside) >= len(inner) / 2


def _trimmed(lines: list[Line], strips: list[Strip]) -> tuple[list[Line], list[Line], list[Line]]:
    """(lines above the table, the table, lines below): a title is in no row, as it is all one stretch of text.

    What stands right below the last row and to the right of its first cell is the rest of a cell.
    """
    rows = [at for at, line in enumerate(lines) if len(_stretches(line)) > 1]
    begin, end = (rows[0], rows[-1] + 1) if rows else (0, len(lines))
    while begin < end < len(lines):
        line, last = lines[end], lines[end - 1]
        if line.words[0].x0 < strips[0].middle or line.y0 - last.y1 > _CLOSE * line.size:
            break
        end += 1
    return lines[:begin], lines[begin:end], lines[end:]


def _row_ends(lines: list[Line], columns: list[list[Line]], rules: list[float]) -> list[float]:
    """The drawn rules that end rows, if there is one between most rows; a few only set off a header or a total."""
    within = sorted(y for y in rules if lines[0].middle < y < lines[-1].middle)
    ends = [y for at, y in enumerate(within) if not at or y - within[at - 1] > 0.5 * lines[0].size]
    if len(ends) < 2:
        return []
    if _is_prose(columns):
        return ends
    return ends if len(ends) + 1 >= 0.8 * len(columns[0]) else []


def _apart(table: list[Line], row_ends: list[float]) -> list[list[Line]]:
    """The rows of a table, parted where much more white stands between two than between the others."""
    if row_ends:
        return [table]
    pitches = [line.y0 - before.y0 for before, line in pairwise(table)]
    if len(pitches) < 2:
        return [table]
    usual = median(pitches)
    parts = [[table[0]]]
    for before, line in pairwise(table):
        white = line.y0 - before.y1
        is_header = len(parts) == 1 and len(parts[0]) == 1 and not re.search(r"\d", before.text)
        if line.y0 - before.y0 > 1.6 * usual and white > 0.8 * line.size and not is_header:
            parts.append([])
        parts[-1].append(line)
    return parts


def _stretches(line: Line) -> list[list[Word]]:
    found = [[line.words[0]]]
    for before, word in pairwise(line.words):
        if word.x0 - before.x1 > _WIDTH * line.size:
            found.append([])
        found[-1].append(word)
    return found


def _rows(lines: list[Line], strips: list[Strip], row_ends: list[float]) -> list[list[str]]:
    """Cells, by strips and lines; between drawn ends of rows all lines are one row."""
    borders = [-_FAR, *(strip.middle for strip in strips), _FAR]
    pitches = [line.y0 - before.y0 for before, line in pairwise(lines) if line.words[0].x0 < borders[1]]
    usual = median(pitches) if pitches else 0.0
    rows: list[list[str]] = []
    above: Line | None = None
    above_parts: list[Line | None] = []
    for line in lines:
        parts = [line.within(low, high) for low, high in pairwise(borders)]
        cells = [part.text if part else "" for part in parts]
        if above is not None and row_ends:
            goes_on = not any(above.middle < y < line.middle for y in row_ends)
        else:
            goes_on = above is not None and _continues(rows[-1], cells, line.y0 - above.y0 < 0.85 * usual)
        if goes_on:
            between = [_between(one, other) for one, other in zip(above_parts, parts, strict=True)]
            joined = zip(rows[-1], between, cells, strict=True)
            rows[-1] = [f"{before}{sign}{cell}" if before and cell else before or cell for before, sign, cell in joined]
        else:
            rows.append(cells)
        above, above_parts = line, parts
    return rows


def _continues(row: list[str], cells: list[str], is_close: bool) -> bool:
    """Whether a line is the rest of long cells of the row above it."""
    if sum(map(bool, cells)) >= sum(map(bool, row)):
        return False
    if not all(before for before, cell in zip(row, cells, strict=True) if cell):
        return False
    return is_close or all(cell[0].islower() for cell in cells if cell)


def _between(above: Line | None, line: Line | None) -> str:
    """What parts two lines of a cell: forms write a label in small letters above its value."""
    small = above is not None and line is not None and above.size < _SMALL * line.size
    return ": " if small and above and len(above.text) < 40 and above.text[-1] not in ".,;:" else " "
