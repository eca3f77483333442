"""Tables of documents as the files that calculations read."""

from contextlib import AsyncExitStack
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

import openpyxl
import pytest

from agents.tables.table import read_tables
from agents.team.context import AnswerContext
from agents.team.document_tables import table_files
from utils.database.base import Database
from utils.sessions.documents import Documents
from utils.sessions.sessions import Sessions

pytestmark = pytest.mark.anyio


@pytest.fixture
def documents(database: Database, sessions: Sessions) -> Documents:
    sessions.create("s1")
    return Documents(database)


def context(documents: Documents) -> AnswerContext:
    return cast(AnswerContext, SimpleNamespace(documents=documents, parse_seconds=60, parse_memory_mb=1024))


async def test_rows_keep_the_numbers_that_the_sheet_gives_them(documents: Documents) -> None:
    book: Any = openpyxl.Workbook()
    for row in (["Loans"], [], ["Reader", "Books"], ["Ola", 3], ["Lie; Aas", 4], [], ["Siri", 5], ["Kim", 6]):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    record = documents.add("s1", "loans.xlsx", file)
    async with AsyncExitStack() as stack:
        (found,) = await table_files(record, stack, context(documents))
        table = read_tables(found.path, found.name)[0]
    assert (found.name, found.place) == ("loans.xlsx, sheet “Sheet”", "sheet “Sheet”")
    assert (table.columns, table.rows[0]) == (["Reader", "Books"], ["Ola", "3"])
    assert table.numbers[:2] == [4, 5]


async def test_a_file_of_separated_values_is_its_own_table(documents: Documents) -> None:
    record = documents.add("s1", "a.csv", BytesIO(b"a,b\n1,2\n"))
    async with AsyncExitStack() as stack:
        (found,) = await table_files(record, stack, context(documents))
        assert (found.name, found.place, found.path.read_bytes()) == ("a.csv", "", b"a,b\n1,2\n")


async def test_tables_of_one_section_have_names_of_their_own(documents: Documents) -> None:
    text = (
        "# Prices\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\nor\n\n| A | C |\n|---|---|\n| 5 | 6 |\n| 7 | 8 |\n"
    )
    record = documents.add("s1", "a.md", BytesIO(text.encode()))
    async with AsyncExitStack() as stack:
        found = await table_files(record, stack, context(documents))
        assert [one.name for one in found] == ["a.md, section “Prices”", "a.md, section “Prices”, table 2"]
        assert [read_tables(one.path, one.name)[0].rows[1] for one in found] == [["3", "4"], ["7", "8"]]


async def test_a_list_that_is_all_of_a_file_has_no_place_of_its_own(documents: Documents) -> None:
    record = documents.add("s1", "a.json", BytesIO(b'[{"a": 1, "b": 2}, {"a": 3, "b": 4}]'))
    async with AsyncExitStack() as stack:
        (found,) = await table_files(record, stack, context(documents))
    assert found.holds("rows 2-3")
