"""A process that publishes to a peer over HTTP, one request for an event, on one connection.

``python -m bench.peers.publisher PORT [centrifugo]`` obeys the same JSON lines on standard input as bench/emitter.py.
"""

import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from bench.emitter import EVENT_BYTES

Request = tuple[str, str, dict[str, str]]  # path, body, headers


class Publisher:
    """``asked`` makes the request of the event with a number, for a channel, at a moment in nanoseconds."""

    def __init__(self, port: int, asked: Callable[[int, int, int], Request]) -> None:
        self._asked = asked
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._numbers: dict[int, Iterator[int]] = {}

    def emit(self, events: int, rate: float, sessions: int, first: int) -> dict[str, Any]:
        self._connection.close()  # since the last time the server may have done so; it opens itself again
        micros, before = [], time.process_time()
        start = time.monotonic()
        for number in range(events):
            pause = start + number / rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            began = time.monotonic_ns()
            self._publish(first + number % sessions, began)
            micros.append((time.monotonic_ns() - began) / 1000)
        return {"micros": micros, "cpu": time.process_time() - before}

    def _publish(self, channel: int, now: int) -> None:
        seq = next(self._numbers.setdefault(channel, count(1)))
        path, body, headers = self._asked(seq, channel, now)
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"Publishing was answered with {answer.status}.")


def _plain(seq: int, channel: int, now: int) -> Request:
    data = _data(seq, channel, now, "id: 10\nevent: agentActivity\ndata: \n\n")
    return f"/publish/bench-{channel}?id={seq}", data, {"Content-Type": "text/plain"}


def _centrifugo(seq: int, channel: int, now: int) -> Request:
    data = _data(seq, channel, now, 'data: {"channel":"bench-0","pub":{"data":,"offset":10}}\n\n')
    body = f'{{"channel":"bench-{channel}","data":{data}}}'
    return "/api/publish", body, {"Content-Type": "application/json", "X-API-Key": "bench"}


def _data(seq: int, channel: int, now: int, frame: str) -> str:
    """What makes an event as long as one of ours is, with the peer's own ``frame`` around it."""
    begin = (
        f'{{"seq":{seq},"session_id":"bench-{channel}","type":"agentActivity","agent_name":"Bench","action":"Work",'
        f'"status":"in-progress","activity_id":"a","details":"{now} '
    )
    return begin + "." * (EVENT_BYTES - len(frame) - len(begin) - 2) + '"}'


def main() -> None:
    publisher = Publisher(int(sys.argv[1]), _centrifugo if "centrifugo" in sys.argv[2:] else _plain)
    for line in sys.stdin:
        words = json.loads(line)
        answer = publisher.emit(words["emit"], words["rate"], words["sessions"], words["first"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
