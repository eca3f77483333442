"""How many answers are right, honest, or wrong with confidence, by kind of file, of question, of notation and language."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from random import Random

from bench.asking import until_ready
from bench.report import Figure, Result, Table
from bench.server import data_directory, ringside
from bench.trust.library import library
from bench.trust.question import Nothing, Upload
from bench.trust.talk import Asked, talk

WRONG, RIGHT = 0.03, 0.65
_AT_ONCE = 3
_QUICK = 120


def figures(quick: bool) -> Iterator[Result]:
    """This month's questions, to the built-in mode."""
    yield from tables(list(ask(this_month(), questions=_QUICK if quick else None)))


def this_month() -> int:
    return int(time.strftime("%Y%m", time.gmtime()))


def ask(
    seed: int,
    *,
    questions: int | None = None,
    kinds: Sequence[str] = (),
    model: tuple[str, str] | None = None,
    seconds: float = 60,
) -> Iterator[Asked]:
    """Ask a server of its own: all questions of the seed, or so many of them; about all kinds of files, or these.

    ``model``: the address of a model server and the model's name there; without it, the built-in mode answers. A run that
    takes longer than ``seconds`` is cancelled.
    """
    uploads = [upload for upload in library(seed).values() if not kinds or upload.kind in kinds]
    if questions is not None:
        uploads = _sample(uploads, questions, Random(seed))
    settings = {"openai_base_url": model[0], "openai_model": model[1]} if model else {}
    with ExitStack() as stack:
        data = stack.enter_context(data_directory())
        server = stack.enter_context(ringside(data, agent_processes=2, ratelimit_enabled=0, **settings))
        until_ready(server)
        yield from talk(server, uploads, at_once=1 if model else _AT_ONCE, wait_seconds=seconds)


def _sample(uploads: Sequence[Upload], questions: int, rng: Random) -> list[Upload]:
    """So many of all questions, at random; files without one are left out."""
    every = [(at, question) for at, upload in enumerate(uploads) for question in upload.questions]
    taken = rng.sample(every, min(questions, len(every)))
    sampled = [
        replace(upload, questions=[question for of, question in taken if of == at]) for at, upload in enumerate(uploads)
    ]
    return [upload for upload in sampled if upload.questions]


def tables(asked: Sequence[Asked]) -> Iterator[Result]:
    known = [one for one in asked if not isinstance(one.question.right, Nothing)]
    wrong, right = _part(asked, "wrong"), _part(asked, "right")
    yield Figure(
        f"wrong with confidence, of {len(asked)} questions", f"{wrong:.1%}", f"at most {WRONG:.0%}", wrong / WRONG
    )
    yield Figure("right, of all", f"{right:.1%}", f"at least {RIGHT:.0%}", right / RIGHT, side="at least")
    right_known = _part(known, "right")
    yield Figure(
        f"right, of {len(known)} that the documents answer",
        f"{right_known:.1%}",
        f"at least {RIGHT:.0%}",
        right_known / RIGHT,
        side="at least",
    )
    yield Figure("runs that failed and uploads that were refused", str(sum(bool(one.reply.failure) for one in asked)))
    yield _table("file", asked, lambda one: one.upload.kind)
    yield _table("question", asked, lambda one: one.question.kind)
    yield _table("notation of numbers", [one for one in asked if one.upload.notation], lambda one: one.upload.notation)
    yield _table("language", asked, lambda one: one.question.language)


def _table(title: str, asked: Sequence[Asked], key: Callable[[Asked], str]) -> Table:
    rows = []
    for name in sorted({key(one) for one in asked}):
        of = [one for one in asked if key(one) == name]
        counts = [str(sum(one.verdict.outcome == outcome for one in of)) for outcome in ("right", "honest", "wrong")]
        rows.append((name, str(len(of)), *counts, f"{_part(of, 'right'):.0%}", f"{_part(of, 'wrong'):.0%}"))
    header = (title, "asked", "right", "honest", "wrong", "right %", "wrong %")
    return Table(
        f"Answers by kind of {title}" if title in ("file", "question") else f"Answers by {title}", header, tuple(rows)
    )


def _part(asked: Sequence[Asked], outcome: str) -> float:
    return sum(one.verdict.outcome == outcome for one in asked) / max(1, len(asked))
