"""From asking to the first event and to the end, with a model that answers at once: ours beside bare LangGraph.

All answer the same question on the same documents with the same model server. Ours stores every event and checkpoint
durably and tells them to an open stream; ``langgraph dev`` keeps its runs in memory.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import median

from bench.first_event import Watch, in_stream, request, until_ready
from bench.measure import percentile
from bench.report import Result, Table
from bench.server import PROJECT, Server, data_directory, environment, next_port, ringside
from utils.activity_events import ENDED_RUN

HERE = Path(__file__).resolve().parent
_LANGGRAPH = HERE / ".venv" / "bin" / "langgraph"
_SECONDS = 90
Ask = Callable[[], tuple[float, float]]  # seconds to the first event and to the end


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
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in asks}
        for _ in range(rounds):
            for name, ask in asks.items():
                taken[name].append(ask())
    bare = median(end for _, end in taken["bare LangGraph graph"])
    rows = []
    for name, seconds in taken.items():
        firsts, ends = ([value * 1000 for value in values] for values in zip(*seconds, strict=True))
        rows.append((
            name, f"{median(firsts):.1f}", f"{percentile(firsts, 0.99):.1f}", f"{median(ends):.0f}",
            f"{percentile(ends, 0.99):.0f}", f"{median(ends) / 1000 / bare:.2f}",
        ))  # fmt: skip
    header = ("who answers", "first event ms", "p99", "end ms", "p99", "end × bare graph")
    yield Table(f"### One question, {rounds} times each in turn, medians{missing}", header, tuple(rows))


def _ours(server: Server, session: str, question: str) -> Ask:
    stream = Watch(in_stream(server, session))

    def ask() -> tuple[float, float]:
        began = time.monotonic()
        run = request(server, "POST", f"/api/sessions/{session}/messages", {"content": question})["run"]["id"]
        first = stream.moment(run, frozenset({"running"}))
        return first - began, stream.moment(run, ENDED_RUN) - began

    return ask


def _bare(stack: ExitStack, env: dict[str, str], question: str, *checkpoints: str) -> Ask:
    process = stack.enter_context(
        _process([sys.executable, "-m", "bench.graphs.bare", *checkpoints], env, PROJECT, stdin=subprocess.PIPE)
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    def ask() -> tuple[float, float]:
        asked.write(question.replace("\n", " ") + "\n")
        asked.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError("The bare graph ended without an answer.")
        answer = json.loads(line)
        return answer["first"], answer["end"]

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
    body = json.dumps({"assistant_id": "answer", "input": {"question": question}, "stream_mode": ["custom"]})

    def ask() -> tuple[float, float]:
        began, first = time.monotonic(), None
        connection.request("POST", "/runs/stream", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"it answered with {response.status}: {response.read().decode()[:200]}")
        text = b""
        for line in response:
            text += line
            if first is None and line.startswith(b"event:"):
                first = time.monotonic()
        if first is None or b"event: error" in text or b"deliver" not in text:
            raise RuntimeError(f"its run did not reach its end: {text.decode()[-300:]}")
        return first - began, time.monotonic() - began

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
