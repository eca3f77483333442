"""Pages: labels, tables and layouts."""

from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "page",
    [
        "<p>Open.</p><p hidden>Shut.</p>",
        "<p>Open.<p hidden>Shut.<p>",
        "<div>Open.</div><div style='color: red; display : none'><div>Shut.</div>Gone.</div>",
        "Open.<span style='mso-hide:all'> Shut.</span>",
        "Open.<span style='visibility:hidden'> Shut.</span>",
        "<ul><li hidden>Shut.</ul><p>Open.",
        "<table><tr hidden><td>Rent<td>900<tr><td>Open.</table>",
        "<dialog><p>Shut.</dialog>Open.",
        "<p hidden>Shut <a>twice</a></b> and still.</p>Open.",
        "<ul><li hidden>Shut <b>twice</i> and still.</ul>Open.",
        "<table><tr><td hidden>Shut</span> and still.<td>Open.</table>",
        "<div><p hidden>Shut.</div>Open.",
        "<div hidden>Shut</section> and still.</div>Open.",
    ],
)
def test_what_a_page_hides_is_left_out_and_said(tmp_path: Path, page: str) -> None:
    found = told(tmp_path, "a.html", page)
    assert (found.text.strip("- "), found.notes) == ("Open.", ["Text that is formatted as hidden was left out."])


@pytest.mark.parametrize(
    "mark", ["<s>900</s>", "<del>900</del>", "<strike>900</strike>", "<i style='text-decoration:line-through'>900</i>"]
)
def test_what_is_struck_through_is_left_out_and_said(tmp_path: Path, mark: str) -> None:
    found = told(tmp_path, "a.html", f"<p>The rent is {mark} 800.</p>")
    assert (found.text, found.notes) == ("The rent is 800.", ["Text that is struck through was left out."])


def test_pictures_and_embedded_pages_are_said(tmp_path: Path) -> None:
    page = "<p>Menu</p><img src=a.png alt=Soup><img src=b.png><img src=c.gif width=1><img src=d.png alt=''>"
    page += "<iframe></iframe>"
    assert told(tmp_path, "a.html", page).notes == [
        "2 pictures in it could not be read.", "A page, film or sound that is embedded in it was not read.",
    ]  # fmt: skip


def test_fields_of_a_form_are_labels_with_their_values(tmp_path: Path) -> None:
    page = (
        "<label>Name</label> <input value=Ola><label>Town: <select><option>Moss<option selected>Horten</select></label>"
        "<p><input type=checkbox checked> Books <input type=checkbox> Films</p><label>Phone</label>"
        "<input type=hidden value=x>"
        "<p><label>Remark</label><textarea>At noon</textarea></p><input type=submit value=Send>"
    )
    assert told(tmp_path, "a.html", page).lines == [
        "Name: Ola", "Town: Horten", "☒ Books ☐ Films", "Phone", "Remark: At noon",
    ]  # fmt: skip
