"""Executions as n8n's API describes them. The recordings are of n8n 1.123.81."""

import json
from datetime import timedelta
from typing import Any

import pytest

from agents.connectors.codecs.n8n_execution import N8nExecution
from agents.telling.steps import StepRecord
from tests.support.recorded import FIXTURES
from utils.log.events import Usage

NO_SHIFT = timedelta()


def described(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FIXTURES / "n8n" / f"{name}-execution.json").read_text())
    return found


def records(execution: N8nExecution, shift: timedelta = NO_SHIFT) -> list[StepRecord]:
    return execution.records("Skipper", "n8n", shift)


def test_nodes_are_steps_and_models_and_tools_are_within_the_agent_that_used_them() -> None:
    execution = N8nExecution(described("agent"))
    told = [(one.kind, one.action, one.status, one.parent) for one in records(execution)]
    inside = "node/AI Agent/0"
    assert told == [
        ("step", "Webhook", "started", "n8n"), ("step", "Webhook", "completed", "n8n"),
        ("step", "AI Agent", "started", "n8n"),
        ("model", "Model", "started", inside), ("model", "Model", "completed", inside),
        ("tool", "look_up", "started", inside), ("tool", "look_up", "completed", inside),
        ("model", "Model", "started", inside), ("model", "Model", "completed", inside),
        ("step", "AI Agent", "completed", "n8n"),
    ]  # fmt: skip
    assert len({one.key for one in records(execution)}) == 5


def test_a_step_has_its_times_its_output_and_what_it_used() -> None:
    told = records(N8nExecution(described("agent")))
    tool = next(one for one in told if (one.kind, one.status) == ("tool", "completed"))
    assert tool.output == {"response": "1957: the engine was rebuilt by Ada"}
    model = next(one for one in told if (one.kind, one.status) == ("model", "completed"))
    assert model.usage == Usage(model="Model", input_tokens=11, output_tokens=7)
    begun, ended = (
        next(one for one in told if (one.action, one.status) == ("AI Agent", status))
        for status in ("started", "completed")
    )
    run = described("agent")["data"]["resultData"]["runData"]["AI Agent"][0]
    assert begun.time.timestamp() * 1000 == pytest.approx(run["startTime"])
    assert (ended.time - begun.time) / timedelta(milliseconds=1) == pytest.approx(run["executionTime"])


def test_a_clock_that_is_wrong_is_put_right() -> None:
    execution = N8nExecution(described("agent"))
    moved = zip(records(execution), records(execution, timedelta(hours=1)), strict=True)
    assert {later.time - one.time for one, later in moved} == {timedelta(hours=1)}


def test_the_head_of_the_request_is_told_to_nobody() -> None:
    assert "headers" not in repr(records(N8nExecution(described("agent"))))


def test_the_answer_is_what_the_last_node_returned() -> None:
    assert N8nExecution(described("agent")).answer == "The engine was rebuilt by Ada. "
    assert N8nExecution(described("broken")).answer == ""


def test_a_failure_has_a_node_and_a_reason_and_no_stack() -> None:
    execution = N8nExecution(described("broken"))
    assert (execution.status, execution.has_ended, execution.failure) == (
        "error", True, ("Code", "the tool broke [line 1]"),
    )  # fmt: skip
    failed = [one for one in records(execution) if one.status == "failed"]
    assert [(one.action, one.details) for one in failed] == [("Code", "the tool broke [line 1]")]


def test_what_was_sent_is_found_again() -> None:
    assert N8nExecution(described("agent")).holds("run-0123456789abcdef")
    assert not N8nExecution(described("agent")).holds("run-other")


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"data": None},
        {"data": {"resultData": None}},
        {"data": {"resultData": {"runData": {"A": None, "B": [None, {}], "C": [{"data": {"main": [None, [None]]}}]}}}},
        {"data": {"resultData": {"runData": {"A": [{"startTime": "x", "executionTime": -1, "source": [7]}]}}}},
        {"data": {"resultData": {"runData": {"A": [{"data": {"ai_tool": []}, "source": [{"previousNode": "A"}]}]}}}},
        {"status": "success", "data": {"resultData": {"error": "plain words", "lastNodeExecuted": "gone"}}},
    ],
)
def test_what_is_missing_is_no_error(described: dict[str, Any]) -> None:
    execution = N8nExecution(described)
    records(execution)
    assert (execution.id, execution.answer) == ("", "")
    assert isinstance(execution.failure[1], str)


def _ran(start: int, *rows: Any, **more: Any) -> dict[str, Any]:
    return {"startTime": start, "data": {"main": [[{"json": row} for row in rows]]}, **more}


def test_the_answer_is_that_of_the_node_that_answered_the_webhook() -> None:
    nodes = [
        {"name": "Agent", "type": "@n8n/n8n-nodes-langchain.agent"},
        {"name": "Respond", "type": "n8n-nodes-base.respondToWebhook"},
        {"name": "Unused", "type": "n8n-nodes-base.respondToWebhook"},
        {"name": "Slack", "type": "n8n-nodes-base.slack"},
    ]
    runs = {
        "Agent": [_ran(1, {"output": "The draft"})],
        "Respond": [_ran(2, {"output": "Ada."}), _ran(3, {"output": "Never sent"})],
        "Slack": [_ran(4, {"message": {"text": "sent to #ops"}})],
    }
    result = {"runData": runs, "lastNodeExecuted": "Slack"}
    described = {"data": {"resultData": result}, "workflowData": {"nodes": nodes}}
    assert N8nExecution(described).answer == "Ada."
    assert N8nExecution({**described, "workflowData": {"nodes": [*nodes[:1], nodes[3]]}}).answer == "sent to #ops"
    runs["Respond"] = [_ran(2, error={"message": "No"})]
    assert N8nExecution(described).answer == "sent to #ops"
