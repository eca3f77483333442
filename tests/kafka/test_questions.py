"""Questions from the topic: each asked once and in order, by whichever bridge; what cannot be asked stops nothing."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

import psycopg
import pysqlite3
import pytest
from confluent_kafka import KafkaError, KafkaException
from sqlalchemy.exc import OperationalError

from tests.kafka.topics import Topics
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.bridge import questions
from utils.database.base import DatabaseLostError
from utils.database.write_lock import WriteTurnError
from utils.log.errors import SessionGoneError, not_stored
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings


def test_the_questions_of_a_session_are_asked_in_their_order(topics: Topics, taking, asked, messages: Messages) -> None:
    with taking():
        for number in range(20):
            topics.ask("a", f"Question {number}?", id=str(number))
            topics.ask("b", f"Question {number}?")
        wait_until(lambda: len(asked("a")) == len(asked("b")) == 20, 30, "all questions")
    for session_id in ("a", "b"):
        assert [run.question for run in asked(session_id)] == [f"Question {number}?" for number in range(20)]
        assert {run.status for run in asked(session_id)} == {"queued"}


def test_what_arrives_twice_is_asked_once(topics: Topics, taking, asked) -> None:
    with taking():
        topics.ask("a", "Who?", id="q1")
        topics.ask("a", "Who?", id="q1")
        topics.ask("a", "Who?", id=2)
        topics.ask("a", "Who?")
        topics.ask("a", "Who?")
        topics.ask("b", "Who?", id="q1")
        topics.ask("end", "Done?", id="end")
        wait_until(lambda: asked("end") and asked("b") and len(asked("a")) == 4, 30, "the questions")
    # A group without a memory takes the whole topic again, as after offsets that were lost.
    with taking(kafka_group=f"{topics.requests}-again"):
        topics.ask("end", "Done again?", id="end-2")
        wait_until(lambda: len(asked("end")) == 2, 30, "the end of the topic")
        # The order holds within a partition only: what is left of the others comes with the next questions.
        for session_id in ("a", "b"):
            topics.ask(session_id, "Last?", id="last")
            wait_until(lambda: asked(session_id)[-1].question == "Last?", 30, "the end of its partition")  # noqa: B023
    assert [run.question for run in asked("a")] == ["Who?"] * 4 + ["Last?"]
    assert [run.question for run in asked("b")] == ["Who?", "Last?"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfe", "no JSON"),
        (b"", "JSON object"),
        (b"[1]", "JSON object"),
        ({"message": "Who?"}, "session_id"),
        ({"session_id": "no spaces", "message": "Who?"}, "session_id"),
        ({"session_id": "bad"}, "message"),
        ({"session_id": "bad", "message": "  "}, "message"),
        ({"session_id": "bad", "message": 3}, "message"),
        (b'{"session_id": "bad", "message": "\\ud800"}', "half characters"),
        ({"session_id": "bad", "message": "x" * 20_001}, "message"),
        ({"session_id": "bad", "message": "Who?", "id": ""}, "id"),
    ],
)
def test_a_bad_message_goes_to_the_dead_letters_with_the_reason_and_stops_nothing(
    topics: Topics, taking, asked, value: object, reason: str
) -> None:
    with taking(kafka_partitions=1):
        topics.put(value, "bad")
        topics.ask("good", "Who?")
        wait_until(lambda: asked("good"), 30, "the question after it")
        [dead] = topics.refused()
    assert reason in dead.headers["reason"]
    assert (dead.headers["topic"], dead.headers["offset"]) == (topics.requests, "0")
    assert dead.key == b"bad"
    assert asked("bad") == []


def test_a_private_session_is_closed_to_the_topic_and_a_shared_one_is_open(
    topics: Topics, taking, asked, sessions: Sessions, ada: UserRecord
) -> None:
    sessions.create("private", owner=ada)
    sessions.create("shared", owner=ada)
    sessions.change("shared", shared=True)
    with taking():
        topics.ask("private", "What is in here?", id="q1")
        topics.ask("shared", "Who?", id="q2")
        wait_until(lambda: asked("shared"), 30, "the question")
        [refused] = wait_until(topics.answers, 30, "an answer")
    assert asked("private") == []
    assert (refused["status"], refused["id"], refused["session_id"]) == ("refused", "q1", "private")
    assert "private" in refused["response"]


def test_bridges_share_the_questions_and_one_that_ends_loses_none(topics: Topics, taking, asked) -> None:
    names = [f"s{number}" for number in range(12)]
    with ExitStack() as all_of_them:
        all_of_them.enter_context(taking())
        with taking():
            for name in names:
                topics.ask(name, "First?", id="1")
            wait_until(lambda: all(len(asked(name)) == 1 for name in names), 40, "the first questions")
            for name in names:
                topics.ask(name, "Second?", id="2")
        for name in names:
            topics.ask(name, "Third?", id="3")
        wait_until(lambda: all(len(asked(name)) == 3 for name in names), 40, "all questions")
    for name in names:
        assert [run.question for run in asked(name)] == ["First?", "Second?", "Third?"]


def test_questions_wait_for_a_database_that_is_away(
    topics: Topics, taking, asked, run_queue: RunQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from utils.database.base import DatabaseLostError

    away = threading.Event()
    away.set()
    request = RunQueue.request

    def request_unless_away(queue: RunQueue, *args, **named):
        if away.is_set():
            refused.set()
            raise DatabaseLostError("The database does not answer.")
        return request(queue, *args, **named)

    refused = threading.Event()
    monkeypatch.setattr(RunQueue, "request", request_unless_away)
    with taking():
        topics.ask("a", "Who?", id="1")
        assert refused.wait(30)
        topics.ask("a", "When?", id="2")
        away.clear()
        wait_until(lambda: len(asked("a")) == 2, 40, "the questions")
    assert [run.question for run in asked("a")] == ["Who?", "When?"]


def _says(error: psycopg.Error | pysqlite3.Error) -> OperationalError:
    """As SQLAlchemy passes on what a driver raises."""
    return OperationalError("INSERT", {}, error)


@pytest.mark.any_database
def test_questions_wait_for_a_database_that_is_full_or_busy(
    topics: Topics, taking, asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    troubles = [
        WriteTurnError("Another writer has held the database for 10 seconds."),
        _says(pysqlite3.OperationalError("database or disk is full")),
        _says(pysqlite3.OperationalError("database is locked")),
        *(_says(psycopg.errors.lookup(state)()) for state in ("53100", "55P03", "57014", "40P01", "40001")),
        psycopg.errors.lookup("57014")(),
        SessionGoneError("The session was deleted."),
    ]
    request = RunQueue.request

    def request_in_the_end(queue: RunQueue, *args, **named):
        if troubles:
            raise troubles.pop(0)
        return request(queue, *args, **named)

    monkeypatch.setattr(RunQueue, "request", request_in_the_end)
    monkeypatch.setattr(questions, "_AGAIN_SECONDS", 0.05)
    with taking(kafka_partitions=1):
        topics.ask("a", "Who?", id="1")
        wait_until(lambda: asked("a"), 60, "the question")
        topics.ask("b", "Who?", id="2")
        wait_until(lambda: asked("b"), 30, "the question after it")
    assert troubles == []
    assert topics.refused() == []
    assert topics.answers() == []


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
    return lambda: [r.getMessage() for r in caplog.records if "No questions can be taken" in r.getMessage()]


@pytest.mark.any_database
def test_an_outage_ends_with_the_question_that_waits_and_not_with_one_that_is_refused(
    topics: Topics, taking, asked, told, monkeypatch: pytest.MonkeyPatch
) -> None:
    away, request = threading.Event(), RunQueue.request
    away.set()

    def request_unless_away(queue: RunQueue, *args, **named):
        if away.is_set():
            raise DatabaseLostError("The database does not answer.")
        return request(queue, *args, **named)

    monkeypatch.setattr(RunQueue, "request", request_unless_away)
    monkeypatch.setattr(questions, "_AGAIN_SECONDS", 0.05)
    with taking(kafka_partitions=2):
        topics.ask("a", "Who?", id="1")
        wait_until(told, 30, "a word about the outage")
        for number in range(6):
            topics.put(b"no question", f"s{number}")
        wait_until(topics.refused, 30, "one of the other partition")
        assert len(told()) == 1
        away.clear()
        wait_until(lambda: asked("a"), 40, "the question")
        wait_until(lambda: len(told()) == 2, 30, "a word about its end")
    assert "that is over" in told()[1]


@pytest.mark.any_database
@pytest.mark.parametrize("others", [False, True])
def test_an_outage_ends_when_the_brokers_answer_though_nobody_asks(
    topics: Topics, taking, asked, told, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a bridge that has no partition, because others have them all."""
    troubles, make_topics = [KafkaException(KafkaError(KafkaError._TRANSPORT))], questions.make_topics

    def make_topics_in_the_end(settings: Settings) -> None:
        if troubles and topics.requests in topics.broker.topics():
            raise troubles.pop()
        make_topics(settings)

    with ExitStack() as stack:
        stack.enter_context(taking(kafka_partitions=1))
        topics.ask("a", "Who?", id="1")
        wait_until(lambda: asked("a"), 30, "the question")
        if not others:
            stack.pop_all().close()
        monkeypatch.setattr(questions, "make_topics", make_topics_in_the_end)
        stack.enter_context(taking(kafka_partitions=1))
        wait_until(lambda: len(told()) == 2, 30, "a word about its end")
    assert "that is over" in told()[1]


