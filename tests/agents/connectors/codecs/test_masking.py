"""No secret of ours in what others say, in however many pieces they say it."""

import pytest
from pydantic import SecretStr

from agents.connectors.codecs.masking import Mask, MaskedText


def _mask(*secrets: str | None) -> Mask:
    return Mask([SecretStr(secret) if secret is not None else None for secret in secrets])


def _told(mask: Mask, *pieces: str) -> list[str]:
    masked = MaskedText(mask)
    return [*(masked.add(piece) for piece in pieces), masked.rest()]


def test_each_secret_is_replaced_and_the_longer_one_first() -> None:
    mask = _mask("keys", "keys-of-all", None, "")
    assert mask.text("a keys-of-all, a keys") == "a •••, a •••"
    assert mask.value({"keys": [{"x": "keys"}, 7, None]}) == {"•••": [{"x": "•••"}, 7, None]}
    assert _mask(None).text("all of it") == "all of it"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    "text",
    ["see canary!", "canarycanary", "cacanary", "canar", "canaries of c", "can canary can", "", "canary-2 canary-"],
)
def test_a_secret_in_pieces_is_told_as_one_that_came_whole(text: str, size: int) -> None:
    mask = _mask("canary", "canary-2")
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join(_told(mask, *pieces)) == mask.text(text)


def test_only_what_may_begin_a_secret_is_held_back() -> None:
    assert _told(_mask("canary"), "a can", "al, a cana", "ry.", " Bye") == ["a ", "canal, a ", "•••.", " Bye", ""]
    assert _told(_mask(None), "a can", "ary") == ["a can", "ary", ""]


def test_a_secret_that_overlaps_itself_is_not_told_in_part() -> None:
    assert "".join(_told(_mask("abab"), "aba", "b", "ab")) == "•••ab"
    assert "".join(_told(_mask("abba"), "ab", "ba")) == "•••"


def test_a_secret_of_a_few_characters_is_left_in_the_words_that_have_it() -> None:
    assert _mask("a", "ban", "").text("a banana") == "a banana"
    assert "".join(_told(_mask("a", "ban"), "ba", "nana")) == "banana"
    assert _mask("bana").text("a banana") == "a •••na"
