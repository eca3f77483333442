"""Calls to a run's callback addresses: stored once, in order, for as long as the run goes on."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from utils.sessions import hook_calls as hook_calls_module
from utils.sessions.deletion import SessionDeletion
from utils.sessions.hook_calls import HookCalls
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import Sessions


@pytest.fixture
def run(run_queue: RunQueue, sessions: Sessions) -> RunRecord:
    sessions.create("s1")
    requested = run_queue.request("s1", "Why?")
    assert requested is not None
    return requested[1]


def test_calls_are_kept_in_the_order_of_their_arrival(hook_calls: HookCalls, run: RunRecord) -> None:
    for number in range(3):
        assert hook_calls.add(run.id, "step", b"%d\0\xff" % number, "text/plain") == "stored"
    found = hook_calls.of_run(run.id)
    assert [(call.name, call.body, call.content_type) for call in found] == [
        ("step", b"%d\0\xff" % number, "text/plain") for number in range(3)
    ]
    assert [call.key for call in found] == sorted({call.key for call in found})


def test_the_same_bodies_are_several_calls_unless_their_sender_says_they_are_one(
    hook_calls: HookCalls, run: RunRecord
) -> None:
    for sent_id in (None, None, "a", "a", "b"):
        assert hook_calls.add(run.id, "step", b"{}", "", sent_id) == "stored"
    assert hook_calls.add(run.id, "done", b"{}", "", "a") == "stored"
    assert [call.name for call in hook_calls.of_run(run.id)] == ["step"] * 4 + ["done"]


def test_one_that_is_sent_twice_at_the_same_instant_counts_once(hook_calls: HookCalls, run: RunRecord) -> None:
    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(lambda _: hook_calls.add(run.id, "step", b"{}", "", "a"), range(8)))
    assert stored == ["stored"] * 8
    assert len(hook_calls.of_run(run.id)) == 1


def test_calls_of_an_unknown_run_are_none(hook_calls: HookCalls, run: RunRecord) -> None:
    assert hook_calls.add("run-unknown", "step", b"", "") == "unknown"
    assert hook_calls.of_run("run-unknown") == []


def test_a_run_that_ends_takes_its_calls_with_it_and_gets_no_more(
    hook_calls: HookCalls, run_queue: RunQueue, run: RunRecord
) -> None:
    hook_calls.add(run.id, "step", b"", "")
    run_queue.cancel(run.id)
    assert hook_calls.of_run(run.id) == []
    assert hook_calls.add(run.id, "step", b"", "") == "ended"
    assert hook_calls.of_run(run.id) == []


def test_a_session_that_is_deleted_takes_them_too(
    hook_calls: HookCalls, run: RunRecord, deletion: SessionDeletion
) -> None:
    hook_calls.add(run.id, "step", b"", "")
    deletion.delete("s1")
    assert hook_calls.add(run.id, "step", b"", "") == "unknown"


def test_a_run_gets_only_so_many_calls(hook_calls: HookCalls, run: RunRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_calls_module, "MOST_CALLS", 2)
    for sent_id in ("a", "b"):
        assert hook_calls.add(run.id, "step", b"", "", sent_id) == "stored"
    assert hook_calls.add(run.id, "step", b"", "", "c") == "full"
    assert hook_calls.add(run.id, "step", b"", "", "b") == "stored", "it is there"
    assert len(hook_calls.of_run(run.id)) == 2


def test_the_calls_of_a_run_may_be_only_so_large_together(
    hook_calls: HookCalls, run_queue: RunQueue, sessions: Sessions, run: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_calls_module, "MOST_BYTES", 10)
    assert hook_calls.add(run.id, "step", b"\0" * 6, "") == "stored"
    assert hook_calls.add(run.id, "step", b"12345", "") == "full"
    assert hook_calls.add(run.id, "step", b"1234", "") == "stored"
    sessions.create("s2")
    requested = run_queue.request("s2", "Why?")
    assert requested is not None
    assert hook_calls.add(requested[1].id, "step", b"12345", "") == "stored", "each run has its own limit"


def test_the_limit_holds_for_calls_at_the_same_instant(
    hook_calls: HookCalls, run: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook_calls_module, "MOST_CALLS", 3)
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: hook_calls.add(run.id, "step", b"{}", ""), range(8)))
    assert sorted(said) == ["full"] * 5 + ["stored"] * 3
