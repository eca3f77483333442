"""Cursors: opaque outside, numbers inside, and nothing but ours is taken."""

import base64

import pytest

from utils.database.paging import CursorError, decode_cursor, encode_cursor


@pytest.mark.parametrize("numbers", [(0,), (1, 2), (2**62, 7), (-1,)])
def test_a_cursor_gives_back_its_numbers(numbers: tuple[int, ...]) -> None:
    cursor = encode_cursor(*numbers)
    assert decode_cursor(cursor, len(numbers)) == list(numbers)
    assert cursor.replace("-", "").replace("_", "").isalnum()


def made(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["x", "====", "é", "a b", "\0", made("a"), made(""), made("1.2"), made("1.5.x"), made("é"), made("9" * 5000)],
)
def test_what_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        decode_cursor(cursor, 1)


@pytest.mark.parametrize("number", [2**63, 10**30, -(2**63) - 1])
def test_a_number_no_database_holds_is_refused(number: int) -> None:
    with pytest.raises(CursorError):
        decode_cursor(encode_cursor(number), 1)
