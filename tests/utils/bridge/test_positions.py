"""How far the log was published is never read, nor written, as further than the topic is known to be."""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import event

from tests.support.clock import Clock
from tests.support.events import activity
from utils.bridge.positions import Head, PublishedPositions
from utils.database.base import Database
from utils.log.activity_log import ActivityLog


def key_of_nine(log: ActivityLog) -> int:
    log.append("s1", [activity()] * 9)
    position = log.position("s1")
    assert position is not None
    return position.key


def test_what_is_written_down_while_it_is_read_leaves_nothing_out(database: Database, log: ActivityLog) -> None:
    """The offsets may be old, and the seqs new: what lies between is then found in the topic. Never the other way."""
    key = key_of_nine(log)
    positions, late = PublishedPositions(database, "events"), PublishedPositions(database, "events")
    positions.write({key: 3}, {0: 3})
    written = []

    def write_down(*_: Any) -> None:
        if not written:
            written.append(True)
            late.write({key: 9}, {0: 9})

    event.listen(database.engine, "after_cursor_execute", write_down)
    try:
        read = positions.read()
    finally:
        event.remove(database.engine, "after_cursor_execute", write_down)
    assert written
    assert read.seqs[key] >= read.offsets[0]


def test_what_a_killed_publisher_wrote_last_takes_nothing_back(database: Database, log: ActivityLog) -> None:
    key = key_of_nine(log)
    positions = PublishedPositions(database, "events")
    positions.write({key: 9}, {0: 9})
    positions.write({key: 3}, {0: 3})
    read = positions.read()
    assert (read.seqs, read.offsets) == ({key: 9}, {0: 3})


def test_of_many_sessions_those_alone_are_read_that_have_moved_and_are_not_published(
    database: Database, log: ActivityLog, clock: Clock
) -> None:
    keys: dict[str, int] = {}
    for number in range(30):
        log.append(f"s{number}", [activity(f"s{number}")])
        position = log.position(f"s{number}")
        assert position is not None
        keys[f"s{number}"] = position.key
    clock.move(seconds=1000)
    log.append("s0", [activity("s0")])
    log.append("s1", [activity("s1")])
    positions = PublishedPositions(database, "events")
    positions.write({keys["s0"]: 2, **dict.fromkeys(list(keys.values())[1:15], 1)}, {0: 40})
    read = []
    listen = partial(event.listen, database.engine, "before_cursor_execute")
    listen(lambda _connection, _cursor, statement, *_: read.append(statement))
    found = positions.behind(clock.now() - timedelta(seconds=500))
    assert found == {keys["s1"]: Head("s1", 2)}
    assert [statement.partition(" ")[0] for statement in read if not statement.startswith("BEGIN")] == ["SELECT"]
    older = positions.behind(clock.now() - timedelta(seconds=2000))
    assert set(older) == {keys["s1"], *list(keys.values())[15:]}
