"""What a team of agents tells while it works, without the work: runs of nested steps, and drafts that are written."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import Any

from utils.log.events import AgentActivity, AgentMessage, AgentStatusUpdate, Citation, LoggedEvent, RunUpdate, Usage

RUN_EVENTS = 4_500  # about; a run ends with the beat in which it has so many
_DRAFT_BEATS = 60  # a draft of 7 KB; the next one replaces it
_AGENTS = ("Document Agent", "Research Agent", "Analysis Agent", "Writer Agent", "Review Agent")
_WRITER = "Writer Agent"
_PHASES = ("Reading", "Researching", "Writing", "Reviewing")
_WORDS = "In winter she may carry 84 passengers [1]; the log of 12 March says why: **the bow visor** had been welded. "
_CITED = [
    Citation(
        number=1,
        document_id="d1",
        document_name="harbour-log.pdf",
        passage_id=1,
        reference="page 12",
        quote="Winter certificate: 84 passengers.",
    )
]


def play(session_id: str) -> Iterator[LoggedEvent]:
    """The session's events for ever, one run after the other. Each is made, and gets its time, when it is taken."""
    for number in count(1):
        yield from _run(session_id, f"{session_id}-run-{number}", number)


def _run(session_id: str, run_id: str, number: int) -> Iterator[LoggedEvent]:
    of_run: dict[str, Any] = {"session_id": session_id, "run_id": run_id}
    update, message = partial(RunUpdate, **of_run), partial(AgentMessage, **of_run, agent_name=_WRITER)
    root = partial(AgentActivity, **of_run, agent_name="Supervisor", activity_id="root", action="Answer the question")
    yield update(status="queued", question=f"How many passengers may she carry in winter, and why? ({number})")
    yield update(status="running", model="tiny", attempt=1)
    yield root(status="started")
    told, draft = 3, 0
    for beat in count():
        if told >= RUN_EVENTS:
            break
        if beat % 20 == 0:
            yield update(
                status="running", phase=_PHASES[beat // 20 % len(_PHASES)], progress=min(0.99, told / RUN_EVENTS)
            )
            told += 1
        draft, place = divmod(beat, _DRAFT_BEATS)
        if draft and place == 0:
            yield message(message_id=f"draft-{draft - 1}", final=True, citations=_CITED)
            yield message(message_id=f"draft-{draft}", replaces=f"draft-{draft - 1}")
            told += 2
        for event in beat_events(of_run, beat, f"draft-{draft}"):
            yield event
            told += 1
    yield message(message_id=f"draft-{draft}", final=True, citations=_CITED)
    yield root(status="completed")
    yield update(status="completed", progress=1.0)


def beat_events(of_run: dict[str, Any], beat: int, draft: str) -> Iterator[LoggedEvent]:
    """One step of an agent with what it does inside: it looks something up twice, asks a model and writes a little."""
    agent, outer = _AGENTS[beat % len(_AGENTS)], f"step-{beat}"
    status = partial(AgentStatusUpdate, **of_run, agent_name=agent)
    step = partial(
        AgentActivity, **of_run, agent_name=agent, activity_id=outer, parent_id="root", action=f"Work on part {beat}"
    )
    yield status(status="working", details=f"Works on part {beat}")
    yield step(status="started", input={"part": beat})
    for look in (1, 2):
        tool = partial(
            AgentActivity, **of_run, agent_name=agent, activity_id=f"{outer}-tool-{look}", parent_id=outer,
            action=f"Search “winter passengers {beat}”", kind="tool",
        )  # fmt: skip
        yield tool(status="started", input={"query": f"winter passengers {beat}"})
        yield step(status="in-progress", details=f"Looks through {look} of 2 documents", progress=look / 4)
        yield tool(
            status="completed", details="12 passages", output=[{"passage": at, "score": 0.5} for at in range(12)]
        )
    model = partial(
        AgentActivity, **of_run, agent_name=agent, activity_id=f"{outer}-model", parent_id=outer,
        action="Ask the model", kind="model",
    )  # fmt: skip
    yield model(status="started", input={"messages": [{"role": "user", "content": _WORDS * 3}]})
    for piece in range(3):
        delta = _WORDS[piece * len(_WORDS) // 3 : (piece + 1) * len(_WORDS) // 3]
        if beat % 8 == 7 and piece == 2:
            delta += "\n\n"
        yield AgentMessage(**of_run, message_id=draft, agent_name=_WRITER, delta=delta)
    yield model(status="completed", output=_WORDS, usage=Usage(model="tiny", input_tokens=400, output_tokens=30))
    yield step(status="completed", details="Found in 2 documents", output={"found": beat}, progress=1.0)
    yield status(status="done", details=f"Is through with part {beat}")
