"""The stream of a run on a LangGraph server: bytes in, records out. No I/O.

Read are the modes ``messages-tuple`` (pieces of models' messages, and the answers of tools), ``tasks`` (nodes that
begin and end), ``updates`` (nodes that have ended, from servers without ``tasks``) and ``custom``. A part of a subgraph
has its way behind the event's name: ``messages|node:task|node:task``.
"""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from agents.outgoing.decoders import ServerSentEvent, SseDecoder, StreamError
from agents.telling.steps import Record, StepRecord, TextRecord
from agents.text.surrogates import WholeCharacters, well_formed, well_formed_value
from utils.log.events import ActivityKind, ActivityStatus, Usage

_MOST_DETAILS = 300  # characters
_MOST_ACTION = 200
_FROM_THE_BEGINNING = "-1"


@dataclass(slots=True)
class _Call:
    """Of a tool: its arguments arrive in pieces of JSON."""

    name: str
    arguments: str = ""
    is_told: bool = False


class LangGraphStream:
    """``drafts`` counts the messages of the answer: each takes the place of the one before.

    ``run_id`` is "" until it is known; ``failure`` is what the server said of one; ``heard`` counts events.
    """

    def __init__(self, agent: str, parent: str, drafts: int = 0) -> None:
        """The records are of this agent, below the step with the key ``parent``; ``drafts`` were told earlier."""
        self.drafts = drafts
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
        self._message = ""  # the id of the draft's
        self._draft = ""
        self._characters = WholeCharacters()
        self._thought: str | None = None  # the message whose reasoning is open
        self._thinks = WholeCharacters()
        self._calls: dict[str, _Call] = {}
        self._call_of: dict[tuple[str, Any], str] = {}  # message and index → call
        self._used: dict[str, Counter[str]] = {}
        self._models: dict[str, str] = {}

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
        records, rest = self._thought_ended(), self._characters.rest()
        if self._draft + rest == answer and self._message:
            return [*records, self._text(rest, final=True)]
        before = self._key() if self.drafts else None
        self.drafts += 1
        return [*records, TextRecord(self._key(), self._agent, delta=answer, final=True, replaces=before)]

    def _event(self, event: ServerSentEvent) -> list[Record]:
        if event.id != self._last_id:
            self._id_before = self._last_id or _FROM_THE_BEGINNING
            self._last_id, self._with_last_id, self._known = event.id, 0, 0
        self._with_last_id += 1
        if self._known:
            self._known -= 1
            return []
        self.heard += 1
        name, *way = event.event.split("|")
        try:
            sent = json.loads(event.data)
            data = well_formed_value(sent)
        except (ValueError, RecursionError) as error:
            raise StreamError("An event is no JSON.") from error
        match name, data:
            case "metadata", {"run_id": str(run_id)}:
                self.run_id = run_id
                self.drafts = self.drafts if self._message else 0  # all of the stream comes, from its beginning
            case "messages", [dict(), dict(metadata)]:
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
        records = self._thought_ended()
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
            records.append(self._step(key, parent, node, "step", "completed", output=update))
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
        kind, id = str(message.get("type", "")).lower(), well_formed(str(message.get("id") or ""))
        if kind == "tool":
            return self._tool_answered(well_formed_value(message))
        if not kind.startswith("ai"):
            return []
        task = str(metadata.get("langgraph_checkpoint_ns", "")).rpartition(":")[2]
        self._count(task, message, metadata)
        text, thought = _parts(message)
        is_piece = kind != "ai"  # AIMessageChunk
        records = self._called(id, message)
        if thought:
            records += self._think(id, thought, task)
        if text and (is_piece or id != self._message or not id):
            records += self._write(id, text)
        return records

    def _write(self, id: str, text: str) -> list[Record]:
        records = self._thought_ended()
        replaces = None
        if id != self._message or not self._message:
            if self._message:
                replaces = self._key()
                records.append(self._text(self._characters.rest(), final=True))
            elif self.drafts:
                replaces = self._key()
            self.drafts += 1
            self._message, self._draft, self._characters = id or f"message {self.drafts}", "", WholeCharacters()
        piece = self._characters.add(text)
        self._draft += piece
        return [*records, self._text(piece, replaces=replaces)]

    def _text(self, delta: str = "", *, final: bool = False, replaces: str | None = None) -> Record:
        return TextRecord(self._key(), self._agent, delta=delta, final=final, replaces=replaces)

    def _key(self) -> str:
        return f"answer/{self.drafts}"

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

    def _called(self, message: str, said: dict[str, Any]) -> list[Record]:
        """Tools that a model calls. Their steps are not below the node of the model, which ends before they begin."""
        records: list[Record] = []
        for sent in _dicts(said.get("tool_call_chunks")):
            piece = well_formed_value(sent)
            id = piece.get("id") or self._call_of.get((message, piece.get("index")), "")
            self._call_of[message, piece.get("index")] = id
            if id and piece.get("name"):
                self._calls.setdefault(id, _Call(str(piece["name"])))
            if id in self._calls:
                self._calls[id].arguments += str(sent.get("args") or "")
                records += self._call_told(id)
        for call in well_formed_value(_dicts(said.get("tool_calls"))) if not said.get("tool_call_chunks") else []:
            if call.get("id") and call.get("name"):
                arguments = json.dumps(call.get("args"), ensure_ascii=False)
                self._calls.setdefault(str(call["id"]), _Call(str(call["name"]), arguments))
                records += self._call_told(str(call["id"]))
        return records

    def _call_told(self, id: str) -> list[Record]:
        call = self._calls[id]
        if call.is_told:
            return []
        call.is_told = True
        return [self._step(f"tool/{id}", self._parent, call.name, "tool", "started")]

    def _tool_answered(self, message: dict[str, Any]) -> list[Record]:
        id = str(message.get("tool_call_id") or message.get("id"))
        call = self._calls.setdefault(id, _Call(str(message.get("name") or "Tool")))
        failed = message.get("status") == "error"
        output, _ = _parts(message)
        return [
            *self._call_told(id),
            self._step(
                f"tool/{id}", self._parent, call.name, "tool", "failed" if failed else "completed",
                _short(output) if failed else None, input=_json(call.arguments), output=output,
            ),
        ]  # fmt: skip

    def _count(self, task: str, message: dict[str, Any], metadata: dict[str, Any]) -> None:
        used = message.get("usage_metadata")
        if isinstance(used, dict):
            counts = self._used.setdefault(task, Counter())
            counts.update({name: n for name, n in used.items() if isinstance(n, int) and n >= 0})
            self._models[task] = str(metadata.get("ls_model_name") or "model")

    def _usage(self, task: str) -> Usage | None:
        used = self._used.pop(task, None)
        if not used:
            return None
        return Usage(model=self._models[task], input_tokens=used["input_tokens"], output_tokens=used["output_tokens"])

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


def message_text(message: dict[str, Any]) -> str:
    return _parts(message)[0]


def _parts(message: dict[str, Any]) -> tuple[str, str]:
    """What a message says, and what its model thought."""
    content, text, thought = message.get("content"), "", ""
    extra = message.get("additional_kwargs")
    if isinstance(extra, dict) and isinstance(extra.get("reasoning_content"), str):
        thought = extra["reasoning_content"]
    for part in content if isinstance(content, list) else [content]:
        match part:
            case str():
                text += part
            case {"type": "text", "text": str(piece)}:
                text += piece
            case {"type": "thinking", "thinking": str(piece)} | {"type": "reasoning", "reasoning": str(piece)}:
                thought += piece
    return text, thought


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
