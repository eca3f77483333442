"""Right, honest, or wrong with confidence: what an answer is worth, by machine and without the product's help."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bench.trust.question import Nothing, Number, Question, Readings
from bench.trust.said import Said
from bench.trust.values import holds

Outcome = Literal["right", "honest", "wrong"]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the product said. ``failure``: the code of the error that ended the run, or that refused the file."""

    text: str
    citations: int = 0
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    why: str = ""


def judge(question: Question, reply: Reply, *files: str) -> Verdict:
    """The names of the ``files`` are no part of what is said, though they may hold numbers and words of the answer."""
    text = reply.text
    for name in files:
        text = text.replace(name, " ")
    said = Said(text, question)
    right = question.right
    if reply.failure:
        return _failed(question, reply, said)
    if isinstance(right, Nothing):
        return _nothing(right, said)
    if isinstance(right, Readings):
        return _readings(right, said)
    fault = said.fault(right)
    if not fault:
        return Verdict("right") if reply.citations else Verdict("wrong", "right, but without a citation")
    return Verdict("honest") if said.declines() else Verdict("wrong", fault)


def _failed(question: Question, reply: Reply, said: Said) -> Verdict:
    if reply.failure == "internal_error":
        return Verdict("wrong", "the run failed with an internal error")
    unread = isinstance(question.right, Nothing) and question.right.unreadable and said.says_unread()
    return Verdict("right" if unread else "honest", f"failed: {reply.failure}")


def _nothing(right: Nothing, said: Said) -> Verdict:
    if right.unreadable:
        if said.says_unread():
            return Verdict("right")
        return (
            Verdict("honest")
            if said.declines()
            else Verdict("wrong", "it does not say that something could not be read")
        )
    if said.says_none() or said.declines() or (right.zero and holds(said.text, Number(Decimal(0)))):
        return Verdict("right")
    return Verdict("wrong", "the documents do not say this")


def _readings(right: Readings, said: Said) -> Verdict:
    faults = [said.fault(value) for value in right.values]
    every = len(right.values) == 1 or all(holds(said.text, value) for value in right.values)
    if not all(faults) and (every or said.says_how()):
        return Verdict("right")
    if said.declines():
        return Verdict("right" if any(word in said.text for word in right.reasons) else "honest")
    return Verdict("wrong", faults[0] or "it does not say how it was read")