@pytest.mark.any_database
def test_a_question_that_the_database_never_takes_is_refused(
    topics: Topics, taking, asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = RunQueue.request

    def request_unless_poisonous(queue: RunQueue, session_id: str, question: str, *args, **named):
        if question == "Poison":
            raise not_stored(pysqlite3.DataError("string or blob too big"))
        return request(queue, session_id, question, *args, **named)

    monkeypatch.setattr(RunQueue, "request", request_unless_poisonous)
    with taking(kafka_partitions=1):
        topics.ask("a", "Poison", id="1")
        topics.ask("b", "Who?", id="2")
        wait_until(lambda: asked("b"), 30, "the question after it")
        [dead] = topics.refused()
    assert "cannot be asked" in dead.headers["reason"]


@pytest.mark.any_database
def test_a_question_that_fails_unexpectedly_holds_up_nobody(
    topics: Topics, taking, asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = RunQueue.request

    def request_unless_poisonous(queue: RunQueue, session_id: str, question: str, *args, **named):
        if question == "Poison":
            raise RuntimeError("secret")
        return request(queue, session_id, question, *args, **named)

    monkeypatch.setattr(RunQueue, "request", request_unless_poisonous)
    with taking(kafka_partitions=1):
        topics.ask("a", "Poison", id="1")
        topics.ask("a", "Who?", id="2")
        wait_until(lambda: asked("a"), 30, "the question after it")
        [dead] = topics.refused()
        [told] = topics.answers()
    assert "cannot be asked" in dead.headers["reason"]
    assert (told["status"], told["id"]) == ("refused", "1")
    assert "secret" not in told["response"]
