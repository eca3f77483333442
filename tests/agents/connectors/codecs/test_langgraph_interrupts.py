"""What graphs ask people, in each of the shapes that are known, and what they are told."""

from typing import Any

import pytest

from agents.connectors.codecs.langgraph_interrupts import Interrupt
from utils.database.moment import now
from utils.sessions.approval import Decision

REQUEST = {
    "action_request": {"action": "send_mail", "args": {"to": "ada@example.org", "copies": 2, "draft": {"a": 1}}},
    "config": {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True},
    "description": "Send this mail?",
}
REVIEW = {
    "action_requests": [
        {"name": "pay", "args": {"amount": 3.5, "urgent": True}, "description": "Pay?"},
        {"name": "tell", "args": {}},
    ],
    "review_configs": [
        {"action_name": "pay", "allowed_decisions": ["approve", "edit", "reject"]},
        {"action_name": "tell", "allowed_decisions": ["respond"]},
    ],
}


def interrupt(value: Any) -> Interrupt:
    return Interrupt("run-1/i", "i", value, lambda shown: shown)


def resumed(value: Any, *decisions: tuple[str, Any, str | None]) -> Any:
    asked = interrupt(value)
    known = {
        approval.key: Decision("decided", choice, values, comment, "Ada", "dashboard", now())
        for approval, (choice, values, comment) in zip(asked.approvals, decisions, strict=True)
    }
    assert asked.is_decided(known)
    return asked.resume(known)


@pytest.mark.parametrize(
    ("value", "question", "context"),
    [
        ("May I?", "May I?", None),
        ({"question": "May I?", "why": 1}, "May I?", {"question": "May I?", "why": 1}),
        ([{"description": "May I?"}], "May I?", [{"description": "May I?"}]),
        ({"amount": 3}, "The graph asks for a decision.", {"amount": 3}),
        (None, "The graph asks for a decision.", None),
        ([], "The graph asks for a decision.", []),
        ("", "The graph asks for a decision.", None),
        ("x" * 3000, "x" * 1999 + "…", None),
        ("half a \ud800 character", "half a \ufffd character", None),
    ],
)
def test_a_text_is_the_question_and_other_json_is_shown(value: Any, question: str, context: Any) -> None:
    [approval] = interrupt(value).approvals
    assert (approval.key, approval.question.question, approval.question.context) == ("run-1/i/0", question, context)
    assert [one.id for one in approval.question.choices] == ["approve", "reject", "respond"]
    assert approval.question.form == {
        "type": "object", "properties": {"answer": {"type": "string", "title": "Answer"}}
    }  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "values", "comment", "told"),
    [
        ("approve", None, None, True),
        ("reject", None, "No.", False),
        ("respond", {"answer": "Later."}, None, "Later."),
        ("respond", None, "Later.", "Later."),
        ("respond", None, None, ""),
    ],
)
def test_it_is_told_true_false_or_the_words(choice: str, values: Any, comment: str | None, told: Any) -> None:
    assert resumed("May I?", (choice, values, comment)) == told


@pytest.mark.parametrize("value", [REQUEST, [REQUEST]])
def test_a_human_interrupt_has_its_choices_and_its_arguments_as_a_form(value: Any) -> None:
    [approval] = interrupt(value).approvals
    asked = approval.question
    assert (asked.question, asked.context) == ("Send this mail?", REQUEST["action_request"])
    assert [one.id for one in asked.choices] == ["accept", "edit", "respond", "ignore"]
    assert asked.form is not None
    assert asked.form["properties"] == {
        "to": {"type": "string", "default": "ada@example.org"},
        "copies": {"type": "integer", "default": 2},
        "answer": {"type": "string", "title": "Answer"},
    }


@pytest.mark.parametrize(
    ("choice", "values", "told"),
    [
        ("accept", None, {"type": "accept", "args": None}),
        ("ignore", None, {"type": "ignore", "args": None}),
        ("respond", {"answer": "To Max."}, {"type": "response", "args": "To Max."}),
        (
            "edit",
            {"to": "max@example.org", "copies": 2},
            {
                "type": "edit",
                "args": {
                    "action": "send_mail", "args": {"to": "max@example.org", "copies": 2, "draft": {"a": 1}}
                },
            },
        ),
    ],
)  # fmt: skip
def test_it_is_told_a_list_of_what_langgraph_knows(choice: str, values: Any, told: Any) -> None:
    assert resumed([REQUEST], (choice, values, None)) == [told]


def test_several_human_interrupts_in_one_are_answered_in_their_order() -> None:
    first, second = {**REQUEST, "config": {"allow_accept": True}}, {**REQUEST, "config": {}}
    assert [[one.id for one in asked.question.choices] for asked in interrupt([first, second]).approvals] == [
        ["accept"], ["accept", "ignore"]
    ]  # fmt: skip
    told = resumed([first, second], ("accept", None, None), ("ignore", None, None))
    assert [one["type"] for one in told] == ["accept", "ignore"]


def test_an_argument_may_be_called_as_the_answer_is() -> None:
    request = {**REQUEST, "action_request": {"action": "say", "args": {"answer": "Yes."}}}
    [approval] = interrupt(request).approvals
    assert approval.question.form is not None
    assert list(approval.question.form["properties"]) == ["answer", "answer_"]
    assert resumed(request, ("respond", {"answer_": "No."}, None)) == [{"type": "response", "args": "No."}]


def test_the_middleware_of_langchain_is_answered_as_it_wants() -> None:
    asked = interrupt(REVIEW).approvals
    assert [one.question.question for one in asked] == ["Pay?", "May “tell” be used?"]
    assert [[choice.id for choice in one.question.choices] for one in asked] == [
        ["approve", "edit", "reject"], ["respond"]
    ]  # fmt: skip
    words = ("respond", {"answer": "Told."}, None)
    responded = {"type": "respond", "message": "Told."}
    for decision, told in (
        (("approve", None, None), {"type": "approve"}),
        (("reject", None, None), {"type": "reject"}),
        (("reject", None, "Too much."), {"type": "reject", "message": "Too much."}),
        (
            ("edit", {"amount": 3, "urgent": True}, None),
            {"type": "edit", "edited_action": {"name": "pay", "args": {"amount": 3, "urgent": True}}},
        ),
    ):
        assert resumed(REVIEW, decision, words) == {"decisions": [told, responded]}


def test_what_is_too_large_is_shown_in_part() -> None:
    request = {**REQUEST, "action_request": {"action": "say", "args": {"text": "é" * 100_000, "n": 1}}}
    [approval] = interrupt(request).approvals
    assert isinstance(approval.question.context, str)
    assert approval.question.form is not None
    assert list(approval.question.form["properties"]) == ["n", "answer"], "there is no room for the text"
    assert resumed(request, ("edit", {"n": 2}, None))[0]["args"]["args"] == {"text": "é" * 100_000, "n": 2}
