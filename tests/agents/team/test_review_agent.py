import pytest

from agents.extraction.composition import compose
from agents.extraction.question import plan_parts
from agents.team.review_agent import Claim, check, claims
from agents.text.answer_state import AnswerState, Evidence

PASSAGE = {1: "In winter the Solveig may carry at most 84 passengers. The certificate is of 20 October 1928."}


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("In winter the Solveig may carry 84 passengers.", None),
        ("At most 84 passengers may be carried in winter.", None),
        ("In winter the Solveig may carry 120 passengers.", "The source does not have 120."),
        ("The engine was rebuilt by Marit Aune at Holmsund.", "The source speaks of something else."),
    ],
)
def test_a_sentence_must_stand_in_what_it_cites(sentence: str, reason: str | None) -> None:
    assert check(Claim(sentence, [1]), PASSAGE) == reason


@pytest.mark.parametrize("cited", [[], [2]])
def test_a_sentence_without_a_source_does_not_hold(cited: list[int]) -> None:
    assert check(Claim("In winter the Solveig may carry 84 passengers.", cited), PASSAGE) == "It cites no source."


def test_only_statements_are_checked() -> None:
    draft = (
        "## Winter\n\n**How many?**\n\nShe may carry 84 [1]. She is old.\n"
        "The documents don't say: nothing answers it.\n"
        "- It was ice [1, 2].\n\n| Year | Mean |\n| --- | ---: |\n| 1924 | 12 |\n"
    )
    assert claims(draft) == [
        Claim("She may carry 84.", [1]),
        Claim("She is old.", []),
        Claim("It was ice.", [1, 2]),
    ]


def test_what_could_not_be_read_is_no_claim() -> None:
    unread = ["a.eml could not be read in full: its attachments were not read: b.pdf. Add them as documents."]
    assert claims(f"She may carry 84 [1].\n\n{unread[0]}", unread) == [Claim("She may carry 84.", [1])]


def test_a_sentence_may_lean_on_the_mark_right_after_it() -> None:
    assert claims("She lost power. She was rebuilt in 1930 [2].") == [
        Claim("She lost power.", [2]),
        Claim("She was rebuilt in 1930.", [2]),
    ]


def test_without_a_model_what_was_sent_back_never_returns() -> None:
    evidence: Evidence = {
        "passage_id": 1, "document_id": "d", "document_name": "log.txt", "reference": "line 1", "n": 0, "parts": [0],
        "text": "The engine was rebuilt by Marit Aune. The old engine was rebuilt by Olaf Brandt.",
    }  # fmt: skip
    state: AnswerState = {"parts": plan_parts("Who rebuilt the engine?", []), "readable": 1, "evidence": [evidence]}
    first, _ = compose(state)
    assert first == "The engine was rebuilt by Marit Aune [1]."
    second, _ = compose({**state, "refused": ["The engine was rebuilt by Marit Aune."]})
    assert second == "The old engine was rebuilt by Olaf Brandt [1]."
