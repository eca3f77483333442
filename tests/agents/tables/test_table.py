from pathlib import Path

import pytest

from agents.errors import AgentError
from agents.reading.readers import delimited as table_reader
from agents.reading.sections import Reading
from agents.tables.table import Table, read_tables


def read(tmp_path: Path, content: bytes | str) -> Table:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_tables(path, "t.csv")[0]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    lines = [["Month", "Note", "Passengers"], ["2024-01", "a, b", "812"], ["2024-02", "c; d", "790"]]
    quoted = "\n".join(
        separator.join(f'"{cell}"' if "," in cell or ";" in cell else cell for cell in row) for row in lines
    )
    table = read(tmp_path, quoted)
    assert table.columns == lines[0]
    assert table.rows == lines[1:]
    assert table.numbers == [2, 3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_any_usual_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "Fähre,Größe\nSölveig,24\n".encode(encoding))
    assert (table.columns, table.rows) == (["Fähre", "Größe"], [["Sölveig", "24"]])


def test_quotes_may_hold_separators_quotes_and_line_breaks(tmp_path: Path) -> None:
    table = read(tmp_path, 'Name,Note\n"Aune, M.","said ""yes""\nand left"\nHjelm,ok\n')
    assert table.rows == [["Aune, M.", 'said "yes" and left'], ["Hjelm", "ok"]]


def test_a_quote_that_never_closes_loses_no_row(tmp_path: Path) -> None:
    rows = "\n".join(f"{n},{n * 2}" for n in range(500))
    table = read(tmp_path, f'a,b\n1,"open\n{rows}\n')
    assert len(table.rows) == 501
    assert table.rows[0] == ["1", "open"]
    assert "quoting is broken" in table.notes[0]


