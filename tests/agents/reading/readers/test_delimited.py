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
