"""An execution as n8n's public API describes it (GET /api/v1/executions/{id}?includeData=true). No I/O."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.connectors.codecs.answers import answer_text
from agents.telling.steps import StepRecord
from utils.log.events import ActivityKind, ActivityStatus, Usage

_ENDED = {"success", "error", "canceled", "crashed"}
_KINDS: dict[str, ActivityKind] = {"ai_tool": "tool", "ai_languageModel": "model"}
_WITHIN_OTHERS = {"integrated", "error", "internal"}  # a sub-workflow, an error workflow, n8n's own
_RESPONDS = ".respondToWebhook"  # the end of that node's type, after the name of its package
_MOST_NODES = 1000
_MOST_REASON = 1000  # characters


@dataclass(frozen=True, slots=True)
class _NodeRun:
    """One time that a node ran."""

    node: str
    number: int
    said: Mapping[str, Any]

    @property
    def key(self) -> str:
        return f"node/{self.node}/{self.number}"

    @property
    def above(self) -> str | None:
        """The key of the agent that used it, if it is a model or a tool."""
        sources = self.said.get("source")
        source = sources[0] if isinstance(sources, list) and sources else None
        if self.connection == "main" or not isinstance(source, dict) or not source.get("previousNode"):
            return None
        return f"node/{source['previousNode']}/{int(_number(source.get('previousNodeRun')))}"

    @property
    def started(self) -> datetime | None:
        return _moment(self.said.get("startTime"))

    @property
    def connection(self) -> str:
        data = self.said.get("data")
        return next(iter(data), "main") if isinstance(data, dict) else "main"

    @property
    def rows(self) -> list[Any]:
        """The JSON of its items, of the first branch that has some."""
        return _rows(self.said.get("data"))

    @property
    def failure(self) -> str | None:
        error = self.said.get("error")
        return None if not error else _reason(error)


class N8nExecution:
    def __init__(self, described: Mapping[str, Any]) -> None:
        """``described``: the JSON object. What is missing in it is as good as empty."""
        self._described = dict(described)
        data = self._described.get("data")
        result = data.get("resultData") if isinstance(data, dict) else None
        self._result: dict[str, Any] = result if isinstance(result, dict) else {}
        nodes = self._result.get("runData")
        self._runs = [
            _NodeRun(str(node), number, run)
            for node, runs in (nodes if isinstance(nodes, dict) else {}).items()
            for number, run in enumerate(runs if isinstance(runs, list) else [])
            if isinstance(run, dict)
        ]
        self._runs.sort(key=lambda run: (run.said.get("startTime") or 0, run.said.get("executionIndex") or 0))

    @property
    def id(self) -> str:
        return str(self._described.get("id") or "")

    @property
    def workflow(self) -> str:
        return str(self._described.get("workflowId") or "")

    @property
    def status(self) -> str:
        """n8n's own word: new, running, waiting, success, error, canceled, crashed, unknown."""
        return str(self._described.get("status") or ("success" if self._described.get("finished") else "unknown"))

    @property
    def has_ended(self) -> bool:
        return self.status in _ENDED

    @property
    def is_within_another(self) -> bool:
        """Whether another execution began it, so that it may hold all that was sent to that one."""
        return self._described.get("mode") in _WITHIN_OTHERS

    @property
    def has_nodes(self) -> bool:
        return bool(self._runs)

    @property
    def started(self) -> datetime | None:
        return _moment(self._described.get("startedAt"))

    def holds(self, token: str) -> bool:
        """Whether these characters are anywhere in its data, as those that were sent to it are."""
        return token in json.dumps(self._described.get("data"), ensure_ascii=False)

    @property
    def answer(self) -> str:
        """What its webhook would have answered: what a Respond to Webhook node was given, or the last node returned."""
        last = self._responded() or self._last()
        return answer_text(last.rows) if last is not None else ""

    @property
    def failure(self) -> tuple[str, str]:
        """The node that failed and the reason; "" for what n8n does not say."""
        error = self._result.get("error")
        failed = next((run for run in reversed(self._runs) if run.failure is not None), None)
        node = error.get("node") if isinstance(error, dict) else None
        name = node.get("name") if isinstance(node, dict) else None
        reason = _reason(error) if error else (failed.failure or "" if failed is not None else "")
        return str(name or (failed.node if failed is not None else "")), reason

    def records(self, agent: str, parent: str, shift: timedelta) -> list[StepRecord]:
        """Its nodes as steps below ``parent``: begun and ended, models and tools within the agent that used them.

        ``shift`` is added to n8n's times: its clock may go wrong.
        """
        runs = self._runs[:_MOST_NODES]
        keys = {run.key for run in runs}
        above = {run.key: run.above if run.above in keys and run.above != run.key else parent for run in runs}
        told: list[StepRecord] = []
        left = {run.key: run for run in runs}

        def tell(run: _NodeRun) -> None:
            del left[run.key]
            begun = (run.started or self.started or datetime.now(UTC)) + shift
            started, ended = _records(run, agent, above[run.key], begun)
            told.append(started)
            for inner in [one for one in left.values() if above[one.key] == run.key]:
                if inner.key in left:
                    tell(inner)
            told.append(ended)

        for run in runs:
            if run.key in left and above[run.key] not in left:
                tell(run)
        return told

    def _responded(self) -> _NodeRun | None:
        """The run that answered the webhook: n8n takes the first."""
        workflow = self._described.get("workflowData")
        nodes = workflow.get("nodes") if isinstance(workflow, dict) else None
        responds = {
            node.get("name")
            for node in (nodes if isinstance(nodes, list) else [])
            if isinstance(node, dict) and str(node.get("type")).endswith(_RESPONDS)
        }
        runs = [run for run in self._runs if run.node in responds and run.failure is None]
        return min(runs, key=lambda run: run.number, default=None)

    def _last(self) -> _NodeRun | None:
        name = self._result.get("lastNodeExecuted")
        runs = [run for run in self._runs if run.node == name] or [
            run for run in self._runs if run.connection == "main"
        ]
        return max(runs, key=lambda run: run.number, default=None) if name else next(reversed(runs), None)


