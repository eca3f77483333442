import pytest

from agents.review_agent import Claim, check, claims

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


def test_a_sentence_may_lean_on_the_mark_right_after_it() -> None:
    assert claims("She lost power. She was rebuilt in 1930 [2].") == [
        Claim("She lost power.", [2]),
        Claim("She was rebuilt in 1930.", [2]),
    ]
