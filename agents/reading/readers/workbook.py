"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): each sheet with its tables, as they look on the screen."""

import zipfile
from collections.abc import Generator, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine as calamine

from agents.errors import AgentError
from agents.reading.grid import Grid, lines_of, table_of
from agents.reading.packages import opened
from agents.reading.regions import Region, regions_of
from agents.reading.sections import MAX_SEARCHED_ROWS, FoundTable, Reading, Section, row_sections
from agents.reading.sheet_formats import SheetFormats, shown
from agents.text.language import counted
from agents.text.row_line import row_line

MAX_CELLS = 3_000_000  # Of a sheet: more of them would not fit into the memory that a child has.
MAX_SHEETS = 500


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, encrypted, or inflates beyond all measure."""
    try:
        with path.open("rb") as file:
            is_package = zipfile.is_zipfile(file)
        if is_package:
            extension = reading.name[reading.name.rindex(".") :].lower()
            with opened(path, reading.name, extension) as package:
                formats = SheetFormats(package)
                yield from _sections(path, reading, formats)
        else:
            yield from _sections(path, reading, None)
    except calamine.PasswordError:
        raise _locked(reading.name) from None
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, ValueError) as error:
        raise _locked(reading.name) if "password" in str(error).lower() else _damaged(reading.name) from None


def _locked(name: str) -> AgentError:
    message = f"{name} is protected by a password. Save a copy without a password and add that."
    return AgentError("encrypted_document", message)


def _damaged(name: str) -> AgentError:
    return AgentError(
        "damaged_document",
        f"{name} is not a workbook that can be read: it is damaged or another kind of file. "
        "Open it in Excel or LibreOffice, save it as .xlsx and add the new file.",
    )


def _sections(path: Path, reading: Reading, formats: SheetFormats | None) -> Iterator[Section]:
    with path.open("rb") as file:
        book = calamine.load_workbook(file)
        searched = 0
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        for done, sheet in enumerate(sheets[:MAX_SHEETS], 1):
            for section in _sheet(book, sheet, reading, formats):
                searched += section.text.count("\n") + 1
                if searched <= MAX_SEARCHED_ROWS:
                    yield section
            reading.progress(done, len(sheets), "sheet")
    if searched > MAX_SEARCHED_ROWS:
        reading.notes.append(f"The first {MAX_SEARCHED_ROWS} rows can be searched; calculations use all of them.")
    if len(book.sheets_metadata) > len(sheets):
        reading.notes.append("Sheets that hold only a chart or a macro were not read.")
    if len(sheets) > MAX_SHEETS:
        reading.notes.append(f"It has {len(sheets)} sheets; the first {MAX_SHEETS} were read.")
    if formats is not None:
        reading.notes += formats.notes()


def _sheet(book: Any, sheet: Any, reading: Reading, formats: SheetFormats | None) -> Iterator[Section]:
    place = f"sheet “{sheet.name}”"
    cells = book.get_sheet_by_name(sheet.name)
    if cells.start is None:
        return
    if sheet.visible != calamine.SheetVisibleEnum.Visible:
        reading.remarks.append(f"The sheet “{sheet.name}” is hidden; it was read, too.")
    top, left = cells.start
    height = min(cells.height, max(1, MAX_CELLS // max(cells.width, 1)))
    if height < cells.height:
        reading.notes.append(f"The sheet “{sheet.name}” has {cells.height:,} rows; the first {height:,} were read.")
    looks = formats.of_sheet(sheet.name) if formats else None
    if looks and looks.without_result:
        formulas = counted(looks.without_result, "formula")
        reading.notes.append(
            f"The sheet “{sheet.name}” has {formulas} without a stored result. Open it in Excel or LibreOffice and "
            "save it again."
        )
    codes = looks.codes if looks else {}
    rows = [
        [shown(_plain(value), value, codes.get((top + at, left + column))) for column, value in enumerate(row)]
        for at, row in zip(range(height), cells.iter_rows(), strict=False)
    ]
    merged = [((first[0] - top, first[1] - left), (last[0] - top, last[1] - left)) for first, last in _merged(cells)]
    before: FoundTable | None = None
    for region in regions_of(rows, merged):
        yield from (Section(place, title) for title in region.titles)
        before = yield from _region(region, top, place, before, reading)
        yield from (Section(place, text) for text in region.footers)


def _region(
    region: Region, top: int, place: str, before: FoundTable | None, reading: Reading
) -> Generator[Section, None, FoundTable | None]:
    """Returns the table that it told, if it was one."""
    numbers = [top + number + 1 for number in region.numbers]
    grid = Grid(region.rows, "row" if region.has_header else "unmarked")
    table = table_of(grid)
    if table is None and before is not None and len(before.columns) == grid.width and grid.width > 2:
        # The rest of the table above, below an empty row.
        table_rows, columns = grid.rows, before.columns
        before.rows.extend(table_rows)
        before.numbers.extend(numbers)
        reading.rows = (reading.rows or 0) + len(table_rows)
        found = before
    elif table is not None and len(table.rows) > 1:
        table_rows, columns, numbers = table.rows, table.columns, numbers[1:]
        found = FoundTable([place], columns, list(table_rows), list(numbers))
        reading.keep(found)
    else:
        yield Section(place, "\n".join(lines_of(grid)))
        return None
    lines = ((number, row_line(columns, row)) for number, row in zip(numbers, table_rows, strict=True))
    yield from row_sections(lines, place)
    return found


def _merged(cells: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return cells.merged_cell_ranges or []


def _plain(value: Any) -> str:
    """A cell as text: dates as 2026-03-01, whole numbers without a point."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if not value.second else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return " ".join(str(value).split())
