"""Judged answers and steps as a data set: JSON Lines for programs, CSV for people."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from api.exports.csv_table import csv_head, csv_line
from utils.feedback.feedback_data import JudgedThing

_COLUMNS = (
    "id", "kind", "changed_at", "session_id", "session_title", "run_id", "retry_of", "run_status", "asked_at", "agent",
    "model", "question", "answer", "activity_id", "action", "step_kind", "step_status", "input", "output", "verdict",
    "up", "down", "judges", "comments", "withdrawn",
)  # fmt: skip


def feedback_json_lines(things: Iterable[JudgedThing], names: bool) -> Iterator[bytes]:
    for thing in things:
        yield json.dumps(feedback_object(thing, names), ensure_ascii=False).encode() + b"\n"


def feedback_csv(things: Iterable[JudgedThing], names: bool) -> Iterator[bytes]:
    """A row each, with judges and comments in one cell each."""
    columns = [column for column in _COLUMNS if names or column != "judges"]
    yield csv_head(columns)
    for thing in things:
        told = feedback_object(thing, names)
        told["judges"] = ", ".join(f"{one.by} ({one.verdict})" for one in thing.judgements)
        told["comments"] = "\n".join(f"{one.by}: {one.text}" if names else one.text for one in thing.comments)
        yield csv_line(told[column] for column in columns)


def feedback_object(thing: JudgedThing, names: bool) -> dict[str, Any]:
    """``names``: whether it says whose judgements and comments they are."""
    step = thing.step
    return {
        "id": thing.id,
        "kind": "answer" if thing.activity_id is None else "step",
        "changed_at": _moment(thing.changed_at),
        "session_id": thing.session_id,
        "session_title": thing.session_title,
        "run_id": thing.run_id,
        "retry_of": thing.retry_of,
        "run_status": thing.run_status,
        "asked_at": _moment(thing.asked_at),
        "agent": thing.agent or None,
        "model": ", ".join(thing.models) or None,
        "question": thing.question,
        "answer": thing.answer,
        "activity_id": thing.activity_id,
        "action": step.action if step is not None else None,
        "step_kind": step.kind if step is not None else None,
        "step_status": step.status if step is not None else None,
        "input": step.input if step is not None else None,
        "output": step.output if step is not None else None,
        "verdict": thing.verdict,
        "up": thing.up,
        "down": thing.down,
        "judgements": [
            {"verdict": one.verdict, "at": _moment(one.at)} | ({"by": one.by} if names else {})
            for one in thing.judgements
        ],
        "comments": [
            {"text": one.text, "at": _moment(one.changed_at or one.created_at)} | ({"by": one.by} if names else {})
            for one in thing.comments
        ],
        "withdrawn": thing.withdrawn,
    }


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")
