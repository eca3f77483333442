"""Which of the possible questions about a file are asked."""

from collections.abc import Sequence
from random import Random

from bench.trust.question import Nothing, Question


def pick(rng: Random, asked: Sequence[Question], answered: int, missing: int) -> list[Question]:
    """So many of those that have an answer, of as many kinds as there are, and so many of those that have none."""
    without = [question for question in asked if isinstance(question.right, Nothing)]
    kinds: dict[str, list[Question]] = {}
    for question in rng.sample(list(asked), len(asked)):
        if not isinstance(question.right, Nothing):
            kinds.setdefault(question.kind, []).append(question)
    taken: list[Question] = []
    while len(taken) < answered and any(kinds.values()):
        taken += [questions.pop() for questions in kinds.values() if questions][: answered - len(taken)]
    return taken + rng.sample(without, min(missing, len(without)))
