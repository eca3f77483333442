import pytest

from agents.extraction.question import earlier_question, meant_documents, names, plan_parts, split, wants_summary
from agents.text.answer_state import Turn


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Who rebuilt the engine?", ["Who rebuilt the engine"]),
        (
            "How many passengers may she carry, who rebuilt her engine, and what was the mean by year?",
            ["How many passengers may she carry", "who rebuilt her engine", "what was the mean by year"],
        ),
        ("Where was she built and when did she sink?", ["Where was she built", "when did she sink"]),
        ("Which ship, which sank in 1928, was the oldest?", ["Which ship, which sank in 1928, was the oldest"]),
        ("Total passengers and crossings by year", ["Total passengers and crossings by year"]),
        ("What did the quay cost? Who paid?", ["What did the quay cost", "Who paid"]),
        ("Wann beginnt die Miete und wie hoch ist sie?", ["Wann beginnt die Miete", "wie hoch ist sie"]),
        ("Qui préside la réunion et où a-t-elle lieu ?", ["Qui préside la réunion", "où a-t-elle lieu"]),
        ("How many were cancelled in 1928 and why?", ["How many were cancelled in 1928", "why"]),
        ("Thanks!", ["Thanks"]),
        ("", [""]),
    ],
)
def test_a_question_is_cut_into_its_parts(question: str, parts: list[str]) -> None:
    assert split(question) == parts


def asked(question: str) -> Turn:
    return {"role": "user", "content": question}


HISTORY: list[Turn] = [asked("Mean winter passengers by year?"), {"role": "assistant", "content": "It rose."}]


@pytest.mark.parametrize("follow_up", ["and in summer?", "What about 1930?", "And who paid for it?", "Why?"])
def test_a_short_follow_up_leans_on_the_question_before(follow_up: str) -> None:
    assert earlier_question(follow_up, HISTORY) == "Mean winter passengers by year?"


@pytest.mark.parametrize(
    "question", ["Who rebuilt the engine of the Solveig in 1930?", "How much does an adult return ticket cost?"]
)
def test_a_whole_question_stands_alone(question: str) -> None:
    assert earlier_question(question, HISTORY) == ""


def test_a_chain_of_follow_ups_leans_on_all_of_it() -> None:
    leant_on = earlier_question("and in autumn?", [*HISTORY, asked("and in summer?")])
    assert leant_on == "Mean winter passengers by year?\nand in summer?"


@pytest.mark.parametrize("question", ["und im Sommer?", "et en été ?", "only in summer", "and how many?"])
def test_a_follow_up_is_one_in_each_language(question: str) -> None:
    assert earlier_question(question, HISTORY) == "Mean winter passengers by year?"
    assert not wants_summary(question)


def test_her_in_a_later_part_leans_on_the_part_before() -> None:
    parts = plan_parts("Where was the Solveig built, and who rebuilt her engine?", [])
    assert [part["carried"] for part in parts] == ["", "Where was the Solveig built"]


def test_names_and_numbers_are_what_an_answer_must_know() -> None:
    assert names("Who commanded the Solveig in 1928 at Lyngholm's quay?") == ["Solveig", "1928", "Lyngholm"]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Summarise the documents", True), ("What is in these documents?", True), ("Give me the key points", True),
        ("What is this document about?", True), ("Summarise the engine repair", False), ("What is her name?", False),
        ("Who is Olaf?", False), ("Summarize the contract", True), ("What do these documents contain?", True),
        ("What is the mail about?", True), ("What is the total amount?", False), ("Fasse den Bericht zusammen", True),
        ("Worum geht es in diesem Dokument?", True),
    ],
)  # fmt: skip
def test_a_question_about_the_whole_is_seen(question: str, wanted: bool) -> None:
    assert wants_summary(question) is wanted


NAMED = [("lease.docx", "Lease agreement"), ("minutes-may.md", "Minutes of the board"), ("notes.txt", "Notes")]


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("Summarize the contract", ["lease.docx"]),
        ("Summarise the minutes", ["minutes-may.md"]),
        ("Summarise the documents", [name for name, _ in NAMED]),
        ("Summarize the invoice", None),
    ],
)
def test_a_summary_is_of_the_document_that_is_meant(question: str, meant: list[str] | None) -> None:
    assert meant_documents(question, NAMED) == meant


def test_the_only_document_is_meant_whatever_it_is_called() -> None:
    assert meant_documents("Summarize the invoice", NAMED[:1]) == ["lease.docx"]


@pytest.mark.parametrize("question", ["?", "How many are there?", "…"])
def test_what_asks_nothing_leans_on_nothing(question: str) -> None:
    assert earlier_question(question, HISTORY) == ""
    assert not wants_summary("?")
