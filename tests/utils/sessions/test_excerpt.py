"""Excerpts: where in a message its match stands."""

import re
from collections.abc import Iterator

import pytest
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.porter_stemmer import PorterStemmer

from utils.sessions import excerpt as excerpts
from utils.sessions.excerpt import Highlighter, Part
from utils.sessions.search_query import SearchQuery


def excerpt(typed: str, message: str) -> list[Part]:
    return Highlighter(SearchQuery.parse(typed), PorterStemmer()).excerpt(message)


def marked(typed: str, message: str) -> str:
    return "".join(f"[{part.text}]" if part.match else part.text for part in excerpt(typed, message))


@pytest.mark.parametrize(
    ("typed", "message", "shown"),
    [
        ("engines", "The engine and the ENGINES.", "The [engine] and the [ENGINES]."),
        ("eng", "The engine of England", "The [engine] of [England]"),
        ("happine", "happy happiness, hap", "[happy] [happiness], hap"),
        ("herr", "A herring", "A [herring]"),
        ('"red herring"', "A herring, a red herring: red.", "A herring, a [red herring]: red."),
        ("e-mail", "e e-mail mail e, mail", "e [e-mail] mail [e, mail]"),
        ("cafe zurich", "Où est le café de Zürich?", "Où est le [café] de [Zürich]?"),
        ("cafe", "Cafe\u0301 again", "[Cafe\u0301] again"),
        ("οδος", "Η ΟΔΟΣ", "Η [ΟΔΟΣ]"),
        ("istanbul", "İstanbul", "[İstanbul]"),
        ("engine", "a😀engine😀b", "a😀[engine]😀b"),
        ("day", "one day\r\n\r\n  days\t\tdaylight", "one [day] [days] daylight"),
        ("nothing", "  A  word. ", "A word."),
        ("red", "<b>red</b>&amp;\ue000red\ue001 [red]", "<b>[red]</b>&amp;\ue000[red]\ue001 [[red]]"),
        ("x", "", ""),
        ("%", "100%", "100%"),
    ],
)
def test_what_was_looked_for_is_marked(typed: str, message: str, shown: str) -> None:
    assert marked(typed, message) == shown


def test_a_long_message_is_cut_at_words_around_the_match() -> None:
    shown = marked("needle", f"{'hay ' * 500}needle {'straw ' * 500}")
    assert shown.startswith("…hay hay")
    assert "hay [needle] straw" in shown
    assert shown.endswith("straw…")
    assert 140 <= len(shown) <= 170


def test_the_beginning_is_shown_where_nothing_is_found() -> None:
    shown = marked("needle", "hay " * 500)
    assert shown.startswith("hay hay")
    assert shown.endswith("hay…")


def test_the_place_where_most_words_stand_together_is_shown() -> None:
    message = f"red. {'hay ' * 100} herring. {'hay ' * 100} a red old herring. {'hay ' * 100}"
    assert "a [red] old [herring]." in marked("red herring", message)


def test_a_match_without_end_does_not_make_the_excerpt_longer() -> None:
    shown = "".join(part.text for part in excerpt("aa", "a" * 5000))
    assert len(shown) <= 170


@pytest.mark.parametrize("typed", ["a", "the", "na", '"na na"', "n a", "á"])
def test_a_long_message_is_looked_through_quickly(typed: str) -> None:
    """Counted in stems: each different word is stemmed once, however often it stands there."""
    calls = []

    class Counting(EnglishStemmer):
        def stemWord(self, word: str) -> str:  # noqa: N802
            calls.append(word)
            return str(super().stemWord(word))

    Highlighter(SearchQuery.parse(typed), Counting()).excerpt("the banana naming nation na á " * 3000)
    assert len(calls) < 60


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that were compared with one of the search."""
    words: list[str] = []
    fits = Highlighter._fits

    def counting(self: Highlighter, term: excerpts._Term, word: re.Match[str]) -> bool:
        words.append(word.group())
        return fits(self, term, word)

    monkeypatch.setattr(Highlighter, "_fits", counting)
    return words


def test_of_a_phrase_no_more_words_are_taken_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    class Counting:
        @staticmethod
        def finditer(text: str, at: int) -> Iterator[re.Match[str]]:
            for match in re.compile(r"\w+").finditer(text, at):
                taken.append(match)
                yield match

    monkeypatch.setattr(excerpts, "_WORD", Counting)
    assert marked('"a b c d e f g h"', "a " * 50) == ("a " * 50).strip()
    assert len(taken) <= 50


def test_nothing_is_looked_for_beyond_the_place_that_is_shown(compared: list[str]) -> None:
    assert marked("a", "a " * 50_000).startswith("[a] [a]")
    assert len(compared) < 100


def test_the_excerpts_of_one_search_have_a_budget(compared: list[str]) -> None:
    """Counted in words compared: what was spent does not depend on how busy the server is."""
    worst = '"' + "a " * 15 + 'b"'
    highlighter = Highlighter(SearchQuery.parse(worst), PorterStemmer())
    assert [part.match for part in highlighter.excerpt("a " * 15 + "b.")] == [True, False]
    for _ in range(3):
        shown = highlighter.excerpt("a " * 50_000)
    assert excerpts._BUDGET / 2 < len(compared) <= excerpts._BUDGET + 16
    spent = len(compared)
    unmarked = highlighter.excerpt("a " * 15 + "b " + "hay " * 100)
    assert len(compared) == spent
    assert [part.match for part in unmarked] == [False]
    assert unmarked[0].text.startswith("a a a")
    assert unmarked[0].text.endswith("hay…")
    assert 140 <= len(unmarked[0].text) <= 170
    assert shown[0].text.endswith("a…")


@pytest.mark.parametrize("letter", ["x", "é", "한"])
def test_long_words_and_long_messages_cost_too(letter: str) -> None:
    stems = []

    class Counting(PorterStemmer):
        def stemWord(self, word: str) -> str:  # noqa: N802
            stems.append(word)
            return word

    highlighter = Highlighter(SearchQuery.parse(letter), Counting())
    for n in range(100):
        highlighter.excerpt(letter * (100_000 - n) + " y")
    assert highlighter._left <= 0
    assert len(stems) < 5
    assert not any(part.match for part in highlighter.excerpt(letter))


def test_a_message_is_looked_through_as_far_as_the_index_has_it() -> None:
    assert "[needle]" in marked("needle", "hay " * 24_998 + " needle straw")
    beyond = marked("needle", "hay " * 25_000 + "needle straw")
    assert beyond.startswith("hay hay")
    assert beyond.endswith("hay…")
