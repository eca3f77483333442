"""Pages: labels, tables and layouts."""

from pathlib import Path

from tests.support.readers import told


def test_names_in_the_first_column_are_labels(tmp_path: Path) -> None:
    rows = "<tr><th>Opened<td>12 May 1988 in Horten<tr><th>Head librarian<td>Siri Vang<tr><th>Loans<td>48,000"
    assert told(tmp_path, "a.html", f"<table>{rows}</table>").lines == [
        "Opened: 12 May 1988 in Horten", "Head librarian: Siri Vang", "Loans: 48,000",
    ]  # fmt: skip


def test_cells_that_reach_down_and_across(tmp_path: Path) -> None:
    rows = "<tr><th>Region<th>Town<th>Loans<tr><td rowspan=2>North<td>Horten<td>48<tr><td>Moss<td>52"
    rows += "<tr><td colspan=2>All<td>100"
    assert told(tmp_path, "a.html", f"<table>{rows}</table>").lines == [
        "Region: North; Town: Horten; Loans: 48", "Region: North; Town: Moss; Loans: 52", "Region: All; Loans: 100",
    ]  # fmt: skip


def test_a_table_that_lays_out_the_page_is_no_table(tmp_path: Path) -> None:
    inner = "<table><tr><td>Tenant:<td>Ola Lie<tr><td>Rent:<td>900</table>"
    assert told(tmp_path, "a.html", f"<table><tr><td>Menu<td>{inner}<td>Foot</table>").lines == [
        "Menu", "Tenant: Ola Lie", "Rent: 900", "Foot",
    ]  # fmt: skip


def test_terms_and_their_meanings(tmp_path: Path) -> None:
    assert told(tmp_path, "a.html", "<dl><dt>Rent<dd>900<dt>Notice:<dd>six weeks</dl>").lines == [
        "Rent: 900",
        "Notice: six weeks",
    ]


def test_deep_tables_do_no_harm(tmp_path: Path) -> None:
    assert told(tmp_path, "a.html", "<table><tr><td>" * 20_000 + "deep").text == "deep"
