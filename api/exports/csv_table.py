"""The activities of a session as CSV: RFC 4180, in UTF-8 with a byte order mark, without which Excel takes it for
another encoding.

A spreadsheet takes a cell that begins like a formula for one, and what agents and documents say is not to be trusted:
such a cell gets an apostrophe before it. So does what would begin one where the separator is a semicolon (Excel in
German or French) or a tab, or where a row breaks at a line break within a cell. Numbers and moments are ours.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

from utils.sessions.activity_rows import activity_table
from utils.sessions.snapshot import SessionSnapshot

COLUMNS = (
    "activity_id", "parent_id", "run_id", "agent_name", "action", "kind", "status", "started_at", "ended_at",
    "duration_ms", "details", "progress", "input", "output", "model", "input_tokens", "output_tokens",
)  # fmt: skip
_BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A quotation mark may open the cell, and a blank be dropped.
_FORMULA_WITHIN = re.compile(r"""([;\t\r\n])(?=[ "]*[=+\-@＝＋－＠])""")


def csv_table(snapshot: SessionSnapshot) -> Iterator[bytes]:
    yield csv_head(COLUMNS)
    for row in activity_table(snapshot.events()):
        yield csv_line(getattr(row, column) for column in COLUMNS)


def csv_head(columns: Iterable[str]) -> bytes:
    return _BYTE_ORDER_MARK.encode() + csv_line(columns)


def csv_line(values: Iterable[Any]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(map(_cell, values))
    return line.getvalue().encode()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = _FORMULA_WITHIN.sub(r"\1'", value)
    return "'" + value if value.startswith(_FORMULA) else value
