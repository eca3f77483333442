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


@pytest.mark.parametrize(
    ("question", "statement", "lexicon"),
    [
        ("What kind of ticket do I need?", "Adults need a day ticket.", ENGLISH),
        ("Up to how many days before arrival can I cancel?", "You can cancel at least 3 days before arrival.", ENGLISH),
        ("What is the rule for dogs?", "There is a rule against dogs.", ENGLISH),
        ("What does a ticket for kids cost?", "Tickets for children and adults cost 5 euros.", ENGLISH),
        ("Quand le contrat a-t-il été conclu ?", "Le contrat a commencé en hiver.", FRENCH),
        ("Wann fährt der Bus nach Bonn?", "Der Bus bis Bonn fährt um 8:15.", GERMAN),
    ],
)
def test_a_word_is_no_opposite_by_its_letters_alone(question: str, statement: str, lexicon: Lexicon) -> None:
    assert not excludes(question, statement, lexicon)


@pytest.mark.parametrize(
    ("question", "statement", "lexicon"),
    [
        ("What does a ticket for kids cost?", "A ticket for adults costs 9 euros.", ENGLISH),
        ("Who ruled for the club?", "Ada ruled against the club.", ENGLISH),
        ("Was kostet es für ein Kind?", "Erwachsene zahlen 9 Euro.", GERMAN),
        ("Was gilt nach dem 1. Mai?", "Bis zum 1. Mai gilt der alte Preis.", GERMAN),
        ("Quel est le prix en été ?", "En hiver, le prix est de 9 euros.", FRENCH),
        ("Quels sont les horaires d’été ?", "Les horaires d’hiver sont de 9 h à 17 h.", FRENCH),
    ],
)
def test_an_opposite_is_one_of_its_language(question: str, statement: str, lexicon: Lexicon) -> None:
    assert excludes(question, statement, lexicon)
