"""CrewAI's events in any order: each waits for the one that it belongs to."""

import datetime
import json
import random
from types import SimpleNamespace
from typing import Any

import pytest


class Told:
    """Takes the place of the connection: keeps what is sent."""

    agent = "Tests"
    is_silent = False

    def __init__(self) -> None:
        from ringside.telling.session import Session

        self.bodies: list[dict[str, Any]] = []
        self._session = Session(self, "crew", None, "Tests")  # type: ignore[arg-type]

    def put(self, session: str, body: bytes) -> None:
        self.bodies.append(json.loads(body))

    def default_session(self) -> Any:
        return self._session

    def name_session(self, session: str, title: str) -> None:
        pass

    def has_told(self, error: object) -> None:
        pass

    def complain(self, error: Exception) -> None:
        raise error


def crew_events() -> list[Any]:
    def event(type: str, id: str, parent: str | None = None, started: str | None = None, **given: Any) -> Any:
        return SimpleNamespace(
            type=type, event_id=id, parent_event_id=parent, started_event_id=started, agent_role=None, task_name=None,
            timestamp=datetime.datetime.now(datetime.timezone.utc), **given,
        )  # fmt: skip

    return [
        event("crew_kickoff_started", "c", crew_name="crew", inputs={"ship": "Aurora"}),
        event("task_started", "t", "c", task=None, context=""),
        event("agent_execution_started", "a", "t", agent=SimpleNamespace(role="Researcher"), task_prompt="find"),
        event("flow_started", "f", "a", flow_name="AgentExecutor"),
        event("llm_call_started", "l", "f", model="tiny", messages=[]),
        event("llm_call_completed", "l2", "f", "l", model="tiny", response="look", usage={"prompt_tokens": 1}),
        event("tool_usage_started", "u", "f", tool_name="look_up", tool_args={}),
        event("tool_usage_error", "u2", "f", "u", tool_name="look_up", error="no such word"),
        event("flow_finished", "f2", "a", "f", flow_name="AgentExecutor", result="x"),
        event("agent_execution_completed", "a2", "t", "a", agent=SimpleNamespace(role="Researcher"), output="Ada"),
        event("task_completed", "t2", "c", "t", output=SimpleNamespace(raw="Ada", agent="Researcher")),
    ]


def told(events: list[Any]) -> dict[str, tuple[str, str]]:
    """The status of each step at its end, and the action of what encloses it."""
    from ringside.crewai import Listener

    client = Told()
    listener = Listener(client=client)  # type: ignore[arg-type]
    for event in events:
        listener.handle(None, event)
    steps = [body for body in client.bodies if body["type"] == "agentActivity"]
    names = {body["activity_id"]: body["action"] for body in steps}
    return {
        body["action"]: (body["status"], names.get(body.get("parent_id"), "-"))
        for body in steps
        if body["status"] != "started"
    }


@pytest.mark.filterwarnings("default")  # CrewAI warns when it is loaded
def test_the_order_of_arrival_makes_no_difference() -> None:
    events = crew_events()
    expected = {
        "Task": ("completed", "-"), "Work as Researcher": ("completed", "Task"),
        "Ask tiny": ("completed", "Work as Researcher"), "look_up": ("failed", "Work as Researcher"),
    }  # fmt: skip
    assert told(events) == expected
    for seed in range(300):
        mixed = list(events)
        random.Random(seed).shuffle(mixed)
        assert told(mixed) == expected, seed


@pytest.mark.filterwarnings("default")
def test_what_waits_for_what_never_comes_keeps_no_place() -> None:
    from ringside.crewai import _MOST_WAITING, Listener

    client = Told()
    listener = Listener(client=client)  # type: ignore[arg-type]
    now = datetime.datetime.now(datetime.timezone.utc)
    for number in range(_MOST_WAITING + 1_000):
        lost = SimpleNamespace(
            type="tool_usage_finished", event_id=f"o{number}", parent_event_id=None, started_event_id=f"lost{number}",
            timestamp=now,
        )  # fmt: skip
        listener.handle(None, lost)
    for event in reversed(crew_events()):
        listener.handle(None, event)
    ended = {
        body["action"] for body in client.bodies if body["type"] == "agentActivity" and body["status"] != "started"
    }
    assert ended == {"Task", "Work as Researcher", "Ask tiny", "look_up"}
    assert listener._count == sum(map(len, listener._waiting.values())) <= _MOST_WAITING


@pytest.mark.filterwarnings("default")
def test_what_has_ended_keeps_no_output() -> None:
    from ringside.crewai import Listener
    from ringside.telling.step import Step

    client = Told()
    listener = Listener(client=client)  # type: ignore[arg-type]
    for event in crew_events():
        listener.handle(None, event)
    assert "Ada" in [body.get("output") for body in client.bodies]
    known = [scope for scope in listener._trace._known.values() if isinstance(scope, Step)]
    assert known
    assert {scope.output for scope in known} == {None}
