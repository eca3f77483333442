import pytest

from agents.text.markdown import literal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("notes_2024.txt", "notes_2024.txt"),
        ("_draft_ a*b*.txt", "\\_draft\\_ a\\*b\\*.txt"),
        ("<img> &amp; [1]", "\\<img\\> \\&amp; \\[1\\]"),
        ("a\n# b", "a \\# b"),
    ],
)
def test_what_means_something_in_markdown_is_escaped(text: str, shown: str) -> None:
    assert literal(text) == shown
