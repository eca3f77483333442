"""Sessions with several files: one in which two answer the same question, and one in which each answers its own."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from bench.trust import stories_en, table_files
from bench.trust.picking import pick
from bench.trust.prose_files import write_docx, write_txt
from bench.trust.question import Expected, Nothing, Question, Readings, Upload


def two_leases(rng: Random) -> Upload:
    """What differs between them has two answers."""
    one, other = stories_en.lease(rng), stories_en.lease(rng)
    asked = []
    for fact, same in zip(one.facts, other.facts, strict=True):
        for (kind, texts, right), (_, _, second) in zip(fact.asks, same.asks, strict=True):
            asked.append(
                Question(rng.choice(list(texts)), "ambiguous", _either(right, second))
                if right != second
                else Question(texts[0], kind, right)
            )
    questions = rng.sample([question for question in asked if question.kind == "ambiguous"], 5) + one.unanswered(rng, 2)
    return Upload("lease-a.txt", "txt", write_txt(one), questions, beside=(("lease-b.docx", write_docx(other)),))


def _either(right: Expected, second: Expected) -> Readings:
    assert not isinstance(right, Nothing | Readings)
    assert not isinstance(second, Nothing | Readings)
    return Readings((right, second))


def table_beside_prose(rng: Random) -> Upload:
    """A table of orders beside minutes and a firm's profile, with questions about all of them."""
    table = table_files.BUILDERS["plain orders"](rng)
    minutes, profile = stories_en.minutes(rng), stories_en.profile(rng)
    questions = (
        pick(rng, table.questions, 5, 1)
        + pick(rng, minutes.questions(rng, 1), 4, 1)
        + pick(rng, profile.questions(rng, 1), 4, 1)
    )
    return replace(table, questions=[question for question in questions if not _elsewhere(question)],
                   beside=(("minutes.txt", write_txt(minutes)), ("profile.docx", write_docx(profile))))  # fmt: skip


def _elsewhere(question: Question) -> bool:
    """Whether another of the files answers what this one does not."""
    return isinstance(question.right, Nothing) and "managing director" in question.text


BUILDERS: dict[str, Callable[[Random], Upload]] = {"two leases": two_leases, "table beside prose": table_beside_prose}
