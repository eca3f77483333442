"""Excel workbooks: shared strings, dates as numbers with a format, and results of formulas."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bench.trust.writing.package import content_types, pack, relations, text

Cell = str | Decimal | date | None
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EPOCH = date(1899, 12, 30)
_PLAIN, _DATE, _NUMBER = 0, 1, 2


def workbook(sheets: dict[str, Sequence[Sequence[Cell]]]) -> bytes:
    strings: dict[str, int] = {}
    pages = {f"xl/worksheets/sheet{at}.xml": _sheet(rows, strings) for at, rows in enumerate(sheets.values(), 1)}
    names = "".join(f'<sheet name="{text(name)}" sheetId="{at}" r:id="rId{at}"/>' for at, name in enumerate(sheets, 1))
    shared = "".join(f'<si><t xml:space="preserve">{text(one)}</t></si>' for one in strings)
    targets = [("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)]
    types = dict.fromkeys(pages, "spreadsheetml.worksheet") | {
        "xl/workbook.xml": "spreadsheetml.sheet.main",
        "xl/styles.xml": "spreadsheetml.styles",
        "xl/sharedStrings.xml": "spreadsheetml.sharedStrings",
    }
    return pack({
        "[Content_Types].xml": content_types(types),
        "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_R}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations([*targets, ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")]),
        "xl/styles.xml": _styles(),
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{shared}</sst>',
        **pages,
    })  # fmt: skip


def _sheet(rows: Sequence[Sequence[Cell]], strings: dict[str, int]) -> str:
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(
            _cell(f"{chr(ord('A') + at)}{number}", cell, strings)
            for at, cell in enumerate(row)
            if cell not in (None, "")
        )
        lines.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, cell: Cell, strings: dict[str, int]) -> str:
    if isinstance(cell, Decimal):
        style = _PLAIN if cell == cell.to_integral_value() else _NUMBER
        return f'<c r="{place}" s="{style}"><v>{cell}</v></c>'
    if isinstance(cell, date):
        return f'<c r="{place}" s="{_DATE}"><v>{(cell - _EPOCH).days}</v></c>'
    assert isinstance(cell, str)
    if cell.startswith("="):  # "=FORMULA|result"
        formula, _, result = cell[1:].rpartition("|")
        return f'<c r="{place}" s="{_NUMBER}"><f>{text(formula)}</f><v>{result}</v></c>'
    return f'<c r="{place}" t="s"><v>{strings.setdefault(cell, len(strings))}</v></c>'


def _styles() -> str:
    formats = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{text(code)}"/>'
        for number, code in ((170, "yyyy\\-mm\\-dd"), (171, "#,##0.00"))
    )
    used = "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for number in (0, 170, 171)
    )
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="2">{formats}</numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/>'
        '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
        '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1">'
        f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">{used}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
