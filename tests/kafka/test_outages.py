"""Kafka is away, hangs, or has no room left: nobody who asks or watches notices, and nothing is lost or sent twice."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kafka.broker import Broker
from tests.kafka.topics import Topics
from tests.support.events import activity
from tests.support.gunicorn import gunicorn
from tests.support.waiting import wait_until
from utils.log.activity_log import ActivityLog
from utils.settings import Settings

SESSION = "s1"


def published(topics: Topics, head: int) -> list[int]:
    """The seqs of the session in the topic, once there are so many."""
    wait_until(lambda: topics.events in topics.broker.topics(), 60, "the topics")
    wait_until(lambda: len(topics.published(SESSION)) >= head, 90, f"{head} events")
    return [json.loads(record.value)["seq"] for record in topics.published(SESSION)]


def emit(log: ActivityLog, count: int) -> int:
    for _ in range(count):
        head = log.append(SESSION, [activity(SESSION)]).head
    return head


def test_a_server_that_starts_without_a_broker_serves_and_publishes_when_there_is_one(
    settings: Settings, tmp_path: Path, log: ActivityLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kafka").mkdir()
    broker = Broker(tmp_path / "kafka")
    topics = Topics(broker, "late")
    for name, value in topics.environment().items():
        monkeypatch.setenv(name, value)
    with gunicorn(settings.data_path, agent_processes=0) as server:
        head = emit(log, 20)
        with server.watch(SESSION) as reader:
            reader.until(lambda r: r.seqs[-1:] == [head], 20)
            head = emit(log, 20)
            reader.until(lambda r: r.seqs[-1:] == [head], 20)
            broker.start()
            try:
                broker.wait_until_ready()
                assert published(topics, head) == list(range(1, head + 1))
                head = emit(log, 20)
                reader.until(lambda r: r.seqs[-1:] == [head], 20)
                assert reader.seqs == list(range(1, head + 1))
            finally:
                broker.kill()


def test_a_broker_that_hangs_holds_up_no_watcher(
    settings: Settings, tmp_path: Path, log: ActivityLog, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = Topics(broker, "hangs")
    for name, value in topics.environment().items():
        monkeypatch.setenv(name, value)
    with gunicorn(settings.data_path, agent_processes=0) as server:
        head = emit(log, 5)
        published(topics, head)
        with server.watch(SESSION) as reader:
            broker.freeze(True)
            try:
                for _ in range(20):
                    head = emit(log, 5)
                    reader.until(lambda r: r.seqs[-1:] == [head], 30)  # noqa: B023
            finally:
                broker.freeze(False)
            assert published(topics, head) == list(range(1, head + 1))
            assert reader.seqs == list(range(1, head + 1))


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(file: Path) -> None:
    """As long as there is room."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as written:
        while True:
            written.write(b"x" * 4096)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk")
def test_a_broker_whose_disk_is_full_loses_and_repeats_nothing(
    settings: Settings, tmp_path: Path, log: ActivityLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", "96m") as disk:
        # Offsets and indexes are made in full size: small ones, so that what fills the disk are the events.
        broker = Broker(disk, more="log.index.size.max.bytes=65536\nlog.segment.bytes=4194304")
        topics = Topics(broker, "full")
        for name, value in topics.environment().items():
            monkeypatch.setenv(name, value)
        broker.start()
        try:
            broker.wait_until_ready()
            with gunicorn(settings.data_path, agent_processes=0) as server:
                head = emit(log, 10)
                published(topics, head)
                filler = disk / "filler"
                fill(filler)
                for _ in range(40):
                    head = log.append(SESSION, [activity(SESSION, details="x" * 20_000)] * 10).head
                with server.watch(SESSION) as reader:
                    reader.until(lambda r: r.seqs[-1:] == [head], 20)
                filler.unlink()
                broker.kill()  # it has given up its disk, and is started again by whoever made room
                broker.start()
                broker.wait_until_ready()
                assert published(topics, head) == list(range(1, head + 1))
        finally:
            broker.kill()