def _records(run: _NodeRun, agent: str, parent: str, begun: datetime) -> tuple[StepRecord, StepRecord]:
    kind, failure, action = _KINDS.get(run.connection, "step"), run.failure, run.node[:200] or "Node"
    ended = begun + timedelta(milliseconds=_number(run.said.get("executionTime")))
    given, usage = _one(_rows(run.said.get("inputOverride"))), _usage(run) if kind == "model" else None
    status: ActivityStatus = "completed" if failure is None else "failed"
    return (
        StepRecord(run.key, parent, agent, action, kind, "started", input=given, time=begun),
        StepRecord(
            run.key, parent, agent, action, kind, status, failure, output=_one(run.rows), usage=usage, time=ended
        ),
    )


def _rows(data: Any) -> list[Any]:
    """The JSON of the items of the first branch that has some. Of a webhook's, without the head of the request."""
    for branches in data.values() if isinstance(data, dict) else []:
        for items in branches if isinstance(branches, list) else []:
            if rows := [_row(item["json"]) for item in items or [] if isinstance(item, dict) and "json" in item]:
                return rows
    return []


def _row(row: Any) -> Any:
    if isinstance(row, dict) and {"headers", "params", "query", "body"} <= row.keys():
        return {name: value for name, value in row.items() if name != "headers"}  # they hold what opens the webhook
    return row


def _one(rows: list[Any]) -> Any:
    return rows[0] if len(rows) == 1 else rows or None


def _usage(run: _NodeRun) -> Usage | None:
    """n8n's models tell it within what they answered."""
    row = _one(run.rows)
    used = row.get("tokenUsage") or row.get("tokenUsageEstimate") if isinstance(row, dict) else None
    if not isinstance(used, dict):
        return None
    return Usage(
        model=run.node,
        input_tokens=int(_number(used.get("promptTokens"))),
        output_tokens=int(_number(used.get("completionTokens"))),
    )


def _reason(error: Any) -> str:
    """n8n's message and what it adds; the stack is for nobody."""
    if not isinstance(error, dict):
        return str(error)[:_MOST_REASON]
    words = [str(error[name]) for name in ("message", "description") if error.get(name)]
    return ": ".join(dict.fromkeys(words))[:_MOST_REASON]


def _moment(value: Any) -> datetime | None:
    """n8n's nodes tell milliseconds, its executions ISO 8601."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(value / 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value < 1e12 else 0.0
