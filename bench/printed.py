"""What a run of the benchmark has printed, as numbers: its table is the one thing that all versions of it share."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NUMBER = r"(?<![\w.,])(\d[\d,]*(?:\.\d+)?)(?: ?(%|[^\W\d][\w/]*))?"
_FIRST, _PERCENTILE = re.compile(_NUMBER), re.compile(rf"\b(p\d\d) {_NUMBER}")


@dataclass(frozen=True, slots=True)
class Reading:
    """``unit`` is as printed; empty for a ratio or a count."""

    value: float
    unit: str


def readings(printed: str) -> dict[str, Reading]:
    """The first number of each figure and its percentiles, by the figure's name, and each number of the tables.

    Where a goal is a multiple of something that was measured beside it, the ratio is a reading, too.
    """
    found: dict[str, Reading] = {}
    for title, header, cells in _rows(printed):
        if header[0] == "figure":
            found |= _figure(*cells[:4])
        else:
            for column, cell in zip(header[1:], cells[1:], strict=True):
                if number := _FIRST.search(cell):
                    found[f"{title}, {cells[0]}: {column}"] = _reading(*number.groups())
    return found


def _figure(name: str, measured: str, goal: str, ratio: str) -> dict[str, Reading]:
    found = {f"{name}, {label}": _reading(*number) for label, *number in _PERCENTILE.findall(measured)}
    if not measured.startswith("p") and (number := _FIRST.search(measured)):
        found = {name: _reading(*number.groups())} | found
    return found | {f"{name}, ratio": Reading(float(ratio), "")} if "×" in goal else found


def _reading(number: str, unit: str | None) -> Reading:
    return Reading(float(number.replace(",", "")), unit or "")


def _rows(printed: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Of all tables, each row with the first words of the table's title and with its header."""
    title, header = "", None
    for line in printed.splitlines():
        if not line.startswith("|"):
            title = re.split("[:,(]", line.removeprefix("### "))[0] or title
            header = None
        elif header is None:
            header = _cells(line)
        elif not set(line) <= set("|- "):
            yield title, header, _cells(line)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
