"""Which words of a rule a question contains."""

import pytest

from agents.backends.routes import Route, matched


def route(words: str, agent: str = "agent-1") -> Route:
    return Route(agent=agent, words=words)


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
        ("天気", "天気 は?"),
    ],
)
def test_a_phrase_is_found_as_whole_words_in_any_case(words: str, question: str) -> None:
    assert route(words).phrase_in(question) is not None


@pytest.mark.parametrize(
    ("words", "question"),
    [
        ("rain", "When does the train leave?"),
        ("bank account", "Does the account of the bank exist?"),
        ("pay*", "Did they repay it?"),
        ("", "Anything?"),
        (" , ,", "Anything?"),
        ("*", "Anything?"),
        ("rain", ""),
    ],
)
def test_a_part_of_a_word_and_an_empty_phrase_are_not(words: str, question: str) -> None:
    assert route(words).phrase_in(question) is None


def test_the_first_rule_that_applies_counts() -> None:
    weather, money = route("rain, snow", "weather"), route("invoice, rain", "money")
    assert matched([weather, money], "The invoice for the rain coats") == (weather, "rain")
    assert matched([money, weather], "The invoice for the rain coats") == (money, "invoice")
    assert matched([weather, money], "Who are you?") is None
