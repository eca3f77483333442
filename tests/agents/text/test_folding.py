"""Several ways to write the same."""

import pytest

from agents.text.folding import folded


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("o\ufb03ce \ufb01ve \ufb02oor", "office five floor"),
        ("har\u00adbour\u200b", "harbour"),
        ("\uff21\uff22\uff11", "AB1"),
        ("u\u0308ber", "über"),
        ("10⁶ m² ½ …", "10⁶ m² ½ …"),  # NFKC would make other numbers of these
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_words_can_be_found(text: str, plain: str) -> None:
    assert folded(text) == plain
