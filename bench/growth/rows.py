"""The rows of a team that has worked for years: its people, agents, sessions, messages, runs and events.

Each session has two runs, each with a question and an answer. Rows come in the order in which they were made: the first
runs of all sessions before the second ones. The same size gives the same rows.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from bench.dashboard.play import beat_events
from utils.log.events import AgentActivity, LoggedEvent, RunUpdate, encode_body

# What is looked for finds as much of a page in a small team as in a large one.
COMMON, RARE = "harbour", "capstan"  # in every other message; in twenty messages of all
TAG, PRIORITY = "often", "high"  # of every other session, all of which the team may watch
_RARE_MESSAGES = 20
_RUNS = 2
_RUN_EVENTS = (37, 38)
_TAGS = 50
_DAYS = 365
_SESSION, _RUN = b"the-session", b"the-run"  # what stands for the ids in the events that all sessions have

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Team:
    """``now``: milliseconds since 1970. ``first_session`` is the first one's key."""

    users: int
    agents: int
    sessions: int
    now: int
    team_key: int
    first_session: int = 1

    def user_rows(self) -> Iterator[Row]:
        for n in range(self.users):
            yield (
                f"user-bench-{n}", self.team_key, f"user-{n}@example.org", f"User {n}", "member", "no password", True,
                self.now,
            )  # fmt: skip

    def agent_rows(self) -> Iterator[Row]:
        for n in range(self.agents):
            words = self._paragraphs[n % len(self._paragraphs)]
            yield (
                f"agent-bench-{n}", self.team_key, f"Agent {n}", words[:100], '{"kind": "documents", "source": "none"}',
                words, True, False, self.now, self.now,
            )  # fmt: skip

    def session_rows(self, owners: list[int]) -> Iterator[Row]:
        """Every fourth is its owner's alone. A priority is a number here: 1 is normal, 2 high."""
        for n in range(self.sessions):
            moved = self._moved[n]
            title = " ".join(self._random.choices(self._words, k=5)) + (f" {COMMON}" if n % 10 == 0 else "")
            yield (
                self.first_session + n, f"team-{n}", title, False, 1, sum(_RUN_EVENTS), moved - 3_600_000, moved,
                self.team_key, owners[n % len(owners)], n % 4 != 3, 1 if n % 2 else 2,
            )  # fmt: skip

    def tag_rows(self) -> Iterator[Row]:
        for n in range(self.sessions):
            yield self.first_session + n, f"tag {n % _TAGS}"
            if n % 2 == 0:
                yield self.first_session + n, TAG

    def message_rows(self) -> Iterator[Row]:
        texts = self._texts()
        for run in range(_RUNS):
            for n in range(self.sessions):
                for role in ("user", "assistant"):
                    yield (
                        f"message-{n}-{run}-{role}", self.first_session + n, role, f"run-{n}-{run}", next(texts), "[]",
                        self._moved[n],
                    )  # fmt: skip

    def run_rows(self) -> Iterator[Row]:
        for run in range(_RUNS):
            for n in range(self.sessions):
                moved = self._moved[n]
                yield (
                    f"run-{n}-{run}", self.first_session + n, "completed", "What do the documents say?", 1, 0, 9, False,
                    1 + sum(_RUN_EVENTS[:run]), moved, moved, moved,
                )  # fmt: skip

    def event_rows(self) -> Iterator[Row]:
        for run, count in enumerate(_RUN_EVENTS):
            events = [(event.type, encode_body(event)) for event in _run_events(count)]
            first = 1 + sum(_RUN_EVENTS[:run])
            for n in range(self.sessions):
                session, run_id = f"team-{n}".encode(), f"run-{n}-{run}"
                for seq, (kind, body) in enumerate(events, first):
                    told = body.replace(_SESSION, session).replace(_RUN, run_id.encode())
                    yield self.first_session + n, seq, kind, run_id, told

    def _texts(self) -> Iterator[str]:
        """What is asked and answered, about 60 words each."""
        messages = 2 * _RUNS * self.sessions
        for n in range(messages):
            words = " ".join(self._random.choices(self._paragraphs, k=2))
            found = [COMMON] * (n % 2) + [RARE] * (n % (messages // _RARE_MESSAGES) == 0)
            yield " ".join([words, *found])

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(1)

    @cached_property
    def _words(self) -> list[str]:
        syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
        return ["".join(self._random.choices(syllables, k=3)) for _ in range(5000)]

    @cached_property
    def _paragraphs(self) -> list[str]:
        often = [1 / place for place in range(1, len(self._words) + 1)]  # as words are in any language
        return [" ".join(self._random.choices(self._words, often, k=30)) for _ in range(2000)]

    @cached_property
    def _moved(self) -> list[int]:
        """When each session moved last: in another order than they were made."""
        step = _DAYS * 86_400_000 // self.sessions
        return [self.now - step * place for place in self._random.sample(range(1, self.sessions + 1), self.sessions)]


def _run_events(count: int) -> list[LoggedEvent]:
    """A run of so many events, as agents tell it."""
    of_run = {"session_id": _SESSION.decode(), "run_id": _RUN.decode()}
    update = partial(RunUpdate, **of_run)
    root = partial(AgentActivity, **of_run, agent_name="Supervisor", activity_id="root", action="Answer the question")
    work = [event for number in (1, 2) for event in beat_events(of_run, number, "draft")]
    events: list[LoggedEvent] = [
        update(status="queued", question="What do the documents say?"), update(status="running", attempt=1),
        root(status="started"), *work, root(status="completed"),
    ]  # fmt: skip
    phases = [update(status="running", phase="Reviewing", progress=0.9)] * (count - len(events) - 1)
    return [*events, *phases, update(status="completed", progress=1.0)]
