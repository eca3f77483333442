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
        ("The Planner wrote that 84 are on board.", (TEXT,), "“84”"),
        ("She sails at 7:45.", (TEXT,), "the number"),
        ("Bob asked people whether she may sail.", (ASK,), "“bob”"),
        ("The Planner asked Bob.", (ASK,), "“bob”"),
        ("Lookout called fetch_weather.", CALLS, "“fetch”"),
        ("Lookout looked into harbour.db.", CALLS, "“looked”"),
        ("The Planner asked people “May she sail with 90 on board?”.", (ASK,), "nothing says"),
        ('The answer was: "She does not sail."', (TEXT,), "nothing says"),
        ("Ada chose to reject it.", (ASK,), "“reject”"),
        ("Lookout called search_harbour because the radar was off.", CALLS, "“because”"),
        ("The Planner handed over to Mate in order to save time.", (HAND,), "“order”"),
        ("The Planner successfully handed over to Mate.", (HAND,), "“successfully”"),
        ("The Planner wanted to hand over to Mate.", (HAND,), "“wanted”"),
        ("The Planner will hand over to Mate.", (HAND,), "“will”"),
        ("The answer failed.", (TEXT,), "“failed”"),
        ("Ada chose not to approve it.", (ASK,), "“not”"),
        ("The Planner completed the tide table.", (TIDE,), "not read"),
        ("Der Planner hat an Mate übergeben, und das war die letzte Aufgabe.", (HAND,), "not English"),
        ("Lookout hat vier Mal gesucht.", CALLS, ""),
        ("The run was completed. It was a fine run.", (END,), "one short sentence"),
        ("The run was completed" + " again" * 100 + ".", (END,), "one short sentence"),
        ("", (END,), "one short sentence"),
        ("The run was completed.", (), "no facts"),
        ("Lookout called search_harbour.", (HAND,), "“lookout”"),  # true, and the wrong facts
    ],
)
def test_what_the_facts_do_not_say_may_not_be_said(text: str, numbers: tuple[int, ...], why: str) -> None:
    found = objection(text, cited(*numbers))
    assert found is not None
    assert why in found


def call(number: int, action: str, status: str, **more: str) -> Fact:
    return Fact(number, "tool call", [number], {"agent": "Lookout", "action": action, "status": status, **more})


def decision(number: int, action: str, choice: str, person: str) -> Fact:
    values = {"agent": "Lookout", "action": action, "status": "completed", "choice": choice, "decided_by": person}
    return Fact(number, "question to people", [number], values)


def fact(label: str, **values: str) -> Fact:
    return Fact(1, label, [1], values)


UPLOAD = call(1, "upload_report", "failed", details="The disk is full.")
SEARCH, AGAIN = call(2, "search_harbour", "completed"), call(3, "search_harbour", "completed")
NEAR = call(4, "search_harbour", "completed", input='{"radius_m": 200}', output='{"boats": 3}')
ANNA, BEN = decision(5, "Call delete_file", "approve", "Anna"), decision(6, "Call read_file", "reject", "Ben")
UNSAFE = fact("text for the user", agent="Lookout", words="The backup is not safe. All tests passed.", state="finished")
WISH = fact("question", question="Delete the production database.")
UNDONE = fact("step", agent="Lookout", action="Delete the backup", status="failed")
GIVEN = fact("handoff", agent="Planner", action="Hand over to Mate", status="completed", input='{"to": "Mate"}')
FEW = fact("question to people", agent="Planner", action="Sail", status="completed", choice="yes", chosen="Only today",
           decided_by="Ada")  # fmt: skip
STOPPED = fact("tool call", agent="Lookout", action="search_harbour", status="cancelled")
PAUSED = fact("pause of the run", state="resumed")
COLD = fact("text for the user", agent="Lookout", words="It is -5 degrees.", state="finished")
PART = fact("text for the user", agent="Lookout", words="It costs 3.5 crowns.", state="finished")


