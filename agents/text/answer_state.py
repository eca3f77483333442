"""What the agents share while they answer one question. JSON-like throughout: every step of it is checkpointed."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NotRequired, TypedDict

MOST_DRAFTS = 3  # The review sends a draft back at most twice.


class Turn(TypedDict):
    """An earlier message of the session."""

    role: Literal["user", "assistant"]
    content: str


class Part(TypedDict):
    """One question within the question.

    ``carried`` is the earlier question that a short follow-up leans on, with the follow-ups between them below it.
    """

    question: str
    carried: str
    research: bool
    arithmetic: bool


class Evidence(TypedDict):
    """A passage that may hold an answer; ``parts`` are the indices of the parts it was found for.

    ``title`` is the first line of its document. Checkpoints of version 0.1 have none.
    """

    passage_id: int
    document_id: str
    document_name: str
    reference: str
    text: str
    n: int
    title: NotRequired[str]
    parts: list[int]


class Finding(TypedDict):
    """The result of a calculation, with the rows it rests on.

    ``sentence`` says it in words, ``table`` is Markdown or empty. ``passage_id`` opens the first of the rows.
    """

    part: int
    document_id: str
    document_name: str
    passage_id: int
    reference: str
    quote: str
    sentence: str
    table: str
    strength: float


class Decline(TypedDict):
    """Why a part of the question is not answered from a table, as a clause: 'I do not know what … means'.

    ``unknown`` are the words that the table does not know. Checkpoints of version 0.1 have none.
    """

    part: int
    document_id: str
    reason: str
    unknown: NotRequired[list[str]]


class Copy(TypedDict):
    """A document with the same content as an earlier one, which is used instead."""

    name: str
    of: str
    of_id: str


class Problem(TypedDict):
    """A sentence that the review sent back, and why."""

    sentence: str
    reason: str


class Failure(TypedDict):
    """What an agent could not do. The run goes on with what the others have; the answer says what is missing."""

    what: str  # as a heading: "The calculations"
    code: str
    message: str
    retryable: bool


class AnswerState(TypedDict, total=False):
    question: str
    history: list[Turn]
    parts: list[Part]
    tables: list[str]  # Ids of documents that are tables.
    readable: int  # How many documents could be read.
    unread: list[str]  # What could not be read, a line for each document that is concerned.
    copies: dict[str, Copy]  # By the ids of documents that are left out.
    evidence: list[Evidence]
    findings: list[Finding]
    declined: list[Decline]
    failures: Annotated[list[Failure], operator.add]  # of all agents: those of a branch are added to the others'
    draft: str
    draft_as_written: str  # With the model's own numbers of sources, for a revision.
    draft_number: int
    draft_key: str
    draft_citations: list[dict[str, Any]]
    quoted: bool  # The draft quotes the documents, because the model found no words that they confirm.
    problems: list[Problem]
    queries: dict[str, str]  # What is searched for instead, by the queries that somebody has written anew.
    refused: list[str]  # Sentences of all drafts that did not hold.
    answer: str
    citations: list[dict[str, Any]]


def with_said(question: str, said: Sequence[str]) -> str:
    """The question as a model is given it, with what people have added since it was asked."""
    if not said:
        return question
    added = "\n".join(f"- {one}" for one in said)
    return f"{question}\n\nSince then the user has added, and this counts more than what was said before:\n{added}"
