"""Three made-up products answer all questions of a seed: one knows everything, one nothing, one lies."""

from decimal import Decimal

import pytest

from bench.trust.judge import Reply, judge
from bench.trust.library import library
from bench.trust.notation import ENGLISH, FRENCH, GERMAN, PLAIN
from bench.trust.question import Day, Every, Expected, Nothing, Number, Readings, Words

_QUESTIONS = [(upload.name, question) for upload in library(8).values() for question in upload.questions]
_NOTATIONS = {"en": (ENGLISH, PLAIN), "de": (GERMAN,), "fr": (FRENCH,)}


def _told(right: Expected, language: str, change: int = 0) -> str:
    """The value as an answer has it, in the notation of the language; changed a little by a liar."""
    match right:
        case Number(value):
            places = max(2, -int(value.as_tuple().exponent)) if not right.rounded else 2
            shown = value + change
            if shown == shown.to_integral_value() and not right.rounded:
                places = 0
            return _NOTATIONS[language][0].write(shown, places)
        case Words(forms):
            return "Zzz" if change else forms[0]
        case Day(day):
            return f"{day.year + change}-{day.month:02d}-{day.day:02d}"
        case Every(parts):
            return ", ".join(_told(part, language, change) for part in parts)
        case Readings(values):
            return " or ".join(_told(value, language, change) for value in values)
        case Nothing(unreadable=unreadable):
            return "not known: page 1 has no text" if unreadable else "not in the documents"


@pytest.mark.parametrize(
    "wording", ["It is {} [1].", "**{}** [1]", "{} [1], over 37 rows of {file}.", "Das ist {} [1].", "C’est {} [1]."]
)
def test_who_knows_everything_is_right(wording: str) -> None:
    for name, question in _QUESTIONS:
        reply = Reply(wording.format(_told(question.right, question.language), file=name), 1)
        assert judge(question, reply, name).outcome == "right", (question, reply)


@pytest.mark.parametrize(
    "answer",
    [
        "The documents don't say: nothing in them answers “{}”.",
        "I did not understand the question: {}",
        "Die Dokumente sagen dazu nichts: {}",
        "Les documents ne le disent pas : {}",
    ],
)
def test_who_knows_nothing_is_honest_and_right_where_there_is_nothing(answer: str) -> None:
    for name, question in _QUESTIONS:
        right = question.right
        verdict = judge(question, Reply(answer.format(question.text)), name)
        assert verdict.outcome == ("right" if isinstance(right, Nothing) and not right.unreadable else "honest"), (
            question
        )


@pytest.mark.parametrize("wording", ["It is {} [1].", "**{}** [1]", "It is {} [1]. I left out the total row."])
def test_who_lies_is_wrong(wording: str) -> None:
    for name, question in _QUESTIONS:
        lie = (
            "Ludwig van Beethoven"
            if isinstance(question.right, Nothing)
            else _told(question.right, question.language, 7)
        )
        reply = Reply(wording.format(lie), 1)
        assert judge(question, reply, name).outcome == "wrong", (question, reply)


def test_who_calculates_over_the_wrong_rows_is_wrong() -> None:
    """The right number is in the answer, but as the number of rows."""
    counts = [question for _, question in _QUESTIONS if question.kind == "count" and isinstance(question.right, Number)]
    assert counts
    for question in counts:
        assert isinstance(question.right, Number)
        answer = f"The total is {question.right.value * Decimal('1731.5')}, over {question.right.value} rows [1]."
        assert judge(question, Reply(answer, 1)).outcome == "wrong", question