def test_ragged_rows_are_kept_and_told(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n")
    assert table.rows == [["1", "2", "3"], ["4", "5", ""], ["6", "7", "8"], ["10", "11", "12"]]
    assert table.notes == ["2 rows have more or fewer cells than the header."]


def test_a_table_without_header_gets_one(tmp_path: Path) -> None:
    table = read(tmp_path, "2024-01,812\n2024-02,790\n")
    assert table.columns == ["column 1", "column 2"]
    assert table.numbers == [1, 2]


def test_a_title_above_the_table_is_not_its_header(tmp_path: Path) -> None:
    table = read(tmp_path, "Traffic of 1931,,\nMonth,Crossings,Passengers\n1931-01,38,1500\n1931-02,36,1400\n")
    assert table.columns == ["Month", "Crossings", "Passengers"]
    assert table.numbers == [3, 4]


def test_columns_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b,,\n1,2,3,4\n").columns == ["a", "b", "column 3", "column 4"]
    assert read(tmp_path, "name,n,n\nAune,1,2\n").columns == ["name", "n", "n (2)"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , , \n,,\n"])
def test_a_table_without_rows_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(AgentError) as refused:
        read(tmp_path, content)
    assert refused.value.code == "no_text"


def test_passages_are_whole_rows_with_row_references(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Month,Passengers\n" + "".join(f"2024-{n % 12 + 1:02d},{n}\n" for n in range(100)))
    reading = Reading("t.csv")
    sections = list(table_reader.read(path, reading))
    assert reading.rows == 100
    assert sections[0].reference.startswith("rows 2-")
    assert sections[0].text.startswith("Month: 2024-01; Passengers: 0\nMonth: 2024-02; Passengers: 1\n")
    assert sum(section.text.count("\n") + 1 for section in sections) == 100


def test_what_stands_above_and_below_a_table_is_no_row(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "Traffic of 1931\nPrinted: 2 May 1931\n\nMonth,Crossings,Passengers\n1931-01,38,1500\n1931-02,36,1400\n\n"
        "Source: the harbour office\n",
    )
    assert table.titles == ["Traffic of 1931", "Printed: 2 May 1931"]
    assert table.rows == [["1931-01", "38", "1500"], ["1931-02", "36", "1400"]]
    assert "“Source: the harbour office” stands below the table." in table.notes


def test_a_header_that_is_repeated_is_no_row(tmp_path: Path) -> None:
    table = read(tmp_path, "Team,Hours\nRed,10\nTeam,Hours\nBlue,7\n")
    assert table.rows == [["Red", "10"], ["Blue", "7"]]
    assert table.numbers == [2, 4]
    assert table.notes == ["The header is repeated 1 time within the table."]


def test_a_row_of_units_belongs_to_the_header(tmp_path: Path) -> None:
    table = read(tmp_path, "Article,Weight,Price\n,kg,EUR\nRope,2,10\nSail,5,90\n")
    assert table.columns == ["Article", "Weight (kg)", "Price (EUR)"]
    assert table.rows == [["Rope", "2", "10"], ["Sail", "5", "90"]]


STACKED = """Turnover
Shop,Turnover
Bergen,120
Oslo,98

Staff
Role,People
Clerk,12
Driver,31
"""


def test_an_empty_row_and_other_names_of_columns_begin_another_table(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(STACKED)
    first, second = read_tables(path, "t.csv")
    assert (first.name, first.titles, first.columns) == ("t.csv, table 1", ["Turnover"], ["Shop", "Turnover"])
    assert (second.name, second.titles, second.columns) == ("t.csv, table 2", ["Staff"], ["Role", "People"])
    assert (second.rows, second.numbers) == ([["Clerk", "12"], ["Driver", "31"]], [8, 9])


@pytest.mark.parametrize("names", ["Role,People", "role,people", "Role,People,", "Role,People,Since"])
def test_another_table_needs_no_title(tmp_path: Path, names: str) -> None:
    path = tmp_path / "t.csv"
    above = "shop,turnover" if names.islower() else "Shop,Turnover"
    path.write_text(f"{above},Year\nBergen,120,1924\nOslo,98,1925\n\n{names}\nClerk,12\nDriver,31\n")
    assert [table.columns[1].lower() for table in read_tables(path, "t.csv")] == ["turnover", "people"]


@pytest.mark.parametrize(
    "text",
    [
        "Shop,Turnover\nBergen,120\n\nOslo,98\nMoss,77\n",
        "Shop,Turnover\nBergen,120\n\nShop,Turnover\nOslo,98\nMoss,77\n",
        "Account,Kari Moe\nPeriod,January\n\nDate,Text,Amount,Balance,Place\n2026-01-02,Rent,-5,10,Moss\n"
        "2026-01-03,Food,-2,8,Moss\n",
        "Name,Jan,Feb\nAda,1,2\nBob,3,4\n\nZoe,n/a,n/a\nAnn,5,6\nCy,7,8\n",
        "Name,Jan,Feb\nAda,1,2\nBob,3,4\n\nZoe,Sick,Sick\nAnn,5,6\nCy,7,8\n",
        "Name,Jan,Feb\nAda,1,2\nBob,3,4\n\nZoe,ill,away\nAnn,5,6\nCy,7,8\n",
        "Name,Jan,Feb\nAda,1,2\nBob,3,4\n\nZoe,Ill,\nAnn,5,6\nCy,7,8\n",
        "Name,Status,Amount\nAda,Open,2\nBob,Paid,4\n\nZoe,Open,Pending\nAnn,Paid,6\nCy,Open,8\n",
    ],
    ids=[
        "an empty row within",
        "the same names again",
        "lines above",
        "no values",
        "the same word twice",
        "words in small letters",
        "a value that is missing",
        "a value of another row",
    ],
)
def test_an_empty_row_alone_begins_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert [table.name for table in read_tables(path, "t.csv")] == ["t.csv"]


def test_several_lines_of_two_cells_above_the_table_are_no_rows(tmp_path: Path) -> None:
    lines = "Konto;NO93 8601\nStand:;1.204,77\nVon:;01.01.2026\n"
    table = read(
        tmp_path, f"{lines}Tag;Text;An;Art;Betrag\n02.01.2026;Miete;Per;Aus;-5,00\n03.01.2026;Lohn;Kari;Ein;7,00\n"
    )
    assert table.columns == ["Tag", "Text", "An", "Art", "Betrag"]
    assert (table.titles[0], table.numbers) == ("Konto NO93 8601", [5, 6])
