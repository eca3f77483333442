"""A process that emits as users' agents do, and writes down what it was promised.

``python -m tests.faults.emitter '{"name": …}'`` (the fields of :class:`Order`). After every acknowledged append it
writes one line per event, ``session seq digest``, with a single write: a kill -9 can lose no more than the promise of
the append under way. A refused append is the line ``! code``, and is tried again a moment later as a new event.
"""

import hashlib
import json
import os
import random
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from utils.log.errors import NotStoredError
from utils.log.events import AgentActivity, LoggedEvent, encode_body, encode_data
from utils.sse_emitter import sse_emitter

_PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Order:
    """``rate``: events per second, all sessions together; ``most``: the largest batch; ``count``: 0 is for ever."""

    name: str
    acknowledged: str
    sessions: list[str]
    rate: float = 200.0
    most: int = 1
    count: int = 0
    size: int = 250

    def words(self) -> str:
        return json.dumps(asdict(self))


def digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def _event(order: Order, session_id: str, number: int, chance: random.Random) -> LoggedEvent:
    padding = "." * chance.randint(0, 2 * max(0, order.size - 200))
    return AgentActivity(
        session_id=session_id,
        activity_id=f"emit-{order.name}-{number}",
        agent_name="Emitter",
        action="Work",
        status="in-progress",
        details=f"{time.monotonic_ns()} {padding}",
    )


def emit(order: Order) -> None:
    chance = random.Random(order.name)
    emitted, began = 0, time.monotonic()
    file = os.open(Path(order.acknowledged), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number = 0
    while not order.count or emitted < order.count:
        pause = began + emitted / order.rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        session_id = chance.choice(order.sessions)
        wanted = chance.randint(1, order.most)
        batch = min(wanted, order.count - emitted) if order.count else wanted
        events = [_event(order, session_id, number + offset, chance) for offset in range(batch)]
        number += batch
        try:
            last = sse_emitter.emit_all(events)
        except NotStoredError as error:
            os.write(file, f"! {error.code}\n".encode())
            time.sleep(_PAUSE_SECONDS)
            continue
        emitted += batch
        lines = [
            f"{session_id} {seq} {digest(encode_data(seq, encode_body(event)))}\n"
            for seq, event in enumerate(events, last - batch + 1)
        ]
        os.write(file, "".join(lines).encode())


if __name__ == "__main__":
    emit(Order(**json.loads(sys.argv[1])))
