"""Compares what emitters were promised and what clients saw with the log. Reads only through the log's own reader."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.client import Client, seen_digest
from tests.faults.emitter import digest
from utils.database.base import Database
from utils.log.activity_log import ActivityLog

_TOKEN = re.compile(rb'"activity_id":"(emit-[^"]+)"')
_PIECE = 5000


@dataclass(frozen=True)
class Verdict:
    """Counts of a check that found nothing wrong."""

    acknowledged: int
    stored: int
    seen: int
    clients: int
    reconnects: int
    cut_frames: int
    refused: dict[str, int]
    lost: int


def heads(log: ActivityLog, sessions: Iterable[str]) -> dict[str, int]:
    found = {}
    for session_id in sessions:
        position = log.position(session_id)
        found[session_id] = position.head if position is not None else 0
    return found


def check(
    log: ActivityLog, acknowledgements: Acknowledgements, clients: list[Client], *, may_lose_newest: bool = False
) -> Verdict:
    """AssertionError for an acknowledged event that is not in the log as it was, one stored twice, a hole in the
    numbers, or a client whose joined stream is not the log from its start to the head.

    ``may_lose_newest``: the log may end before what was acknowledged; these are counted as lost.
    """
    promised, refused = acknowledgements.promised()
    watched: dict[str, list[Client]] = {}
    for client in clients:
        assert not client.faults, f"{client.session_id}: {client.faults[:5]}"
        watched.setdefault(client.session_id, []).append(client)
    stored = lost = 0
    for session_id in promised.keys() | watched.keys():
        head, missing = _check_session(log, session_id, promised.get(session_id, {}), watched.get(session_id, []))
        stored += head
        lost += len(missing)
        if missing:
            assert head or may_lose_newest, f"{session_id} is gone with {len(missing)} acknowledged events"
            assert may_lose_newest, f"{session_id}: {len(missing)} acknowledged events are lost, first {min(missing)}"
            assert min(missing) > head, f"{session_id}: {min(missing)} is lost, and the log goes on to {head}"
    return Verdict(
        acknowledged=sum(map(len, promised.values())),
        stored=stored,
        seen=sum(client.cursor - client.start for client in clients),
        clients=len(clients),
        reconnects=sum(client.opened - 1 for client in clients),
        cut_frames=sum(client.cut_frames for client in clients),
        refused=dict(refused),
        lost=lost,
    )


def _check_session(
    log: ActivityLog, session_id: str, promised: dict[int, str], clients: list[Client]
) -> tuple[int, dict[int, str]]:
    """The session's head, and what was promised and is not there."""
    position = log.position(session_id)
    if position is None:
        return 0, promised
    expected = {start: seen_digest() for start in {client.start for client in clients}}
    tokens: set[bytes] = set()
    last, missing = 0, dict(promised)
    while events := log.read(position.key, last, limit=_PIECE):
        for event in events:
            assert event.seq == last + 1, f"{session_id}: {event.seq} follows {last}"
            last = event.seq
            token = _TOKEN.search(event.body)
            if token is not None:
                assert token[1] not in tokens, f"{session_id}: {token[1]!r} is stored twice"
                tokens.add(token[1])
            kept = missing.pop(last, None)
            assert kept is None or kept == digest(event.data()), f"{session_id}: {last} is not what was acknowledged"
            frame = event.frame()[:-2]
            for start, value in expected.items():
                if last > start:
                    value.update(frame)
    assert last == position.head, f"{session_id}: the head is {position.head}, the last event {last}"
    for client in clients:
        assert client.cursor == last, f"{session_id}: a client is at {client.cursor} of {last}"
        assert client.digest.digest() == expected[client.start].digest(), f"{session_id}: a client saw something else"
    return last, missing


def assert_intact(database: Database) -> None:
    """The database's own check of itself: of PostgreSQL every row against every index, of SQLite the whole file.

    By a connection of its own: on one that has met a full-text index before, SQLite (3.53) checks the index as other
    processes have made it since against what it remembers, and finds it corrupt. A search there looks again first.
    """
    raw = database.connect()
    try:
        if database.dialect == "postgresql":
            raw.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
            raw.execute(
                "SELECT bt_index_check(i.indexrelid, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
                "JOIN pg_am a ON a.oid = c.relam AND a.amname = 'btree' WHERE c.relnamespace = 'public'::regnamespace"
            )
            return
        found = [row[0] for row in raw.execute("PRAGMA integrity_check")]
    finally:
        raw.close()
    assert found == ["ok"], f"integrity_check: {found[:5]}"
