"""A process that emits, as an agent's process does: through utils.sse_emitter and nothing else.

``python -m bench.emitter`` obeys JSON lines on standard input; :class:`Emitter` is the handle to such a process.
"""

import json
import math
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bench.server import PROJECT

EVENT_BYTES = 250


@dataclass(frozen=True, slots=True)
class Emitted:
    """How long each call took, in microseconds, and the process's CPU seconds meanwhile."""

    micros: list[float]
    cpu: float


class Emitter:
    """A running emitter process. One command at a time: begin it, then collect its answer."""

    def __init__(self, environment: dict[str, str], *words: str) -> None:
        """``words`` name another program that obeys the same commands: a module and its arguments."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", *(words or ("bench.emitter",))],
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,  # a Ctrl-C is for the benchmark, which ends what it has started
        )

    def fill(self, sessions: int, events: int, first: int = 0) -> None:
        """Store ``events`` in each of the sessions bench-<first> … in batches, as fast as it goes."""
        self._command(fill=sessions, events=events, first=first)
        self._answer()

    def begin(self, events: int, rate: float, sessions: int = 1, first: int = 0) -> None:
        """Emit ``events`` single events, ``rate`` a second, to the sessions bench-<first> … in turn.

        With an infinite rate, one after the other without a pause.
        """
        self._command(emit=events, rate=rate, sessions=sessions, first=first)

    def begin_together(self, threads: int, events: int, first: int, apart: int) -> None:
        """Let each of ``threads`` emit ``events`` without a pause: to bench-<first>, to bench-<first + apart> …"""
        self._command(threads=threads, emit=events, first=first, apart=apart)

    def end(self) -> Emitted:
        return Emitted(**self._answer())

    def __enter__(self) -> "Emitter":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def _command(self, **words: float) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The emitter process ended; its error is above.")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _padding() -> str:
    """What fills an event up to EVENT_BYTES on the wire, id and timestamp of usual length included."""
    from utils.log.events import AgentActivity, encode_body, encode_frame

    event = AgentActivity(**_fields("bench-0", f"{time.monotonic_ns()} "))
    return "." * (EVENT_BYTES - len(encode_frame(10, event.type, encode_body(event))))


def _fields(session_id: str, details: str) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "agent_name": "Bench",
        "action": "Work",
        "status": "in-progress",
        "activity_id": "a",
        "details": details,
    }


def _fill(sessions: int, events: int, first: int) -> None:
    from utils.log.events import AgentActivity
    from utils.sse_emitter import sse_emitter

    padding = _padding()
    for number in range(first, first + sessions):
        event = AgentActivity(**_fields(f"bench-{number}", f"replayed      {padding}"))
        for done in range(0, events, 1000):
            sse_emitter.emit_all([event] * min(1000, events - done))


def _emit(events: int, rate: float, sessions: int, first: int) -> dict[str, Any]:
    from utils.sse_emitter import sse_emitter

    padding, micros, before = _padding(), [], time.process_time()
    start = time.monotonic()
    for number in range(events):
        pause = start + number / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        began = time.monotonic_ns()
        sse_emitter.emit_agent_activity(**_fields(f"bench-{first + number % sessions}", f"{began} {padding}"))
        micros.append((time.monotonic_ns() - began) / 1000)
    return {"micros": micros, "cpu": time.process_time() - before}


def _emit_together(threads: int, events: int, first: int, apart: int) -> dict[str, Any]:
    before = time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        told = [pool.submit(_emit, events, math.inf, 1, first + apart * number) for number in range(threads)]
    micros = [taken for one in told for taken in one.result()["micros"]]
    return {"micros": micros, "cpu": time.process_time() - before}


def main() -> None:
    for line in sys.stdin:
        words = json.loads(line)
        answer: dict[str, Any] = {}
        if "fill" in words:
            _fill(words["fill"], words["events"], words["first"])
        elif "threads" in words:
            answer = _emit_together(words["threads"], words["emit"], words["first"], words["apart"])
        else:
            answer = _emit(words["emit"], words["rate"], words["sessions"], words["first"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
