"""What a model says of a run stands only where the facts that it names say it; and what it may say, it may."""

import json

import pytest

from agents.chronicle.check import objection
from agents.chronicle.facts import Fact, facts_of
from utils.log.events import logged_event
from utils.project import PROJECT

_RECORDINGS = PROJECT / "tests" / "fixtures" / "recordings"


def facts(recording: str = "reported") -> list[Fact]:
    events = json.loads((_RECORDINGS / f"{recording}.json").read_text())
    return facts_of(logged_event.validate_python(event) for event in events)


def cited(*numbers: int) -> list[Fact]:
    known = facts()
    return [known[number - 1] for number in numbers]


QUESTION, LOOK, CALLS, HAND, TIDE, ASK, TEXT, END = 1, 3, (4, 5, 6, 7), 8, 9, 10, 13, 14


def test_the_facts_are_those_of_the_recording() -> None:
    labels = [fact.label for fact in facts()]
    assert labels == [
        "question", "step", "step", *["tool call"] * 4, "handoff", "problem", "question to people", "state of the run",
        "call of a model", "text for the user", "end of the run",
    ]  # fmt: skip
    [failed, *_] = [fact for fact in facts() if fact.values.get("status") == "failed"]
    assert failed.text == (
        'tool call; agent: Lookout; action: search_harbour; status: failed; input: {"radius_m": 200}; '
        'details: The radar does not answer.; output: {"boats": 0}'
    )
    assert failed.seqs == [4, 5]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("People asked the agents to plan the 7:15 crossing.", (QUESTION,)),
        ("Lookout called search_harbour four times, and one call failed.", CALLS),
        ("Lookout used “search_harbour” 4 times.", CALLS),
        ("The Planner handed over to Mate.", (HAND,)),
        ("The Planner asked people “May she sail with 83 on board?”, and Ada chose to approve.", (ASK,)),
        ("Planner wrote that she sails at 7:15 and that 83 are on board.", (TEXT,)),
        ("The run was completed.", (END,)),
        ("A problem was reported: the tide table of today is missing.", (TIDE,)),
    ],
)
def test_what_the_facts_say_may_be_said(text: str, numbers: tuple[int, ...]) -> None:
    assert objection(text, cited(*numbers)) is None


@pytest.mark.parametrize(
    ("text", "numbers", "why"),
    [
        ("Lookout called search_harbour five times.", CALLS, "the number five"),
        ("Lookout called search_harbour 5 times.", CALLS, "the number 5"),
        ("Lookout called search_harbour dozens of times.", CALLS, "dozens"),
        ("The Planner wrote that 84 are on board.", (TEXT,), "the number 84"),
        ("She sails at 7:45.", (TEXT,), "the number"),
        ("Bob asked people whether she may sail.", (ASK,), "names Bob"),
        ("The Planner asked Bob.", (ASK,), "names Bob"),
        ("Lookout called fetch_weather.", CALLS, "names fetch_weather"),
        ("Lookout looked into harbour.db.", CALLS, "names harbour.db"),
        ("The Planner asked people “May she sail with 90 on board?”.", (ASK,), "nothing says"),
        ('The answer was: "She does not sail."', (TEXT,), "nothing says"),
        ("Ada chose to reject it.", (ASK,), "“reject”"),
        ("Lookout called search_harbour again because the radar was off.", CALLS, "“because”"),
        ("The Planner handed over to Mate in order to save time.", (HAND,), "“in order to”"),
        ("The Planner successfully handed over to Mate.", (HAND,), "“successfully”"),
        ("The Planner wanted to hand over to Mate.", (HAND,), "“wanted”"),
        ("The Planner will hand over to Mate.", (HAND,), "“will”"),
        ("The answer failed.", (TEXT,), "no fact has failed"),
        ("Ada chose not to approve it.", (ASK,), "“not”"),
        ("The Planner completed the tide table.", (TIDE,), "was completed"),
        ("Der Planner hat an Mate übergeben, und das war die letzte Aufgabe.", (HAND,), "not English"),
        ("Lookout hat vier Mal gesucht.", CALLS, ""),
        ("The run was completed. It was a fine run.", (END,), "one short sentence"),
        ("The run was completed" + " again" * 100 + ".", (END,), "one short sentence"),
        ("", (END,), "one short sentence"),
        ("The run was completed.", (), "no facts"),
        ("Lookout called search_harbour.", (HAND,), "names"),  # true, and the wrong facts
    ],
)
def test_what_the_facts_do_not_say_may_not_be_said(text: str, numbers: tuple[int, ...], why: str) -> None:
    found = objection(text, cited(*numbers))
    assert found is not None
    assert why in found


def test_what_is_asked_in_another_language_may_be_quoted() -> None:
    fact = Fact(1, "question", [1], {"question": "Wie viele sind an Bord, und wer ist der Kapitän?"})
    assert objection("A question was asked: “Wie viele sind an Bord, und wer ist der Kapitän?”", [fact]) is None
