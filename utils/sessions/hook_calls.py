"""Calls of systems outside to the callback addresses of a run, kept until it ends."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, exists, func, insert, select

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import hook_calls, runs
from utils.doorbell.base import RUNS, Doorbell
from utils.sessions.runs import find_run
from utils.sessions.waking import wake

MOST_CALLS, MOST_BYTES = 20_000, 64 * 1024 * 1024  # of one run: all of them are read whenever it looks


@dataclass(frozen=True, slots=True)
class Call:
    """One call. ``key`` grows in the order of arrival; ``name`` is that of the address."""

    key: int
    name: str
    body: bytes
    content_type: str
    at: datetime


_OF_RUN = (
    select(*columns_of(Call, hook_calls))
    .join_from(hook_calls, runs, runs.c.key == hook_calls.c.run_key)
    .where(runs.c.id == bindparam("run"))
    .order_by(hook_calls.c.key)
)
_SIZE = select(func.count(), func.coalesce(func.sum(func.length(hook_calls.c.body)), 0)).where(
    hook_calls.c.run_key == bindparam("run")
)


class HookCalls:
    def __init__(self, database: Database, doorbell: Doorbell) -> None:
        self._database = database
        self._doorbell = doorbell

    def add(
        self, run_id: str, name: str, body: bytes, content_type: str, sent_id: str | None = None
    ) -> Literal["stored", "unknown", "ended", "full"]:
        """Store a call and wake the run if it waits. When this returns, it is stored.

        ``sent_id`` is what its sender calls it: a call to the same address with the same one is stored once.
        "full": the run has got as many calls as it may get.
        """
        digest = hashlib.sha256(sent_id.encode()).hexdigest() if sent_id is not None else None
        with self._database.write() as connection:
            run = find_run(connection, run_id, lock=True)  # so that its calls are numbered as they are committed
            if run is None:
                return "unknown"
            if run.ended:
                return "ended"
            same = (hook_calls.c.run_key == run.key, hook_calls.c.name == name, hook_calls.c.digest == digest)
            if digest is not None and connection.scalar(select(exists().where(*same))):
                return "stored"
            calls, size = connection.execute(_SIZE, {"run": run.key}).one()
            if calls >= MOST_CALLS or size + len(body) > MOST_BYTES:
                return "full"
            values = {"name": name, "body": body, "content_type": content_type, "digest": digest, "at": now()}
            connection.execute(insert(hook_calls), {"run_key": run.key, **values})
            wake(connection, run.key)
        self._doorbell.ring(RUNS, run_id)
        return "stored"

    def of_run(self, run_id: str) -> list[Call]:
        """What has arrived for a run so far, in the order of arrival."""
        with self._database.read() as connection:
            return [record(Call, row) for row in connection.execute(_OF_RUN, {"run": run_id})]
