"""The stream of a run on a LangGraph server: bytes in, records out. No I/O.

Read are the modes ``messages-tuple`` (pieces of models' messages, and the answers of tools), ``tasks`` (nodes that
begin and end), ``updates`` (nodes that have ended, from servers without ``tasks``) and ``custom``. A part of a subgraph
has its way behind the event's name: ``messages|node:task|node:task``.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.connectors.codecs.langgraph_drafts import Drafts
from agents.connectors.codecs.langgraph_message import LangGraphMessage, arguments
from agents.outgoing.decoders import ServerSentEvent, SseDecoder, StreamError
from agents.telling.steps import Record, StepRecord, TextRecord
from agents.text.surrogates import WholeCharacters, well_formed, well_formed_value
from utils.log.events import ActivityKind, ActivityStatus, Usage

_MOST_DETAILS = 300  # characters
_MOST_ACTION = 200
_FROM_THE_BEGINNING = "-1"
_UNNAMED = "message"  # no event of such a server, or none of a server of this kind
_EMPTY = {"", "[DONE]"}
_READ = {"metadata", "messages", "messages-tuple", "tasks", "updates", "custom", "error", _UNNAMED}


@dataclass(slots=True)
class _Call:
    """Of a tool: its arguments arrive in pieces of JSON."""

    name: str
    arguments: str = ""
    is_told: bool = False


class LangGraphStream:
    """``drafts`` counts the messages that may be the answer.

    ``run_id`` is "" until it is known; ``failure`` is what the server said of one; ``heard`` counts events.
    """

    def __init__(self, agent: str, parent: str, drafts: int = 0) -> None:
        """The records are of this agent, below the step with the key ``parent``; ``drafts`` were told earlier."""
        self.run_id = ""
        self.failure = ""
        self.heard = 0
        self._agent = agent
        self._parent = parent
        self._events = SseDecoder()
        self._last_id, self._id_before = "", _FROM_THE_BEGINNING
        self._with_last_id = 0  # events that were heard with it
        self._known = 0  # events that are to come and were heard
        self._tasks: dict[str, tuple[str, str]] = {}  # id → parent and node, of those that have not ended
        self._told_nodes: set[str] = set()  # by tasks: their updates say nothing new
        self._updates = 0
        self._drafts = Drafts(agent, drafts)
        self._thought: str | None = None  # the message whose reasoning is open
        self._thinks = WholeCharacters()
        self._calls: dict[str, _Call] = {}
        self._call_of: dict[tuple[str, Any], str] = {}  # message and index → call
        self._used: dict[str, Counter[str]] = {}
        self._models: dict[str, str] = {}
        self._node_of: dict[str, str] = {}  # task → node, of tasks whose models have counted

    @property
    def drafts(self) -> int:
        return self._drafts.count

    def feed(self, data: bytes) -> list[Record]:
        """What these bytes tell. Raises StreamError."""
        return [record for event in self._events.feed(data) for record in self._event(event)]

    def rejoin(self) -> str:
        """The Last-Event-ID for another response: the next bytes are its.

        Events may share an id. The last one's is therefore asked for again, and what was heard of it is left out.
        """
        self._events = SseDecoder()
        self._known, self._with_last_id = self._with_last_id, 0
        return self._id_before

    def answered(self, answer: str) -> list[Record]:
        """The end of the answer, as the thread has it."""
        return [*self._thought_ended(), *self._drafts.answered(answer)]

    def _event(self, event: ServerSentEvent) -> list[Record]:
        if event.id != self._last_id:
            self._id_before = self._last_id or _FROM_THE_BEGINNING
            self._last_id, self._with_last_id, self._known = event.id, 0, 0
        self._with_last_id += 1
        if self._known:
            self._known -= 1
            return []
        name, *way = event.event.split("|")
        if name not in _READ or (name == _UNNAMED and event.data.strip() in _EMPTY):
            return []
        self.heard += 1
        return self._told(name, way, _sent(name, event.data))

    def _told(self, name: str, way: list[str], sent: Any) -> list[Record]:
        data = well_formed_value(sent)
        match name, data:
            case "metadata", {"run_id": str(run_id)}:
                self.run_id = run_id
                self._drafts.from_the_start()
            case "messages" | "messages-tuple", [dict(), dict(metadata)]:
                return self._said(sent[0], metadata)
            case "tasks", {"id": str(id), "name": str(node)}:
                return self._task(id, node, data, way)
            case "updates", dict():
                return self._update(data, way)
            case "custom", _:
                return [self._moved(data)]
            case "error", _:
                self.failure = reason(data)
        return []

    def _task(self, id: str, node: str, data: dict[str, Any], way: list[str]) -> list[Record]:
        if node.startswith("__"):
            return []
        key, parent = f"task/{id}", self._below(way)
        if "result" not in data and "error" not in data:
            self._tasks[id] = parent, node
            self._told_nodes.add(node)
            return [self._step(key, parent, node, "step", "started")]
        self._tasks.pop(id, None)
        records = [*self._thought_ended(), *self._drafts.task_ended(id)]
        if data.get("interrupts"):
            return [*records, self._step(key, parent, node, "step", "waiting", details="It asks a person.")]
        error = data.get("error")
        details = _short(reason(error)) if error else None
        status: ActivityStatus = "failed" if error else "completed"
        output, usage = data.get("result"), self._usage(id)
        return [*records, self._step(key, parent, node, "step", status, details, output=output or None, usage=usage)]

    def _update(self, data: dict[str, Any], way: list[str]) -> list[Record]:
        records: list[Record] = []
        for node, update in data.items():
            if node.startswith("__") or node in self._told_nodes:
                continue
            self._updates += 1
            key, parent = f"update/{self._updates}", self._below(way)
            records.append(self._step(key, parent, node, "step", "started"))
            usage = self._usage(*[task for task, its_node in self._node_of.items() if its_node == node])
            records.append(self._step(key, parent, node, "step", "completed", output=update, usage=usage))
        return records

    def _moved(self, data: Any) -> Record:
        """What a node writes of itself: it moves the node that began last."""
        id = next(reversed(self._tasks), None)
        details = _short(data if isinstance(data, str) else json.dumps(data, ensure_ascii=False))
        if id is None:
            return self._step(f"{self._parent}/custom", self._parent, "Progress", "step", "in-progress", details)
        return self._step(f"task/{id}", *self._tasks[id], "step", "in-progress", details)

    def _said(self, message: dict[str, Any], metadata: dict[str, Any]) -> list[Record]:
        """The message is as it was sent: half a character at the end of a piece has its other half in the next one."""
        said = LangGraphMessage.of(message)
        if said is None or said.role not in ("ai", "tool"):
            return []
        if said.role == "tool":
            return self._tool_answered(well_formed_value(said.fields), well_formed(said.text))
        id = well_formed(str(said.id or ""))
        task = str(metadata.get("langgraph_checkpoint_ns", "")).rpartition(":")[2]
        self._count(task, said.fields, metadata)
        records = self._called(id, said.fields)
        if said.thought:
            records += self._think(id, said.thought, task)
        if said.text:
            records += [*self._thought_ended(), *self._drafts.write(id, said, task)]
        return records

    def _think(self, id: str, thought: str, task: str) -> list[Record]:
        records = self._thought_ended() if self._thought not in (None, id) else []
        self._thought = id
        step = f"task/{task}" if task in self._tasks else self._parent
        key = f"reasoning/{id}"
        told = self._thinks.add(thought)
        return [*records, TextRecord(key, self._agent, delta=told, channel="reasoning", step=step)]

    def _thought_ended(self) -> list[Record]:
        if self._thought is None:
            return []
        key, self._thought = f"reasoning/{self._thought}", None
        return [TextRecord(key, self._agent, delta=self._thinks.rest(), final=True, channel="reasoning")]

    def _called(self, message: str, said: Mapping[str, Any]) -> list[Record]:
        """Tools that a model calls. Their steps are not below the node of the model, which ends before they begin."""
        records: list[Record] = []
        for sent in _dicts(said.get("tool_call_chunks")):
            piece = well_formed_value(sent)
            id = piece.get("id") or self._call_of.get((message, piece.get("index")), "")
            self._call_of[message, piece.get("index")] = id
            if id and piece.get("name"):
                self._calls.setdefault(id, _Call(str(piece["name"])))
            if id in self._calls:
                self._calls[id].arguments += arguments(sent)
                records += self._call_told(id)
        for call in well_formed_value(_dicts(said.get("tool_calls"))) if not said.get("tool_call_chunks") else []:
            if call.get("id") and call.get("name"):
                self._calls.setdefault(str(call["id"]), _Call(str(call["name"]), arguments(call)))
                records += self._call_told(str(call["id"]))
        return records

    def _call_told(self, id: str) -> list[Record]:
        call = self._calls[id]
        if call.is_told:
            return []
        call.is_told = True
        return [self._step(f"tool/{id}", self._parent, call.name, "tool", "started")]

    def _tool_answered(self, message: dict[str, Any], output: str) -> list[Record]:
        id = str(message.get("tool_call_id") or message.get("id"))
        call = self._calls.setdefault(id, _Call(str(message.get("name") or "Tool")))
        failed = message.get("status") == "error"
        return [
            *self._call_told(id),
            self._step(
                f"tool/{id}", self._parent, call.name, "tool", "failed" if failed else "completed",
                _short(output) if failed else None, input=_json(call.arguments), output=output,
            ),
        ]  # fmt: skip

    def _count(self, task: str, message: Mapping[str, Any], metadata: dict[str, Any]) -> None:
        used = message.get("usage_metadata")
        if isinstance(used, dict):
            counts = self._used.setdefault(task, Counter())
            counts.update({name: n for name, n in used.items() if isinstance(n, int) and n >= 0})
            for holder, name in (("input_token_details", "cache_read"), ("output_token_details", "reasoning")):
                apart = used.get(holder)
                if isinstance(apart, dict) and isinstance(n := apart.get(name), int) and n >= 0:
                    counts[name] += n
            self._models[task] = str(metadata.get("ls_model_name") or "model")
            self._node_of[task] = str(metadata.get("langgraph_node"))

    def _usage(self, *tasks: str) -> Usage | None:
        """Of what models have counted in these tasks."""
        found = {task: used for task in tasks if (used := self._used.pop(task, None))}
        if not found:
            return None
        used = sum(found.values(), Counter[str]())
        model = self._models[next(iter(found))]
        return Usage(
            model=model, input_tokens=used["input_tokens"], output_tokens=used["output_tokens"],
            cached_input_tokens=used.get("cache_read"), reasoning_tokens=used.get("reasoning"),
        )  # fmt: skip

    def _below(self, way: list[str]) -> str:
        """The step that a part of a subgraph belongs to."""
        task = way[-1].rpartition(":")[2] if way else ""
        return f"task/{task}" if task in self._tasks else self._parent

    def _step(
        self, key: str, parent: str, action: str, kind: ActivityKind, status: ActivityStatus,
        details: str | None = None, *, input: Any = None, output: Any = None, usage: Usage | None = None,
    ) -> Record:  # fmt: skip
        action = action[:_MOST_ACTION] or "Node"
        return StepRecord(
            key, parent, self._agent, action, kind, status, details, input=input, output=output,
            usage=usage,
        )  # fmt: skip


def _sent(name: str, data: str) -> Any:
    """What an event holds; no data is null. Raises StreamError."""
    if not data.strip():
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        if name == "error":
            return data
        raise StreamError("An event is no JSON.") from error


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _json(text: str) -> Any:
    try:
        return well_formed_value(json.loads(text))
    except (ValueError, RecursionError):
        return well_formed(text) or None


def reason(data: Any) -> str:
    """What the server says of a failure, "" for nothing."""
    match data:
        case {"message": str(message), "error": str(error)} if message:
            return f"{message} ({error})"  # an exception and its class
        case {"message": str(error)} | {"error": str(error)} | {"detail": str(error)}:
            return error
        case str():
            return data
    return ""


def _short(text: str) -> str:
    return text if len(text) <= _MOST_DETAILS else f"{text[: _MOST_DETAILS - 1]}…"
