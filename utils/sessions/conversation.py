"""The conversation of a session as the dashboard shows it: each question with what became of it.

Questions and answers are messages. What an answer was when its run was stopped, and what agents outside Ringside say,
only the log knows; it is read as frontend/src/app/state/fold.ts does.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from utils.log.events import ENDED_RUN
from utils.log.store import StoredEvent
from utils.sessions.messages import MessageRecord
from utils.sessions.run_message import RunMessageRecord
from utils.sessions.runs import RunRecord
from utils.sessions.snapshot import SessionSnapshot


@dataclass(slots=True)
class Answer:
    """Markdown, of which ``[1]`` refers to the citation with that number. ``final``: all of it was written."""

    text: str
    at: datetime
    final: bool
    citations: list[dict[str, Any]]


@dataclass(slots=True)
class Turn:
    """``question`` is None where agents wrote without one; ``status`` is None where nothing is known of a run."""

    asked_at: datetime
    began_at: datetime
    place: int  # the seq of its first event
    question: str | None = None
    told: list[RunMessageRecord] = field(default_factory=list)  # what people said to the agents meanwhile
    answers: list[Answer] = field(default_factory=list)
    status: str | None = None
    reason: str | None = None
    finished_at: datetime | None = None


def conversation(snapshot: SessionSnapshot) -> list[Turn]:
    """The turns in the order in which they were asked."""
    runs = {run.id: run for run in snapshot.runs}
    turns = _stored(snapshot.messages(), runs)
    # Agents elsewhere may write on while some of their texts are messages already.
    ours = {run_id for run_id, run in runs.items() if not run.reported}
    told = _told(snapshot.events(), {run_id for run_id, turn in turns.items() if turn.answers and run_id in ours})
    for run_id, turn in told.items():
        if run_id in turns:
            if len(turn.answers) >= len(
                turns[run_id].answers
            ):  # what the log does not keep any more is a message still
                turns[run_id].answers = turn.answers
        elif turn.question is not None or turn.answers:
            turns[run_id] = turn
    for message in snapshot.run_messages:
        if message.run_id in turns:
            turns[message.run_id].told.append(message)
    return sorted(turns.values(), key=lambda turn: turn.place)


def _stored(messages: Iterable[MessageRecord], runs: dict[str, RunRecord]) -> dict[str | None, Turn]:
    """The turns that messages make, by run."""
    turns: dict[str | None, Turn] = {}
    place = 0
    for message in messages:
        run, turn = runs.get(message.run_id or ""), turns.get(message.run_id)
        place = run.first_seq if run is not None else place  # with what was said before it
        if turn is None:
            turn = turns[message.run_id] = Turn(message.created_at, message.created_at, place)
            if run is not None:
                turn.began_at = run.started_at or run.created_at
                turn.status, turn.reason, turn.finished_at = run.status, run.reason, run.finished_at
        if message.role == "user":
            turn.question = message.content
        else:
            turn.answers.append(Answer(message.content, message.created_at, True, json.loads(message.citations)))
    return turns


def _told(events: Iterable[StoredEvent], answered: set[str | None]) -> dict[str | None, Turn]:
    """The turns that the log makes, by run, without those that are ``answered``."""
    turns: dict[str | None, Turn] = {}
    texts: dict[tuple[str | None, str], Answer] = {}
    replaced: set[tuple[str | None, str]] = set()
    for stored in events:
        if stored.type not in ("agentMessage", "runUpdate") or stored.run_id in answered:
            continue
        event = json.loads(stored.body)
        at = datetime.fromisoformat(event["time"])
        turn = turns.setdefault(stored.run_id, Turn(at, at, stored.seq))
        if stored.type == "runUpdate":
            turn.question = event.get("question", turn.question)
            turn.status, turn.reason = event["status"], event.get("reason")
            turn.finished_at = at if event["status"] in ENDED_RUN else None
        elif "channel" not in event:  # what is said beside the answer is no part of it
            text = texts.setdefault((stored.run_id, event["message_id"]), Answer("", at, False, []))
            text.text += event["delta"]
            text.final, text.citations = event["final"], event.get("citations", text.citations)
            if "replaces" in event:
                replaced.add((stored.run_id, event["replaces"]))
    for place, text in texts.items():
        if place not in replaced:
            turns[place[0]].answers.append(text)
    return turns