@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("Three tool calls failed.", [UPLOAD, SEARCH, AGAIN]),
        ("All three tool calls failed.", [UPLOAD, SEARCH, AGAIN]),
        ("Two tool calls failed and one completed.", [UPLOAD, SEARCH, AGAIN]),
        ("One of two tool calls failed.", [UPLOAD, SEARCH, AGAIN]),
        ("The tool calls completed.", [UPLOAD, SEARCH]),
        ("The upload_report call completed and the search_harbour call failed.", [UPLOAD, SEARCH]),
        ("Ben approved delete_file and Anna rejected read_file.", [ANNA, BEN]),
        ("Ben approved the call of delete_file and Anna rejected the call of read_file.", [ANNA, BEN]),
        ("Anna chose to reject delete_file and Ben chose to approve read_file.", [ANNA, BEN]),
        ("The agent overwrote the production database and every backup.", [SEARCH]),
        ("All tests passed and the report is accurate.", [SEARCH]),
        ("Lookout ignored the policy and leaked the password to strangers.", [SEARCH]),
        ("Lookout found a fatal flaw in the contract.", [SEARCH]),
        ("Lookout called search_harbour 200 times.", [NEAR]),
        ("Lookout called search_harbour, with the output 200 boats.", [NEAR]),
        ("Lookout called search_harbour, with the output “3} 200”.", [NEAR]),
        ("Lookout wrote that the backup is safe.", [UNSAFE]),
        ("Lookout wrote “safe”.", [UNSAFE]),
        ("Lookout wrote that the backup passed.", [UNSAFE]),
        ("All tests passed.", [UNSAFE]),
        ("The agents deleted the production database.", [WISH]),
        ("People asked, and the agents delete the production database.", [WISH]),
        ("The agents asked people to delete the production database.", [WISH]),
        ("Lookout deleted the backup.", [UNDONE]),
        ("Lookout failed.", [UPLOAD]),
        ("The agent failed.", [UPLOAD]),
        ("Mate handed over to the Planner.", [GIVEN]),
        ("The Planner was handed over to Mate.", [GIVEN]),
        ("The Planner handed over from Mate.", [GIVEN]),
        ("Anna asked Lookout to call delete_file.", [ANNA]),
        ("Lookout approved delete_file.", [ANNA]),
        ("Lookout called delete_file.", [ANNA]),
        ("Delete_file was approved by Lookout.", [ANNA]),
        ("Anna approved read_file.", [ANNA]),
        ("Ada chose today.", [FEW]),
        ("Lookout cancelled search_harbour.", [STOPPED]),
        ("The run paused.", [PAUSED]),
        ("Lookout wrote that it is 5 degrees.", [COLD]),
        ("Lookout wrote that it is -5 degrees.", [COLD]),
        ("Lookout wrote that it costs 5 crowns.", [PART]),
        ("Lookout wrote that it costs 3/5 crowns.", [PART]),
        ("Lookout wrote “It costs 3”.", [PART]),
        ("People called search_harbour.", [SEARCH]),
        ("Lookout called people.", [SEARCH]),
        ("He approved delete_file.", [ANNA]),
        ("People were asked, and they approved delete_file.", [ANNA]),
        ("It was.", [SEARCH]),
    ],
)
def test_what_is_true_of_other_facts_or_of_none_may_not_be_said(text: str, grounds: list[Fact]) -> None:
    assert objection(text, grounds) is not None


@pytest.mark.parametrize(
    ("text", "grounds"),
    [
        ("One of three tool calls failed.", [UPLOAD, SEARCH, AGAIN]),
        ("Two tool calls completed and one failed.", [UPLOAD, SEARCH, AGAIN]),
        ("The upload_report call failed: “The disk is full.”", [UPLOAD]),
        ("Both search_harbour calls completed.", [SEARCH, AGAIN]),
        ("Anna approved delete_file.", [ANNA]),
        ("Delete_file was approved by Anna.", [ANNA]),
        ("Lookout asked people, and Ben chose to reject read_file.", [BEN]),
        ("Lookout wrote that the backup is not safe and that all tests passed.", [UNSAFE]),
        ("People asked the agents to delete the production database.", [WISH]),
        ("Delete the backup failed.", [UNDONE]),
        ("Lookout wrote that it costs 3.5 crowns.", [PART]),
        ("The run was resumed.", [PAUSED]),
    ],
)
def test_what_is_true_of_these_facts_may_be_said(text: str, grounds: list[Fact]) -> None:
    assert objection(text, grounds) is None


def test_what_is_asked_in_another_language_may_be_quoted() -> None:
    asked = fact("question", question="Wie viele sind an Bord, und wer ist der Kapitän?")
    assert objection("A question was asked: “Wie viele sind an Bord, und wer ist der Kapitän?”", [asked]) is None
