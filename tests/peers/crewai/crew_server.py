"""A real crew of CrewAI behind the API of CrewAI AMP: ``python crew_server.py PORT MODEL_SERVER TOKEN CREW``.

The crew is CrewAI's, with its own callbacks and the events of its own bus; only the HTTP around it is made here.
``CREW`` is a module of this folder with the function ``crew_of``.
"""

import contextvars
import importlib
import json
import os
import sys
import threading
import urllib.request
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

os.environ |= {
    "CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_DISABLE_TRACKING": "true", "CREWAI_TESTING": "true",
    "CREWAI_TRACING_ENABLED": "false", "OTEL_SDK_DISABLED": "true", "OPENAI_API_KEY": "none",
}  # fmt: skip

from crewai import LLM
from crewai.events import BaseEventListener, crewai_event_bus
from crewai.events.base_events import BaseEvent

Body = dict[str, Any]
PORT, MODEL_SERVER, TOKEN = int(sys.argv[1]), sys.argv[2], sys.argv[3]
CREW = importlib.import_module(sys.argv[4])
kickoffs: dict[str, Body] = {}
_current: contextvars.ContextVar[Body | None] = contextvars.ContextVar("kickoff", default=None)


def post(url: str, body: Any) -> None:
    sent = json.dumps(body, default=str).encode()
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def kinds_below(kind: type[BaseEvent]) -> Iterator[type[BaseEvent]]:
    for one in kind.__subclasses__():
        yield one
        yield from kinds_below(one)


class Listener(BaseEventListener):
    def setup_listeners(self, bus: Any) -> None:
        for kind in set(kinds_below(BaseEvent)):
            if "type" in kind.model_fields and kind.model_fields["type"].default:
                bus.on(kind)(self._tell)

    def _tell(self, _source: Any, event: BaseEvent) -> None:
        kickoff = _current.get()
        wanted = kickoff["asked"].get("webhooks") if kickoff else None
        if kickoff and wanted and event.type in wanted["events"]:
            told = {"id": event.event_id, "execution_id": kickoff["id"], "timestamp": event.timestamp.isoformat()}
            post(wanted["url"], {"events": [{**told, "type": event.type, "data": event.to_json()}]})


def work(kickoff: Body) -> None:
    _current.set(kickoff)
    asked = kickoff["asked"]

    def told(name: str, body: Body) -> None:
        kickoff["done"] += name == "task"
        if address := asked.get(f"{name}WebhookUrl"):
            post(address, {**body, "kickoff_id": kickoff["id"], "meta": asked.get("meta")})

    try:
        crew = CREW.crew_of(
            LLM(model="openai/scripted-model", base_url=MODEL_SERVER, api_key="none", stream=True),
            task_callback=lambda done: told("task", {"name": done.name, "agent": done.agent, "output": done.raw}),
            step_callback=lambda done: told("step", {"thought": getattr(done, "thought", ""), "result": str(done)}),
        )
        kickoff["tasks"] = len(crew.tasks)
        output = crew.kickoff(inputs=asked["inputs"])
    except Exception as error:
        kickoff |= {"status": "error", "error": str(error)}
        return
    crewai_event_bus.flush()
    result = json.dumps({"response": output.raw.strip(), "id": asked["inputs"]["id"]})
    kickoff |= {"status": "completed", "result": {"output": result}}
    told("crew", {"result": result, "result_json": None, "token_usage": output.token_usage.model_dump()})


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self._is_known():
            name = self.path.removeprefix("/status/")
            if self.path == "/inputs":
                self._answer(200, {"inputs": ["current_message", "id"]})
            elif kickoff := kickoffs.get(name):
                progress = {"completed_tasks": kickoff["done"], "total_tasks": kickoff["tasks"]}
                told = {one: kickoff[one] for one in ("status", "result", "error") if one in kickoff}
                self._answer(200, {**told, "progress": progress})
            else:
                self._answer(404, {"error": "Execution not found"})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self._is_known():
            kickoff = {"id": str(uuid.uuid4()), "status": "running", "done": 0, "tasks": 0, "asked": asked}
            kickoffs[kickoff["id"]] = kickoff
            threading.Thread(target=contextvars.copy_context().run, args=(work, kickoff), daemon=True).start()
            self._answer(200, {"kickoff_id": kickoff["id"]})

    def _is_known(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self._answer(401, {"error": "Unauthorized"})
        return False

    def _answer(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body, default=str).encode())


Listener()
ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
