"""Queues are bounded, say what they have lost, and files of events survive what happens to files."""

import time
from pathlib import Path

import pytest

from ringside.sending.memory_queue import MemoryQueue
from ringside.sending.queue import MOST_BYTES, Batch
from ringside.sending.spool import Spool, SpoolError


def drained(queue: "MemoryQueue | Spool") -> list[Batch]:
    found = []
    while (batch := queue.take()) is not None:
        found.append(batch)
        queue.done(batch)
    return found


def put_all(queue: "MemoryQueue | Spool", session: str, count: int) -> None:
    for number in range(count):
        queue.put(session, "Title", b"%d" % number)


@pytest.fixture(params=["memory", "spool"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> "MemoryQueue | Spool":
    return MemoryQueue() if request.param == "memory" else Spool(tmp_path / "spool")


def test_each_session_comes_in_order_and_apart(queue: "MemoryQueue | Spool") -> None:
    for number in range(1_200):
        queue.put("a" if number % 2 else "b", None, b"%d" % number)
    batches = drained(queue)
    for session, odd in (("a", 1), ("b", 0)):
        bodies = [int(body) for batch in batches if batch.session == session for body in batch.bodies]
        assert bodies == [number for number in range(1_200) if number % 2 == odd]
    assert len({batch.key for batch in batches}) == len(batches)
    assert not len(queue)


def test_a_batch_is_the_same_until_it_is_done(queue: "MemoryQueue | Spool") -> None:
    put_all(queue, "a", 3)
    first = queue.take()
    put_all(queue, "a", 3)
    assert queue.take() == first
    assert first is not None
    queue.done(first)
    second = queue.take()
    assert second is not None
    assert second.key != first.key
    assert len(second.bodies) == 3


def test_large_events_go_in_several_requests(queue: "MemoryQueue | Spool") -> None:
    body = b"x" * (MOST_BYTES // 2 + 1)
    for _ in range(3):
        queue.put("a", None, body)
    assert [len(batch.bodies) for batch in drained(queue)] == [1, 1, 1]


def test_the_title_is_known_for_as_long_as_something_waits(queue: "MemoryQueue | Spool") -> None:
    put_all(queue, "a", 1)
    assert queue.title("a") == "Title"


def test_the_oldest_are_dropped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    queue = MemoryQueue(most_events=100)
    put_all(queue, "a", 30)
    put_all(queue, "b", 100)
    put_all(queue, "a", 20)
    lost = {"a": 0, "b": 0}
    kept: dict[str, list[bytes]] = {"a": [], "b": []}
    for batch in drained(queue):
        for body in batch.bodies:
            if b"events_lost" in body:
                lost[batch.session] += int(body.split(b'"message":"')[1].split()[0])
            else:
                kept[batch.session].append(body)
    assert lost == {"a": 30, "b": 20}
    assert kept["a"] == [b"%d" % number for number in range(20)]
    assert kept["b"] == [b"%d" % number for number in range(20, 100)]
    assert len([record for record in caplog.records if record.name == "ringside"]) == 1


def test_the_size_in_memory_is_bounded_too() -> None:
    queue = MemoryQueue(most_bytes=10_000)
    for _ in range(1_000):
        queue.put("a", None, b"x" * 1_000)
    assert len(queue) <= 10


def test_many_sessions_that_wait_cost_no_more_than_few_and_are_forgotten() -> None:
    def took(sessions: int) -> float:
        queue = MemoryQueue(most_events=sessions)
        begun = time.process_time()
        for number in range(20_000):
            queue.put(f"session-{number % (2 * sessions)}", "Title", b"x")
        return time.process_time() - begun

    assert took(5_000) < 20 * took(5)  # by the number of sessions it would be a thousand times as much


def test_what_is_known_of_sessions_is_bounded() -> None:
    queue = MemoryQueue(most_events=10)
    for number in range(5_000):
        queue.put(f"session-{number}", "Title", b"x")
    assert [queue.title(f"session-{number}") for number in (0, 4_989, 4_990)] == [None, None, "Title"]
    assert len(queue._titles) == 10
    assert len(queue._lost) == 1_000
    queue.put("session-4989", "Title", b"y")  # it has lost one, and is told
    lost = {batch.session: len(batch.bodies) for batch in drained(queue)}
    assert lost["session-4989"] == 2
    assert not queue._titles


def test_a_title_stays_while_the_first_request_of_its_session_is_under_way() -> None:
    queue = MemoryQueue(most_events=1)
    put_all(queue, "a", 1)
    assert queue.take() is not None
    put_all(queue, "a", 1)
    put_all(queue, "b", 1)  # takes the place of the second one of a
    assert queue.title("a") == "Title"


def test_a_session_with_many_events_does_not_keep_the_others_waiting() -> None:
    queue = MemoryQueue()
    put_all(queue, "a", 1_000)
    put_all(queue, "b", 1)
    assert [batch.session for batch in drained(queue)] == ["a", "b", "a", "a"]


def test_a_long_spool_keeps_its_newer_half(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_bytes=50_000)
    for number in range(1_000):
        spool.put("a", "Title", b"%08d" % number + b"x" * 92)
    bodies = [body for batch in drained(spool) for body in batch.bodies]
    assert b"events are missing here" in bodies[0]
    numbers = [int(body[:8]) for body in bodies[1:]]
    assert numbers == list(range(numbers[0], 1_000))
    lost = int(bodies[0].split(b'"message":"')[1].split()[0])
    assert lost == numbers[0]
    assert 20_000 < sum(map(len, bodies)) < 30_000


def test_a_spool_that_grows_while_a_request_is_under_way_is_bounded(tmp_path: Path) -> None:
    spool = Spool(tmp_path, most_bytes=50_000)
    spool.put("a", None, b"first")
    assert spool.take() is not None
    for _ in range(1_000):
        spool.put("a", None, b"x" * 100)
    again = spool.take()
    assert again is not None
    assert b"events are missing" in again.bodies[0]
    [file] = tmp_path.glob("*.jsonl")
    assert file.stat().st_size < 50_000


def test_what_was_under_way_is_sent_again_exactly_as_it_was(tmp_path: Path) -> None:
    first = Spool(tmp_path)
    put_all(first, "a", 3)
    under_way = first.take()
    put_all(first, "a", 5)
    first.close()  # its process has ended
    second = Spool(tmp_path)
    assert second.take() == under_way


def test_a_second_sender_waits_for_the_first(tmp_path: Path) -> None:
    first, second = Spool(tmp_path), Spool(tmp_path)
    put_all(first, "a", 2)
    assert first.take() is not None
    put_all(second, "a", 2)
    assert second.take() is None
    assert not len(second)
    first.close()
    assert second.take() is not None


def test_a_line_that_was_cut_off_waits_for_its_end(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    put_all(spool, "a", 1)
    [file] = tmp_path.glob("*.jsonl")
    with file.open("ab") as open_file:
        open_file.write(b'{"half"')
    [batch] = drained(spool)
    assert batch.bodies == (b"0",)


def test_a_file_that_holds_no_events_harms_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "aaa.jsonl").write_bytes(b"\xff\xfe nonsense\n")
    spool = Spool(tmp_path)
    put_all(spool, "b", 2)
    batch = spool.take()
    assert batch is not None
    assert batch.session == "b"
    assert "holds no events" in caplog.text


def test_names_that_differ_in_case_alone_have_files_of_their_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    put_all(spool, "Deploy", 1)
    put_all(spool, "deploy", 1)
    assert len({path.name.lower() for path in tmp_path.glob("*.jsonl")}) == 2


def test_a_folder_that_cannot_be_used_is_said_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="cannot be used"):
        Spool(tmp_path / "file" / "spool")


def test_only_its_user_can_read_a_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    put_all(spool, "a", 1)
    [file] = (tmp_path / "spool").glob("*.jsonl")
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0
