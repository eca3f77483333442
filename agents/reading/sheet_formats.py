"""How cells look: 0.085 with a format of percent is 8.5 %, 417 with the format 00000 is 00417.

What reads the values knows nothing of formats; https://learn.microsoft.com/office/open-xml/spreadsheet tells the
parts. Only formats that change what a number says are looked at.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.reading.packages import Package, attribute, child, local

if TYPE_CHECKING:
    from lxml.etree import _Element

_BUILT_IN = {9: "0%", 10: "0.00%"}
_CURRENCY = re.compile(r"\[\$([^\]-]+)(?:-[^\]]*)?\]|([€$£¥])|\"\s*([^\"\d]{1,4}?)\s*\"")
_PADDED = re.compile(r"^0{2,}$")


@dataclass(slots=True)
class Looks:
    """``codes`` are the formats by (row, column) from 0, ``without_result`` counts formulas nobody has calculated."""

    codes: dict[tuple[int, int], str] = field(default_factory=dict)
    without_result: int = 0


class SheetFormats:
    """The formats of an .xlsx workbook; of other kinds of workbooks nothing is known."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = next(iter(package.parts("", "officeDocument")), "")
        styles = package.parts(self._main, "styles") if self._main.endswith(".xml") else []
        self._codes = _telling_codes(package.xml(styles[0]) if styles else None)
        self._parts = self._sheet_parts() if styles else {}

    def of_sheet(self, name: str) -> Looks:
        looks = Looks()
        if name not in self._parts:
            return looks
        if not self._codes and not self._package.holds(self._parts[name], b"<f"):
            return looks
        for row in self._package.elements(self._parts[name], "row"):
            for cell in row:
                if len(cell) and local(cell[0]) == "f" and not any(local(one) == "v" and one.text for one in cell):
                    looks.without_result += 1
                code = self._codes.get(cell.get("s", ""))
                if code and (place := _place(cell.get("r", ""))):
                    looks.codes[place] = code
        return looks

    def notes(self) -> list[str]:
        found = []
        for folder, words in (
            ("xl/media/", "Pictures in it could not be read."), ("xl/charts/", "Charts in it were not read."),
            ("xl/comments", "Comments on cells were not read."), ("xl/vbaProject", "Its macros were not read."),
        ):  # fmt: skip
            if any(name.startswith(folder) for name in self._package.names):
                found.append(words)
        return found

    def _sheet_parts(self) -> dict[str, str]:
        root = self._package.xml(self._main)
        related = self._package.related(self._main)
        sheets = child(root, "sheets")
        return {
            attribute(sheet, "name") or "": related[identity][1]
            for sheet in (sheets if sheets is not None else ())
            if (identity := next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), ""))
            in related
        }


def shown(text: str, value: Any, code: str | None) -> str:
    """A cell as it looks. ``text`` is the value written plainly."""
    if code is None or not isinstance(value, int | float) or isinstance(value, bool):
        return text
    if _PADDED.match(code):
        return text.zfill(len(code)) if text.isdigit() else text
    if "%" in code:
        return f"{round(value * 100, 10):g}%"
    currency = _CURRENCY.search(code)
    return f"{text} {next(filter(None, currency.groups())).strip()}" if currency else text


def _telling_codes(styles: "_Element | None") -> dict[str, str]:
    """By the number of the cell's style: the formats that change what a number says."""
    named = child(styles, "numFmts")
    codes = {
        int(attribute(one, "numFmtId") or -1): attribute(one, "formatCode") or ""
        for one in (named if named is not None else ())
    }
    cells = child(styles, "cellXfs")
    found = {}
    for number, style in enumerate(cells if cells is not None else ()):
        identity = int(attribute(style, "numFmtId") or 0)
        code = (codes.get(identity) or _BUILT_IN.get(identity, "")).split(";")[0]
        if "%" in code or _PADDED.match(code) or _CURRENCY.search(code):
            found[str(number)] = code
    return found


def _place(reference: str) -> tuple[int, int] | None:
    """'C12' as (11, 2)."""
    match = re.fullmatch(r"([A-Z]{1,3})(\d+)", reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1
