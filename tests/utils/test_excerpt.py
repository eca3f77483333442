"""Excerpts: where in a message its match stands."""

import pytest
from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.porter_stemmer import PorterStemmer

from utils.excerpt import Highlighter, Part
from utils.search_query import SearchQuery


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
