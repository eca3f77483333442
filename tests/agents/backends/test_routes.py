"""Which words of a rule a question contains."""

from typing import Any

import pytest

from agents.backends.routes import Route, WordsOf, matched


def route(words: str, agent: str = "agent-1") -> Route:
    return Route(agent=agent, words=words)


def found(words: str, question: str) -> str | None:
    return route(words).phrase_in(WordsOf(question))


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("rain", "Will it RAIN tomorrow?"),
        ("invoice, rain", "rain?"),
        ("bank account", "Which bank  account is it?"),
        ("pay*", "When was it paid or payed?"),
        ("straße", "Welche STRASSE ist gesperrt?"),
        ("café", "Is the cafe\u0301 open?"),
        ("R2-D2", "Where is r2 d2?"),
        ("invoice", "What about the _invoice_*?"),
        ("C++", "Is it c++?"),
        ("C#, F#", "F# or Java?"),
        ("天气", "今天天气怎么样"),
        ("อากาศ", "พรุ่งนี้อากาศเป็นอย่างไร"),
    ],
)
def test_a_phrase_is_found_as_whole_words_in_any_case(words: str, question: str) -> None:
    assert found(words, question) in words.split(", ")


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("rain", "When does the train leave?"),
        ("bank account", "Does the account of the bank exist? The bank"),
        ("pay*", "Did they repay it?"),
        ("C++", "What is the price of C?"),
        ("C", "Is it C++?"),
        ("", "Anything?"),
        (" , ,", "Anything?"),
        ("*", "Anything?"),
        ("rain", ""),
    ],
)
def test_a_part_of_a_word_and_an_empty_phrase_are_not(words: str, question: str) -> None:
    assert found(words, question) is None


def test_the_work_does_not_grow_with_text_times_rules() -> None:
    """The loop that looks for words also keeps the leases of all runs."""
    looked_at = 0

    class Counted(str):
        def startswith(self, *where: Any) -> bool:
            nonlocal looked_at
            looked_at += 1
            return super().startswith(*where)

    words = WordsOf("lorem ipsum " * 2000 + " ".join(f"w{n}" for n in range(2000)))
    words._sorted = [Counted(word) for word in words._sorted]
    assert route(", ".join(f"x{n}*" for n in range(300))).phrase_in(words) is None
    assert looked_at <= 300


def test_the_first_rule_that_applies_counts() -> None:
    weather, money = route("rain, snow", "weather"), route("invoice, rain", "money")
    assert matched([weather, money], "The invoice for the rain coats") == (weather, "rain")
    assert matched([money, weather], "The invoice for the rain coats") == (money, "invoice")
    assert matched([weather, money], "Who are you?") is None
