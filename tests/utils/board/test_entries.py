"""Rows with versions: whoever has one needs the later ones, and nobody is told of what they may not see."""

from typing import cast

import pytest

from tests.support.events import MOMENT
from utils.accounts.principal import Reader, Whose
from utils.board import entries as module
from utils.board.entries import Entries
from utils.board.row import NowRow
from utils.streams.board import Board, next_piece

ADA, MAX, PIA = Reader(1, 1), Reader(1, 2), Reader(2, 3)
SHARED, PRIVATE = Whose(1, 1, True), Whose(1, 1, False)


def row(row_id: str, title: str = "Herring") -> NowRow:
    return NowRow(
        row_id=row_id, session_id=row_id, session_title=title, status="running", since=MOMENT, created_at=MOMENT
    )


@pytest.fixture
def entries() -> Entries:
    made = Entries()
    made.put(row("a"), SHARED)
    made.put(row("b"), PRIVATE)
    made.begin()
    return made


def told(entries: Entries, reader: Reader, cursor: int) -> str:
    """``+a -b``: the rows, and those that are gone, in their order."""
    words = []
    for frame in entries.changes(reader, cursor)[0]:
        name, data = frame.data.decode().split("\ndata: ")
        words.append(("+" if name.endswith("nowRow") else "-") + data.split('"row_id":"')[1][0])
    return " ".join(words)


def test_nothing_is_told_until_the_first_rows_are_complete() -> None:
    entries = Entries()
    entries.put(row("a"), SHARED)
    assert (entries.version, entries.changes(ADA, 0)) == (0, ([], 0))
    entries.begin()
    assert told(entries, ADA, 0) == "+a"


def test_each_reader_gets_what_they_may_see_and_each_row_once(entries: Entries) -> None:
    cursor = entries.version
    for number in range(5):
        entries.put(row("a", f"Herring {number}"), SHARED)
    assert [told(entries, reader, 0) for reader in (ADA, MAX, PIA)] == ["+b +a", "+a", ""]
    assert told(entries, ADA, cursor) == "+a"
    assert told(entries, ADA, entries.version) == ""


def test_what_follows_a_frame_has_a_higher_number(entries: Entries) -> None:
    """A socket that is full cuts a frame: its reader gets the rest of it, and goes on after its number."""
    frames = next_piece(cast(Board, entries), ADA, 0)
    assert [frame.seq for frame in frames] == sorted({frame.seq for frame in frames})
    assert [b"event: nowReady" in frame.data for frame in frames] == [False, True]


def test_a_row_that_is_hidden_is_gone_once_and_silent_from_then_on(entries: Entries) -> None:
    cursor = entries.version
    entries.put(row("a", "Secret"), PRIVATE)
    assert [told(entries, reader, cursor) for reader in (ADA, MAX, PIA)] == ["+a", "-a", ""]
    hidden = entries.version
    entries.put(row("a", "More secret"), PRIVATE)
    assert [told(entries, reader, hidden) for reader in (ADA, MAX)] == ["+a", ""], "that it goes on is a secret, too"
    assert told(entries, MAX, cursor) == "-a"
    entries.drop("a")
    assert [told(entries, reader, hidden) for reader in (ADA, MAX, PIA)] == ["-a", "", ""]
    entries.put(row("a"), SHARED)
    assert told(entries, MAX, hidden) == "+a"


def test_pieces_add_up_to_the_whole(entries: Entries) -> None:
    for number in range(40):
        entries.put(row(chr(97 + number % 26), str(number)), SHARED)
    whole = [frame.data for frame in entries.changes(ADA, 0)[0]]
    pieces, cursor = [], 0
    while cursor < entries.version:
        frames, cursor = entries.changes(ADA, cursor, 300)
        pieces += [frame.data for frame in frames]
    assert pieces == whole


def test_a_cursor_is_honoured_by_who_gave_it_while_what_is_gone_is_known(
    entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = entries.ready(entries.version).data.decode().split("\n")[0].removeprefix("id: ")
    assert entries.resume(own)[1] == b""
    cursor, reset = Entries().resume(own)
    assert (cursor, b"event: reset" in reset) == (0, True)
    monkeypatch.setattr(module, "_MOST_GONE", 1)
    entries.drop("a")
    assert entries.resume(own)[1] == b""
    entries.drop("b")
    assert b"event: reset" in entries.resume(own)[1], "that a is gone is not known any more"
