"""Separated values."""

from pathlib import Path

import pytest

from agents.errors import AgentError
from tests.support.readers import told


def test_a_header_without_rows_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"a\.csv has a header row and no data rows"):
        told(tmp_path, "a.csv", "Date,Item,Amount\n")


def test_rows_of_several_tables_have_the_names_of_their_own(tmp_path: Path) -> None:
    text = "Shop,Turnover\nMoss,120\n\nRole,People\nClerk,12\n"
    assert told(tmp_path, "a.csv", text).passages == [
        ("rows 2-5", "Shop: Moss; Turnover: 120\nRole: Clerk; People: 12")
    ]


def test_labels_with_values_above_a_table_can_be_searched(tmp_path: Path) -> None:
    text = "Account;NO93\nBalance on 2 May:;1.204,77\n\nDay;Text;To;Kind;Amount\n02.05.2026;Rent;Per;Out;-5,00\n"
    found = told(tmp_path, "a.csv", text + "03.05.2026;Wage;Kari;In;7,00\n").passages
    assert found[0] == ("above the table", "Balance on 2 May: 1.204,77")
    assert found[1][0] == "rows 5-6"
