"""What is asked by Kafka is answered by Kafka, and seen by everybody who watches."""

import json
from pathlib import Path

import pytest

from tests.kafka.topics import Topics
from tests.support.gunicorn import gunicorn
from tests.support.processes import free_port
from tests.support.waiting import wait_until
from utils.settings import Settings

QUESTION = "Who rebuilt the engine?"


def test_a_question_on_the_topic_is_answered_on_the_other_and_watched_live(
    topics: Topics, settings: Settings, tmp_path: Path
) -> None:
    with gunicorn(tmp_path / "data", agent_processes=1) as server:
        wait_until(lambda: topics.requests in topics.broker.topics(), 30, "the topics")
        topics.ask("s1", QUESTION, id="q1")
        [answer] = wait_until(topics.answers, 30, "an answer")
        assert (answer["session_id"], answer["status"], answer["id"]) == ("s1", "completed", "q1")
        assert answer["response"]
        with server.watch("s1") as reader:
            reader.until(lambda r: any('"completed"' in event.data for event in r.events), 30)
        published = wait_until(
            lambda: len(found := topics.published("s1")) >= len(reader.seqs) and found, 30, "the events"
        )
        assert [json.loads(record.value)["seq"] for record in published] == reader.seqs


@pytest.mark.any_database
def test_a_bridge_without_a_broker_is_seen_by_the_operator(
    topics: Topics, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{free_port()}")
    with gunicorn(tmp_path / "data") as server:
        told = wait_until(
            lambda: b'outages_total{part="kafka"}' in (found := server.get("/metrics")) and found, 60, "it"
        )
    assert b'ringside_outages_open{part="kafka"}' in told
