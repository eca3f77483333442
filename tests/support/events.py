"""Events and logs for tests."""

from datetime import UTC, datetime

from utils.log.activity_log import ActivityLog
from utils.log.events import (
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Citation,
    Error,
    LoggedEvent,
    RunUpdate,
    encode_body,
    encode_frame,
)

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)


def activity(session_id: str = "s1", details: str | None = None, run_id: str | None = None) -> AgentActivity:
    return AgentActivity(
        session_id=session_id,
        run_id=run_id,
        activity_id="step-1",
        agent_name="Document Agent",
        action="Processing document",
        status="in-progress",
        details=details,
    )


def citing(session_id: str, passage_id: int, run_id: str | None = None) -> AgentMessage:
    """The end of an answer that cites a passage."""
    cited = Citation(
        number=1, document_id="d", document_name="d.txt", passage_id=passage_id, reference="line 1", quote="A quote."
    )
    return AgentMessage(
        session_id=session_id, run_id=run_id, message_id=f"m{passage_id}", agent_name="Writer", delta="So it is. [1]",
        final=True, citations=[cited],
    )  # fmt: skip


def run_update(session_id: str, run_id: str, status: str) -> RunUpdate:
    return RunUpdate(session_id=session_id, run_id=run_id, status=status)


def varied(session_id: str, count: int) -> list[LoggedEvent]:
    """Events of every type and of many sizes, in two runs and in none."""
    made: list[LoggedEvent] = []
    for number in range(count):
        common = {"session_id": session_id, "run_id": (None, "run-a", "run-b")[number % 3]}
        text = ("é😀\r\n\u2028\0" * (number % 7 * 5)) + str(number)
        made.append(
            [
                AgentActivity(
                    **common, activity_id="a", agent_name="A", action="b", status="in-progress", input={"n": number}
                ),
                AgentStatusUpdate(**common, agent_name="A", status="working", details=text),
                AgentMessage(**common, message_id="m", agent_name="A", delta=text),
                RunUpdate(**common, status="running", phase=str(number)),
                Error(**common, code="c", message=text),
            ][number % 5]
        )
    return made


def fill(log: ActivityLog, session_id: str, count: int) -> bytes:
    """Append ``count`` varied events and return the wire of the whole log."""
    log.append(session_id, varied(session_id, count))
    return wire(log, session_id)


def wire(log: ActivityLog, session_id: str, after: int = 0) -> bytes:
    position = log.position(session_id)
    assert position is not None
    return b"".join([event.frame() for event in log.read(position.key, after, limit=1_000_000)])


def without_tools(event: LoggedEvent) -> LoggedEvent:
    """The event as it would be had it neither tool data, nor thoughts, nor words about either."""
    match event:
        case AgentMessage():
            return event.model_copy(update={"delta": ""} if event.channel == "reasoning" else {})
        case AgentActivity():
            action = "Use a tool" if event.kind == "tool" else event.action
            bare = dict.fromkeys(("details", "input", "output", "link"))
            return event.model_copy(update={**bare, "action": action})
        case AgentStatusUpdate():
            return event.model_copy(update={"details": None})
        case RunUpdate():
            return event.model_copy(update={"reason": None})
        case Error():
            return event.model_copy(update={"message": "Something went wrong. This link does not show what."})


def bare_wire(events: list[LoggedEvent], after: int = 0) -> bytes:
    """What a spectator sees of a log that has just these events, where tool data is hidden."""
    numbered = [(seq, event) for seq, event in enumerate(events, 1) if seq > after]
    return b"".join([encode_frame(seq, one.type, encode_body(without_tools(one))) for seq, one in numbered])
