import pytest

from agents.extraction.opposites import excludes
from agents.text.lexicon import ENGLISH, Lexicon, lexicon_of

GERMAN = lexicon_of("Wie hoch ist die Miete und wann ist sie zu zahlen?") or ENGLISH
FRENCH = lexicon_of("Quel est le prix et quand est-il payé ?") or ENGLISH


@pytest.mark.parametrize(
    ("question", "statement", "lexicon"),
    [
        ("What do part-time employees get?", "Full-time employees get 28 days.", ENGLISH),
        ("What is the period after probation?", "During the probation period it is two weeks.", ENGLISH),
        ("What applied before 2024?", "After 2024 the limit was lower.", ENGLISH),
        ("Who voted for the budget?", "Ben voted against the budget.", ENGLISH),
        ("What does it cost with breakfast?", "A room without breakfast costs 80 euros.", ENGLISH),
        ("Was gilt im Sommer?", "Im Winter gilt die Hausordnung nicht.", GERMAN),
        ("Was gilt nach der Probezeit?", "Während der Probezeit gilt eine Frist von zwei Wochen.", GERMAN),
        ("Quel est le prix avec petit-déjeuner ?", "Sans petit-déjeuner, la chambre coûte 80 euros.", FRENCH),
    ],
)
def test_what_is_said_of_the_opposite(question: str, statement: str, lexicon: Lexicon) -> None:
    assert excludes(question, statement, lexicon)
    assert not excludes(statement, statement, lexicon)


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("What do part-time employees get?", "Full-time and part-time employees get a laptop."),
        ("What is the period after probation?", "During probation it is two weeks, after that three months."),
        ("What does the insurance for theft cost?", "Insurance against theft costs 5 euros."),
        ("When was the engine rebuilt after the war?", "The engine was rebuilt before the summer."),
    ],
)
def test_what_is_not(question: str, statement: str) -> None:
    assert not excludes(question, statement, ENGLISH)
