"""Many open streams, held by the C program bench/clients.c."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

from bench.server import BIN

_WAIT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """What the clients saw between two reports. Latencies are microseconds, moments are CLOCK_MONOTONIC seconds."""

    events: int
    bytes: int
    out_of_order: int
    began: float
    first: float
    last: float
    p50: int
    p99: int
    max: int


class Clients:
    """``streams`` open streams on one port, spread evenly over ``sessions``."""

    def __init__(
        self,
        port: int,
        streams: int,
        sessions: int = 1,
        path: str = "/sse/agent-activity/bench-%d",
        authorization: str = "none",
    ) -> None:
        self.streams = streams
        self._process = subprocess.Popen(
            [BIN / "clients", str(port), str(streams), str(sessions), path, authorization],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def wait(self, events: int) -> Seen:
        """Wait until so many events have come, over all streams, since the last call or the opening."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"wait {events} {_WAIT_SECONDS}\n")
        self._process.stdin.flush()
        seen = Seen(**self._answer())
        if seen.out_of_order:
            raise RuntimeError(f"{seen.out_of_order} events were lost, repeated or out of order.")
        return seen

    def __enter__(self) -> "Clients":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("The clients ended without a word.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"The clients failed: {answer['error']}")
        return answer
