"""A span as a step of an agent: what the log tells of it, whichever convention its program follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from utils.log.events import ActivityKind, Usage


@dataclass(frozen=True, slots=True)
class Step:
    """Ids are hexadecimal; a step without a parent is the root of its trace. It has ended when it is told of.

    ``agent`` is the agent that the span itself names; what names none is a step of the nearest agent around it, or of
    the ``service``. ``question`` and ``answer`` are a user's words in its input, and the text of its output.
    ``conversation`` is what the program calls the session. ``program`` tells the running programs of a trace apart, for
    each has a clock. ``queued``: a queue may lie between the span and the one around it. ``called``: the one around it
    is another program's, which may report elsewhere.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    conversation: str | None
    service: str
    program: str
    agent: str | None
    action: str
    kind: ActivityKind
    began: datetime
    ended: datetime
    queued: bool = False
    called: bool = False
    failed: bool = False
    details: str | None = None
    input: Any = None
    output: Any = None
    usage: Usage | None = None
    question: str | None = None
    answer: str | None = None


step_json: TypeAdapter[Step] = TypeAdapter(Step)
