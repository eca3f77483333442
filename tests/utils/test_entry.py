"""Events on their way: packed for another process they are the same."""

import pytest

from tests.support.events import activity, run_update
from utils.activity_events import LoggedEvent, encode_body
from utils.entry import Entry, of_run, pack, to_entry, unpack
from utils.log_store import StoredEvent


def entry(seq: int, event: LoggedEvent) -> Entry:
    return to_entry(StoredEvent(seq, event.type, event.run_id, encode_body(event)))


def test_a_packed_entry_is_the_same_when_it_is_unpacked() -> None:
    entries = [
        entry(1, activity(details="zwölf\n\x00 🚢", run_id=None)),
        entry(2, activity(run_id="run-ü")),
        entry(1 << 40, run_update("s1", "run-1", "completed")),
    ]
    assert unpack(pack(entries)) == entries
    assert unpack(pack([])) == []


@pytest.mark.parametrize(
    "news",
    [b"", b"no news", b"\x01no entry", pack([entry(1, activity())])[:-1], b"\x02" + pack([entry(1, activity())])[1:]],
)
def test_what_another_version_has_packed_is_left_alone(news: bytes) -> None:
    assert unpack(news) == []


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_the_last_update_of_a_run_ends_it(status: str) -> None:
    running, ended = (entry(seq, run_update("s1", "run-1", word)) for seq, word in ((1, "running"), (3, status)))
    assert (running.ends_run, ended.ends_run) == (False, True)
    others, late = entry(2, activity(run_id="run-2")), entry(4, activity(run_id="run-1"))
    assert of_run([running, others, ended, late], "run-1") == [running, ended]
