"""What is too large for its topic, or is refused by it, stops nothing, and does not vanish."""

import json
from pathlib import Path

import pytest

from tests.kafka.topics import Topics
from tests.support.events import activity
from tests.support.processes import environment, process
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.kafka.sender import Sender
from utils.log.activity_log import ActivityLog
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(("most", "size"), [(20_000, 30_000), (4 * 1024 * 1024, 4 * 1024 * 1024)])
def test_an_answer_that_is_too_large_is_told_in_words_and_holds_up_nobody(
    topics: Topics, settings: Settings, tmp_path: Path, log: ActivityLog, sessions: Sessions, run_queue: RunQueue,
    most: int, size: int,
) -> None:  # fmt: skip
    topics.broker.make(topics.responses, most_bytes=most)
    sessions.create("s1")
    assert run_queue.request("s1", "Who?", run_id="request-1", metadata={"request_id": "q1"})
    run = run_queue.claim("me")
    assert run
    run_queue.finish(run, "completed", answer=("x" * size, "[]"))
    log.append("other", [activity("other")])
    position = log.position("s1")
    assert position
    with process(["-m", "agents.processes.kafka_bridge"], environment(settings.data_dir), tmp_path / "bridge.log"):
        wait_until(lambda: topics.events in topics.broker.topics(), 30, "the topics")
        wait_until(lambda: len(topics.published("s1")) == position.head and topics.published("other"), 30, "the events")
        [told] = wait_until(topics.answers, 30, "an answer")
    assert (told["run_id"], told["status"], told["id"]) == ("request-1", "completed", "q1")
    assert "too large" in told["response"]


@pytest.mark.parametrize("which", ["responses", "dead_letters"])
def test_a_refusal_that_the_broker_does_not_take_is_told_and_tried_again(
    topics: Topics, taking, asked, sessions: Sessions, ada: UserRecord, which: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """As where it may not write: the producer has taken the message, and hears of that later."""
    topics.broker.make(getattr(topics, which), most_bytes=100)
    monkeypatch.setattr(Sender, "room", lambda *_: 1_000_000)
    sessions.create("private", owner=ada)
    with taking(kafka_partitions=1):
        topics.ask("private", "What is in here?", id="q1")
        topics.ask("s1", "Who?", id="q2")
        wait_until(lambda: "No questions can be taken" in caplog.text, 30, "a word about it")
        topics.broker.limit(getattr(topics, which), 1_000_000)
        [told, *_] = wait_until(topics.answers, 60, "the refusal")
        wait_until(topics.refused, 30, "the dead letter")
        wait_until(lambda: asked("s1"), 30, "the question behind it")
        wait_until(lambda: "that is over" in caplog.text, 30, "a word about the end")
    assert (told["status"], told["id"]) == ("refused", "q1")


def test_a_message_that_is_too_large_for_the_dead_letters_is_named_there(topics: Topics, taking, asked) -> None:
    topics.broker.make(topics.dead_letters, most_bytes=20_000)
    with taking(kafka_partitions=1):
        topics.put(b"x" * 30_000, "bad")
        topics.ask("good", "Who?")
        wait_until(lambda: asked("good"), 30, "the question after it")
        [dead] = topics.refused()
    assert dead.value == b""
    assert "too large for this topic" in dead.headers["reason"]
    assert json.loads(dead.headers["offset"]) == 0
