"""Lines of plain text as paragraphs: what was only wrapped is joined, what stands on a line of its own keeps it."""

import re

# What begins a line of its own.
_LABELLED = re.compile(r"^[^\W\d_][^.:!?\n]{0,40}:(?:\s|$)")
_ITEM = re.compile(r"^(?:[-–—•*◦▪·]|\(?(?:\d{1,3}|[a-zA-Z])[.)])\s")
_SIGN = r"[$€£¥]|[A-Z]{3}|kr\.?"
_DIGITS = r"\d[\d.,'\u202f\u00a0 ]*"
_AMOUNT = re.compile(
    r"^(?P<label>[^\W\d_](?:[^.!?:;]|\.(?=\d)){0,38}?(?:[^\W\d_]|\)))\s+"  # 'Sales tax (8.5%)'
    rf"(?P<amount>-?(?:{_SIGN})\s?{_DIGITS}|-?{_DIGITS}[.,]\d\d(?:\s?(?:{_SIGN}))?)$"
)
_SHORTEST_WRAP = 40  # Nobody wraps text at fewer characters than this.


def width_of(lines: list[str]) -> int:
    """Where the lines of a text are wrapped: the length that nine tenths of its longer ones do not exceed."""
    lengths = sorted(len(line.rstrip()) for line in lines if len(line.strip()) >= _SHORTEST_WRAP)
    return lengths[int(len(lengths) * 0.9)] if lengths else _SHORTEST_WRAP


def paragraph(lines: list[str], width: int) -> str:
    """The lines of a paragraph, joined where the text was wrapped at ``width``."""
    joined: list[str] = []
    before = ""
    for line in filter(None, (" ".join(raw.split()) for raw in lines)):
        if amount := amount_line(line):
            joined.append(amount)
        elif joined and not amount_line(before) and _goes_on(before, line, width):
            joined[-1] += f" {line}"
        else:
            joined.append(line)
        before = line
    return "\n".join(joined)


def _goes_on(before: str, line: str, width: int) -> bool:
    if _LABELLED.match(line) or _ITEM.match(line) or before.endswith(":"):
        return False
    if line[0].islower() and len(before) >= _SHORTEST_WRAP // 2:
        return True
    # The next word would not have fitted, so that the line had to be broken there.
    return len(before) + 1 + len(line.split(" ", 1)[0]) > width * 0.9


def amount_line(line: str) -> str | None:
    """'TOTAL $86.80', as receipts have it, as 'TOTAL: $86.80'; None for any other line."""
    match = _AMOUNT.match(line)
    if match is None or len(match["label"].split()) > 4:
        return None
    return f"{match['label']}: {match['amount']}"
