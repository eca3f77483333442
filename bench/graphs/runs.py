"""From asking to the first sign, to the first finished step and to the end, with a model that answers at once.

All run the same graph for the same question on the same documents with the same model server. The bare graph is
called in its process; ours and ``langgraph dev`` are asked over HTTP and heard on a stream. The first sign of ours is
the run's ``running``, that of ``langgraph dev`` its ``metadata``; the first step is the plan. Ours stores every event
and checkpoint durably, and its plan also reads what was asked before; ``langgraph dev`` keeps all in memory, and its
queue looks for new runs every half second.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from agents.team.graph import initial_state
from bench.asking import Watch, request, until_ready
from bench.report import Result, Table
from bench.server import PROJECT, Server, data_directory, environment, next_port, ringside
from utils.log.events import ENDED_RUN

HERE = Path(__file__).resolve().parent
_LANGGRAPH = HERE / ".venv" / "bin" / "langgraph"
_SECONDS = 90
_STEP_ENDED = "a step ended"


@dataclass(frozen=True, slots=True)
class _Answered:
    """Seconds from asking. Nothing is heard of a graph that is called before its first step has ended."""

    sign: float | None
    step: float
    end: float


Ask = Callable[[], _Answered]


def figures(quick: bool) -> Iterator[Result]:
    rounds = 10 if quick else 30
    missing = ""
    with ExitStack() as stack:
        data = stack.enter_context(data_directory())
        model = {"openai_base_url": stack.enter_context(_model()), "openai_api_key": "none", "openai_model": "tiny"}
        server = stack.enter_context(ringside(data, agent_processes=1, **model))
        until_ready(server)
        sample = request(server, "POST", "/api/sessions/sample")
        session, question = sample["session"]["id"], sample["question"]
        env = environment(data, bench_session=session, **model)
        ours = _ours(server, session, question)
        ours()  # reads the documents, which the others then find read
        asks: dict[str, Ask] = {
            "Ringside": ours,
            "bare LangGraph graph": _bare(stack, env, question),
            "bare, with its SQLite checkpoints": _bare(stack, env, question, str(data / "bare.db")),
        }
        try:
            asks["langgraph dev (in memory)"] = _served(stack, env, question)
        except (FileNotFoundError, RuntimeError) as error:
            missing = f" (left out: langgraph dev, {error})"
        for ask in asks.values():
            ask()
            ask()
        taken: dict[str, list[_Answered]] = {name: [] for name in asks}
        for _ in range(rounds):
            for name, ask in asks.items():
                taken[name].append(ask())
    bare = median(one.end for one in taken["bare LangGraph graph"])
    header = (
        "who answers", "first sign ms", "first step ended ms", "longest", "end ms", "longest", "end × bare graph",
        "first step to end × bare graph",
    )  # fmt: skip
    bare_work = median(one.end - one.step for one in taken["bare LangGraph graph"])
    rows = tuple(_row(name, answered, bare, bare_work) for name, answered in taken.items())
    yield Table(f"### One question, {rounds} times each in turn, medians{missing}", header, rows)


def _row(name: str, answered: list[_Answered], bare: float, bare_work: float) -> tuple[str, ...]:
    signs = [one.sign for one in answered if one.sign is not None]
    steps, ends = [one.step for one in answered], [one.end for one in answered]
    work = median(one.end - one.step for one in answered)
    return (
        name, f"{median(signs) * 1000:.1f}" if signs else "",
        f"{median(steps) * 1000:.1f}", f"{max(steps) * 1000:.0f}",
        f"{median(ends) * 1000:.0f}", f"{max(ends) * 1000:.0f}",
        f"{median(ends) / bare:.2f}", f"{work / bare_work:.2f}",
    )  # fmt: skip


def _ours(server: Server, session: str, question: str) -> Ask:
    stream = Watch(_in_stream(server, session))

    def ask() -> _Answered:
        began = time.monotonic()
        run = request(server, "POST", f"/api/sessions/{session}/messages", {"content": question})["run"]["id"]
        moments = (stream.moment(run, one) for one in (frozenset({"running"}), frozenset({_STEP_ENDED}), ENDED_RUN))
        return _Answered(*(moment - began for moment in moments))

    return ask


def _in_stream(server: Server, session: str) -> Iterator[dict[str, Any]]:
    """The run's own updates, and what agents have finished."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", f"/sse/agent-activity/{session}", headers={"Authorization": server.authorization})
    for line in connection.getresponse():
        if line.startswith(b'data: {"seq"'):
            event = json.loads(line[len("data: ") :])
            if event["type"] == "runUpdate":
                yield event
            elif event["type"] == "agentActivity" and (event["kind"], event["status"]) == ("step", "completed"):
                yield {"run_id": event["run_id"], "status": _STEP_ENDED}


def _bare(stack: ExitStack, env: dict[str, str], question: str, *checkpoints: str) -> Ask:
    process = stack.enter_context(
        _process([sys.executable, "-m", "bench.graphs.bare", *checkpoints], env, PROJECT, stdin=subprocess.PIPE)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    def ask() -> _Answered:
        asked.write(question.replace("\n", " ") + "\n")
        asked.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError("The bare graph ended without an answer.")
        answer = json.loads(line)
        return _Answered(None, answer["step"], answer["end"])

    return ask


def _served(stack: ExitStack, env: dict[str, str], question: str) -> Ask:
    port = next_port()
    words = [
        str(_LANGGRAPH),
        "dev",
        "--no-browser",
        "--no-reload",
        "--allow-blocking",
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
    ]
    quiet = {"LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1", "PYTHONPATH": str(PROJECT)}
    process = stack.enter_context(_process(words, env | quiet, HERE, stdout=subprocess.DEVNULL))
    _until_ok(port, process)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    asked = {
        "assistant_id": "answer",
        "input": dict(initial_state(question)),
        "context": {"session_id": env["BENCH_SESSION"]},
        "config": {"recursion_limit": 100},
        "stream_mode": ["updates"],
    }

    def ask() -> _Answered:
        began = time.monotonic()
        connection.request("POST", "/runs/stream", json.dumps(asked), {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"it answered with {response.status}: {response.read().decode()[:200]}")
        told = [(line, time.monotonic() - began) for line in response]
        signs, steps = (
            [moment for line, moment in told if line.startswith(name)]
            for name in (b"event: metadata", b"event: updates")
        )
        if not any(line.startswith(b'data: {"deliver"') for line, _ in told):
            raise RuntimeError(f"its run did not reach its end: {told[-3:]}")
        return _Answered(signs[0], steps[0], told[-1][1])

    ask()
    return ask


@contextmanager
def _model() -> Iterator[str]:
    port = next_port()
    with _process([sys.executable, "-m", "tests.model_server", "--port", str(port)], dict(os.environ), PROJECT) as own:
        assert own.stdout is not None
        yield own.stdout.readline().strip().partition("=")[2]


@contextmanager
def _process(
    words: list[str], env: dict[str, str], cwd: Path, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.PIPE
) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        words, cwd=cwd, env=env, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except (subprocess.TimeoutExpired, ValueError):
            process.kill()
            process.wait()


def _until_ok(port: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/ok")
            status = connection.getresponse().status
            connection.close()
            if status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("it did not start")
