"""Markdown: what is not shown of it."""

from pathlib import Path

from tests.support.readers import told


def test_struck_text_and_remarks_are_left_out(tmp_path: Path) -> None:
    text = "Fee: ~~400~~ 450 <!-- was\n300 --> crowns.\n\n```\n<!-- code -->\n```\n\n![Plan](plan.png)\n"
    found = told(tmp_path, "a.md", text)
    assert found.text == "Fee: 450 crowns.\n\n<!-- code -->\n\nPlan"
    assert found.notes == ["Text that is struck through was left out.", "1 picture in it could not be read."]
