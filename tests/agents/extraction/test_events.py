"""Questions after an event are answered by what tells of that event."""

import pytest

from agents.extraction.extracts import look
from agents.extraction.question import plan_parts
from agents.text.answer_state import Evidence


def answered(text: str, question: str) -> bool:
    evidence = Evidence(
        passage_id=1, document_id="d", document_name="a.txt", reference="line 1", text=text, n=0, parts=[0],
    )  # fmt: skip
    [part] = plan_parts(question, [])
    return bool(look(part, [evidence]).extracts)


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "The lease ends on 31 March 2027 unless it is renewed.",
            {"When does the lease end?": True, "When was it renewed?": False, "When is the lease renewed?": False},
        ),
        (
            "The lease is renewed unless it is cancelled by 1 May.",
            {"When must the lease be cancelled?": True, "When was the lease cancelled?": False},
        ),
        (
            "If the mooring is damaged, 900 crowns are due by 3 May 2026.",
            {"When was the mooring damaged?": False, "How much is due if the mooring is damaged?": True},
        ),
        (
            "Der Vertrag endet am 31. März 2027, es sei denn, er wird verlängert.",
            {"Wann endet der Vertrag?": True, "Wann wurde der Vertrag verlängert?": False},
        ),
        (
            "Siri Vang replaced Ola Lie as head of the library on 3 May 2024.",
            {
                "When was Siri Vang replaced?": False,
                "When was Ola Lie replaced?": True,
                "When did Siri Vang replace Ola Lie?": True,
            },
        ),
        (
            "Siri Vang was replaced by Ola Lie on 3 May 2024.",
            {"When was Siri Vang replaced?": True, "When did Siri Vang replace Ola Lie?": False},
        ),
        (
            "Siri Vang ersetzte Ola Lie am 3. Mai 2024.",
            {"Wann wurde Siri Vang ersetzt?": False, "Wann wurde Ola Lie ersetzt?": True},
        ),
        (
            "Siri Vang a remplacé Ola Lie le 3 mai 2024.",
            {"Quand Siri Vang a-t-elle été remplacée ?": False, "Quand Ola Lie a-t-il été remplacé ?": True},
        ),
        ("The library opened on 3 May 1990.", {"When was the library opened?": True}),
        ("The library opened its doors in Horten on 3 May 1990.", {"When was the library opened?": True}),
        ("The library opened a branch in Horten on 3 May 1990.", {"When was the library opened?": False}),
    ],
)
def test_an_event_is_told_by_what_tells_of_it(text: str, questions: dict[str, bool]) -> None:
    assert {question: answered(text, question) for question in questions} == questions


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "Fees\n\nLate payments bear interest of 5 percent per year.\n\nThe end.",
            {"What is the yearly fee?": False, "What is the interest per year?": True},
        ),
        ("Fees\n\nMembers pay 900 crowns per year.\n\nThe end.", {"What is the yearly fee?": True}),
        ("The yearly fee is 5 percent of the rent.", {"What is the yearly fee?": True}),
    ],
)
def test_a_share_that_is_only_as_frequent_is_no_price(text: str, questions: dict[str, bool]) -> None:
    assert {question: answered(text, question) for question in questions} == questions
