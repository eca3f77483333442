"""Markdown: what is not shown of it."""

from pathlib import Path

import pytest

from tests.support.readers import told


def test_struck_text_and_remarks_are_left_out(tmp_path: Path) -> None:
    text = "Fee: ~~400~~ 450 <!-- was\n300 --> crowns.\n\n```\n<!-- code -->\n```\n\n![Plan](plan.png)\n"
    found = told(tmp_path, "a.md", text)
    assert found.text == "Fee: 450 crowns.\n\n<!-- code -->\n\nPlan"
    assert found.notes == ["Text that is struck through was left out.", "1 picture in it could not be read."]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Begin with `<!--` in HTML.\n\nThe fee is 450.", "Begin with <!-- in HTML.\n\nThe fee is 450."),
        ("Begin with `` <!-- `` now <!-- x -->or later.", "Begin with ` <!-- ` now or later."),
        ("Write it so:\n\n    <!-- x -->\n\nSo.", "Write it so:\n\n<!-- x -->\n\nSo."),
        ("- One\n\n    <!-- x -->\n\nTwo.", "- One\n\nTwo."),
        ("One\n    <!-- x -->two.", "One two."),
        ("A <!-- that nobody ends.\n\nThe fee is 450.", "A <!-- that nobody ends.\n\nThe fee is 450."),
        ("One <!-- a --> two <!-- that nobody ends", "One two <!-- that nobody ends"),
        ("One ` <!-- a\n    b\n\n    c --> two.", "One `\n\ntwo."),
    ],
)
def test_what_is_code_or_never_ends_is_no_remark(tmp_path: Path, text: str, read: str) -> None:
    assert told(tmp_path, "a.md", text).text == read


def test_remarks_that_never_end_are_read_in_time(tmp_path: Path) -> None:
    assert told(tmp_path, "a.md", "--> " + "<!-- " * 20_000 + "The fee is 450.").text.endswith("The fee is 450.")
