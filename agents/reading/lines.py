"""Lines of plain text as paragraphs: what was only wrapped is joined, what stands on a line of its own keeps it."""

import re

from agents.reading.label_words import CURRENCY
from agents.text.language import is_unfinished

# What begins a line of its own.
_LABELLED = re.compile(r"^[^\W\d_][^.:!?\n]{0,40}:(?:\s|$)")
_ITEM = re.compile(r"^(?:[-–—•*◦▪·]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_DIGITS = r"\d[\d.,'\u202f\u00a0 ]*"
_AMOUNT = re.compile(
    r"^(?P<label>[^\W\d_](?:[^.!?:;]|\.(?=\d)){0,38}?(?:[^\W\d_]|\)))\s+"  # 'Sales tax (8.5%)'
    rf"(?P<amount>-?(?:{CURRENCY})\s?{_DIGITS}|-?{_DIGITS}[.,]\d\d(?:\s?(?:{CURRENCY}))?)$"
)
_GOES_ON = re.compile(
    r"(?:^| )(?:of|an?|the|is|was|at|and|or|than|about|only|ist|war|von|vom|der|die|das|den|und|um|auf|etwa|nur|de|du|"
    r"la|le|et|est|était|à|environ)$"
)
_PARTED = re.compile(r"[^\W\d_]-$")
_AND = re.compile(r"(?:and|or|to|und|oder|bzw\.?|sowie|bis|et|ou)\b")
# Three dots also stand in a sentence: 'He waited... nothing came of it'. What they lead to is a number or a name.
_NAME = r"[A-ZÀ-Þ][^\W_]*(?: (?:[A-ZÀ-Þ]|\d)[^\s_]*){0,3}"
_LEADER = re.compile(
    r"^(?P<label>[^\W\d_][^.:…_]{0,40}?):? ?(?:(?:\.{5,}|…{2,}|_{3,}) ?(?P<value>(?!\d{1,3}$)[^._…\s].*)|"
    rf"\.{{3,4}} ?(?P<short>(?!\d{{1,3}}$)(?:(?:(?:{CURRENCY}) ?)?{_DIGITS}(?: ?(?:%|{CURRENCY}))?|{_NAME})))$"
)
_RULE = re.compile(r"^\s*[-=_*~#.]{3,}\s*$")
_WORD = re.compile(r"\S+")
_SHORTEST_WRAP = 40  # Nobody wraps text at fewer characters than this.


def width_of(lines: list[str]) -> int:
    """Where the lines of a text are wrapped: the length that nine tenths of its longer ones do not exceed.

    Of a text in which hardly any line is as long as another, none was wrapped: its width is that of its longest line
    and more.
    """
    lengths = sorted(len(line.rstrip()) for line in lines if len(line.strip()) >= _SHORTEST_WRAP)
    if not lengths:
        return _SHORTEST_WRAP
    width = lengths[int(len(lengths) * 0.9)]
    return width if sum(length >= 0.85 * width for length in lengths) > 1 else 2 * lengths[-1]


def paragraph(lines: list[str], width: int) -> str:
    """The lines of a paragraph, joined where the text was wrapped at ``width``."""
    joined: list[list[str]] = []
    before = ""
    for line in filter(None, (_without_leader(" ".join(raw.split())) for raw in lines)):
        if amount := amount_line(line):
            joined.append([amount])
        elif joined and not amount_line(before) and _goes_on(before, line, width):
            joined[-1][-1:] = wrapped(joined[-1][-1], line)
        else:
            joined.append([line])
        before = line
    return "\n".join(map("".join, joined))


def _without_leader(line: str) -> str:
    """'Vessel ..... Marlin' as 'Vessel: Marlin'. What a page number follows is a line of a table of contents."""
    match = _LEADER.match(line)
    return f"{match['label']}: {match['value'] or match['short']}" if match else line


def wrapped(before: str, line: str) -> tuple[str, str]:
    """Two lines of a sentence, to be joined: a word that was parted at the end of the first is whole again."""
    if not _PARTED.match(before[-2:]) or _AND.match(line):  # 'Left- and right-hand'.
        return before, f" {line}"
    return (before[:-1] if line[0].islower() else before), line


def _goes_on(before: str, line: str, width: int) -> bool:
    if _LABELLED.match(line) or _ITEM.match(line) or before.endswith(":"):
        return False
    if len(before) >= _SHORTEST_WRAP // 2 and (line[0].islower() or is_unfinished(before)):
        return True
    # The next word would not have fitted, so that the line had to be broken there.
    return len(before) + 1 + len(line.split(" ", 1)[0]) > width * 0.9


def is_blank(line: str) -> bool:
    """Whether a line only parts others: it is empty, or a row of dashes, as below a heading."""
    return not line.strip() or bool(_RULE.match(line))


def aligned(lines: list[str]) -> list[list[str]] | None:
    """The cells of lines that stand below each other in columns, by tabs or by spaces; None for other lines."""
    if len(lines) < 2:
        return None
    tabbed = [line.strip("\n").split("\t") for line in lines]
    if len(tabbed[0]) > 1 and all(len(cells) == len(tabbed[0]) for cells in tabbed):
        return [[" ".join(cell.split()) for cell in cells] for cells in tabbed]
    spaced = [line.expandtabs(8).rstrip() for line in lines]
    columns = _columns(spaced)
    # Fewer characters than cells: one line is long, and the others are no rows of its columns.
    if len(columns) < 2 or len(columns) * len(spaced) > sum(map(len, spaced)):
        return None
    rows = [[" ".join(line[begin:end].split()) for begin, end in columns] for line in spaced]
    return rows if all(sum(map(bool, row)) > 1 for row in rows) else None


def _columns(lines: list[str]) -> list[tuple[int, int]]:
    """[begin, end) of each stretch that is parted from the next by two blanks or more in all lines."""
    written = bytearray(b" " * max(map(len, lines)))
    for line in lines:
        for word in _WORD.finditer(line):
            written[word.start() : word.end()] = b"x" * (word.end() - word.start())
    return [match.span() for match in re.finditer(rb"x+(?: x+)*", written)]


def amount_line(line: str) -> str | None:
    """'TOTAL $86.80', as receipts have it, as 'TOTAL: $86.80'; None for any other line."""
    match = _AMOUNT.match(line)
    if match is None or len(match["label"].split()) > 4 or _GOES_ON.search(match["label"]) or line.endswith((".", ",")):
        return None  # The end of a wrapped sentence: 'deficit of $8,200.'
    return f"{match['label']}: {match['amount']}"
