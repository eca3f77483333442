"""The conversation of a session as Markdown, in the order and with the parts that the dashboard shows.

What users, agents and documents wrote stands in block quotes, each line of it marked, so that its own headings, lists
and code stay what they are and cannot pass for headings of ours. Raw HTML, and definitions that would give a meaning to
links elsewhere in the file, are shown as text; of pictures, which would be fetched from elsewhere, the links.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from utils.log.events import Delivery
from utils.sessions.conversation import Answer, Turn, conversation
from utils.sessions.run_message import RunMessageRecord
from utils.sessions.snapshot import SessionSnapshot

_SPECIAL = re.compile(r"([\\`*_\[\]<>&|#~])")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_OUTCOMES = {"queued": "Not begun yet", "running": "Still at work", "waiting": "Waiting"}

_RECEIPTS: Mapping[Delivery, str] = {
    "queued": "Waiting to be read", "steered": "Read by the agents", "next-turn": "Asked next", "refused": "Not read",
}  # fmt: skip


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
    turns = conversation(snapshot)
    number = 0
    for turn in turns:
        of = ""
        if turn.question is not None:
            number += 1
            of = f" to question {number}"
            yield f"\n## Question {number}, {_moment(turn.asked_at)}\n\n{_quoted(turn.question)}\n"
        for message in turn.told:
            by = f" by {_inline(message.author)}" if message.author else ""
            yield f"\n### Told the agents meanwhile{by}, {_moment(message.created_at)}\n\n{_quoted(message.text)}\n"
            yield f"\n*{_receipt(message)}*\n"
        for answer in turn.answers:
            when = _moment(answer.at) if answer.final else "not finished"
            yield f"\n### Answer{of}, {when}\n\n{_quoted(answer.text)}\n"
            yield from _sources(answer)
        if turn.question is not None or turn.status is not None:
            yield f"\n*{_outcome(turn)}*\n"
    if not number:
        yield "\nNothing has been asked yet.\n"


def _outcome(turn: Turn) -> str:
    if turn.status is None:
        return "There is no record of a run for it."
    if turn.finished_at is None:
        words = _OUTCOMES.get(turn.status, turn.status.capitalize())
    else:
        took = (turn.finished_at - turn.began_at).total_seconds()
        words = f"{turn.status.capitalize()} {_moment(turn.finished_at)}, after {took:,.1f} seconds"
    return f"{words}: {_inline(turn.reason)}" if turn.reason else f"{words}."


def _receipt(message: RunMessageRecord) -> str:
    words = _RECEIPTS[message.delivery]
    if message.delivery == "steered" and message.settled_at is not None:
        return f"{words} {_moment(message.settled_at)}."
    return f"{words}: {_inline(message.reason)}" if message.reason else f"{words}."


def _sources(answer: Answer) -> Iterator[str]:
    if not answer.citations:
        return
    yield "\n#### Sources\n"
    for citation in answer.citations:
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
