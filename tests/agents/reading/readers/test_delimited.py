"""Separated values."""

from pathlib import Path

import pytest

from agents.errors import AgentError
from tests.support.readers import told


def test_a_header_without_rows_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match=r"a\.csv has a header row and no data rows"):
        told(tmp_path, "a.csv", "Date,Item,Amount\n")
