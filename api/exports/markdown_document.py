"""The conversation of a session as Markdown.

What users, agents and documents wrote stands in block quotes, each line of it marked, so that its own headings, lists
and code stay what they are and cannot pass for headings of ours. Raw HTML, and definitions that would give a meaning to
links elsewhere in the file, are shown as text; of pictures, which would be fetched from elsewhere, the links.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from utils.sessions.messages import MessageRecord
from utils.sessions.runs import RunRecord
from utils.sessions.snapshot import SessionSnapshot

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|#~])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_OUTCOMES = {"queued": "Not begun yet", "running": "Still at work", "waiting": "Waiting"}


def markdown_document(snapshot: SessionSnapshot) -> Iterator[bytes]:
    for piece in _pieces(snapshot):
        yield piece.encode()


def _pieces(snapshot: SessionSnapshot) -> Iterator[str]:
    session = snapshot.session
    yield f"# {_inline(session.title)}\n\n"
    yield f"- Session: `{session.id}`\n- Begun: {_moment(session.created_at)}\n"
    yield f"- Exported: {_moment(datetime.now(UTC))}, up to event {snapshot.head}\n"
    if session.owner_name:
        yield f"- Owner: {_inline(session.owner_name)}\n"
    if session.tags:
        yield f"- Tags: {_inline(', '.join(session.tags))}\n"
    if session.priority != "normal":
        yield f"- Priority: {session.priority}\n"
    if snapshot.documents:
        yield "\n## Documents\n\n"
        for document in snapshot.documents:
            yield f"- {_inline(document.name)} ({document.size:,} bytes)\n"
    runs = {run.id: run for run in snapshot.runs}
    asked: dict[str, int] = {}  # by run: who asks again before there is an answer gets both answers below
    for message in snapshot.messages():
        run_id = message.run_id or ""
        if message.role == "user":
            asked[run_id] = len(asked) + 1
            yield f"\n## Question {asked[run_id]}, {_moment(message.created_at)}\n\n{_quoted(message.content)}\n"
            yield f"\n*{_outcome(runs.get(run_id))}*\n"
        else:
            to = f" to question {asked[run_id]}" if run_id in asked else ""
            yield f"\n### Answer{to}, {_moment(message.created_at)}\n\n{_quoted(message.content)}\n"
            yield from _sources(message)
    if not asked:
        yield "\nNothing has been asked yet.\n"


def _outcome(run: RunRecord | None) -> str:
    if run is None:
        return "There is no record of a run for it."
    if run.finished_at is None:
        words = _OUTCOMES.get(run.status, run.status.capitalize())
    else:
        took = (run.finished_at - (run.started_at or run.created_at)).total_seconds()
        words = f"{run.status.capitalize()} {_moment(run.finished_at)}, after {took:,.1f} seconds"
    return f"{words}: {_inline(run.reason)}" if run.reason else f"{words}."


def _sources(message: MessageRecord) -> Iterator[str]:
    citations: list[dict[str, Any]] = json.loads(message.citations)
    if not citations:
        return
    yield "\n#### Sources\n"
    for citation in citations:
        yield f"\n{citation['number']}. {_inline(citation['document_name'])}, {_inline(citation['reference'])}\n\n"
        yield _quoted(citation["quote"], "   > ") + "\n"


def _inline(text: str) -> str:
    """On one line, with nothing that Markdown would take for more than text, or that cannot be seen."""
    return _SPECIAL.sub(r"\\\1", "".join(one for one in " ".join(text.split()) if one.isprintable()))


def _quoted(text: str, mark: str = "> ") -> str:
    # Whatever stands in the brackets: a pattern for it would have gaps that the reader's program does not have.
    text = _TAG.sub("&lt;", text.strip()).replace("![", "&#33;[").replace("]:", "]\\:")
    return "\n".join((mark + line).rstrip() for line in _LINE_BREAK.split(text))


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
