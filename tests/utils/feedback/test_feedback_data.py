"""Judged answers and steps as data: their order, what is left out, and how much memory they take."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection

from tests.support.account import HASHED
from tests.support.clock import Clock
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_user
from utils.database.base import Database
from utils.feedback import feedback_data
from utils.feedback.feedback import Feedback
from utils.feedback.feedback_data import DataFilter, FeedbackData
from utils.feedback.opinion import Subject
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, RunUpdate, Usage
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.sessions import Sessions


@pytest.fixture
def opinions(database: Database) -> Feedback:
    return Feedback(database)


@pytest.fixture
def data(database: Database) -> FeedbackData:
    return FeedbackData(database)


@pytest.fixture
def max_(database: Database, ada: UserRecord) -> UserRecord:
    with database.write() as connection:
        return add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)


@pytest.fixture
def subjects(database: Database, log: ActivityLog, sessions: Sessions, ada: UserRecord) -> Iterator[list[Subject]]:
    """Three runs of a crew: each has an answer and a step."""
    session = sessions.create("s1", "First", ada)
    for number in range(3):
        common = {"session_id": "s1", "run_id": f"crew-{number}"}
        step = {"activity_id": "1", "agent_name": f"Scout {number}", "action": "Search", "kind": "tool"}
        ReportedRuns(database, log).append(
            "s1",
            session.key,
            [
                RunUpdate(**common, status="running", question=f"Where is {number}?"),
                AgentActivity(**common, **step, status="started", input={"at": number}),
                AgentActivity(
                    **common,
                    **step,
                    status="completed",
                    output="Here.",
                    usage=Usage(model="tiny", input_tokens=2, output_tokens=1),
                ),
                AgentMessage(**common, message_id="m", agent_name="Writer", delta=f"At {number}.", final=True),
                RunUpdate(**common, status="completed"),
            ],
        )
    return [Subject("s1", session.key, f"crew-{number}") for number in range(3)]


def test_a_line_has_what_was_asked_what_came_of_it_and_what_is_thought(
    opinions: Feedback, data: FeedbackData, subjects: list[Subject], ada: UserRecord
) -> None:
    step = Subject("s1", subjects[0].session_key, "crew-0", "1")
    assert opinions.judge(subjects[0], ada, "up")
    assert opinions.judge(step, ada, "down")
    opinions.comment(step, ada, "Nothing is there.")
    answer, judged = sorted(data.things(ada, DataFilter()), key=lambda one: one.activity_id or "")
    assert (answer.question, answer.answer, answer.agent, answer.verdict) == ("Where is 0?", "At 0.", "Writer", "up")
    assert (answer.run_id, answer.run_status, answer.step) == ("crew-0", "completed", None)
    assert judged.step is not None
    assert (judged.step.action, judged.step.input, judged.step.output) == ("Search", '{"at": 0}', "Here.")
    assert (judged.agent, judged.models, judged.answer, judged.verdict) == ("Scout 0", ["tiny"], None, "down")
    assert [one.text for one in judged.comments] == ["Nothing is there."]


def test_a_step_that_is_not_there_cannot_be_judged(
    opinions: Feedback, data: FeedbackData, subjects: list[Subject], ada: UserRecord
) -> None:
    unknown = Subject("s1", subjects[0].session_key, "crew-0", "2")
    assert opinions.judge(unknown, ada, "up") is False
    assert opinions.comment(unknown, ada, "What?") is None
    assert list(data.things(ada, DataFilter())) == []


def test_it_comes_in_the_order_of_the_last_change_and_goes_on_from_a_moment(
    opinions: Feedback, data: FeedbackData, subjects: list[Subject], ada: UserRecord, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(feedback_data, "_PIECE", 1)
    monkeypatch.setattr(feedback_data, "_THINGS", feedback_data._THINGS.limit(1))
    for subject in subjects:
        opinions.judge(subject, ada, "up")
        clock.move(seconds=1)
    opinions.judge(subjects[0], ada, "down")
    whole = list(data.things(ada, DataFilter()))
    assert [one.run_id for one in whole] == ["crew-1", "crew-2", "crew-0"]
    since = whole[-1].changed_at
    clock.move(seconds=1)
    opinions.withdraw(subjects[1], ada)
    assert [(one.run_id, one.withdrawn) for one in data.things(ada, DataFilter(since=since))] == [
        ("crew-0", False), ("crew-1", True)
    ]  # fmt: skip
    assert [one.run_id for one in data.things(ada, DataFilter())] == ["crew-2", "crew-0"], "of which nothing is left"
    assert [one.run_id for one in data.things(ada, DataFilter(until=whole[1].changed_at))] == ["crew-2"]


def test_verdicts_and_agents_are_chosen(
    opinions: Feedback, data: FeedbackData, subjects: list[Subject], ada: UserRecord, max_: UserRecord
) -> None:
    for subject, verdicts in zip(subjects, (("up", "up"), ("up", "down"), ("down",)), strict=True):
        for who, verdict in zip((ada, max_), verdicts, strict=False):
            opinions.judge(subject, who, "up" if verdict == "up" else "down")
    opinions.judge(Subject("s1", subjects[0].session_key, "crew-2", "1"), ada, "up")

    def found(which: DataFilter) -> set[tuple[str, bool]]:
        return {(one.run_id, one.activity_id is not None) for one in data.things(ada, which)}

    assert found(DataFilter(verdict="up")) == {("crew-0", False), ("crew-2", True)}
    assert found(DataFilter(verdict="mixed")) == {("crew-1", False)}
    assert found(DataFilter(verdict="down")) == {("crew-2", False)}
    assert found(DataFilter(agent="Scout 2")) == {("crew-2", True)}


@pytest.mark.any_database
def test_memory_does_not_grow_with_their_number(
    opinions: Feedback, data: FeedbackData, subjects: list[Subject], ada: UserRecord, database: Database
) -> None:
    opinions.judge(subjects[0], ada, "up")
    with database.write() as connection:
        for number in range(2000):
            connection.exec_driver_sql(
                "INSERT INTO feedback (id, team_key, session_key, run_id, activity_id, agent_name, changed_at) "
                f"SELECT 'f{number}', team_key, session_key, 'crew-1', 'a{number}', '', {number} FROM feedback "
                "WHERE run_id = 'crew-0'"
            )
        connection.exec_driver_sql(
            "INSERT INTO comments (id, feedback_key, user_key, text, created_at) SELECT 'c' || key, key, "
            f"{ada.key}, '{'x' * 2000}', 1 FROM feedback"
        )
    tracemalloc.start()
    size = sum(len(one.comments[0].text) for one in data.things(ada, DataFilter()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 2001 * 2000
    assert peak < 2 * 1024 * 1024, "of 4 MB"


def test_steps_are_read_without_a_connection_and_no_further_than_their_run_goes(
    opinions: Feedback, data: FeedbackData, subjects: list[Subject], ada: UserRecord, database: Database,
    log: ActivityLog, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = subjects[0].session_key
    later = {"session_id": "s1", "run_id": "crew-0", "agent_name": "Late", "action": "Search"}
    log.append("s1", [AgentActivity(**later, activity_id="late", status="started")], key=key)
    assert opinions.judge(Subject("s1", key, "crew-0", "late"), ada, "up") is False, "the run was over"
    assert opinions.judge(Subject("s1", key, "crew-1", "1"), ada, "up")

    at_once, most = 0, 0
    read = database.read

    @contextmanager
    def counted() -> Iterator[Connection]:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        with read() as connection:
            yield connection
        at_once -= 1

    monkeypatch.setattr(database, "read", counted)
    [judged] = data.things(ada, DataFilter())
    assert judged.step is not None
    assert (judged.step.output, judged.step.run_id, most) == ("Here.", "crew-1", 1)


def test_a_run_that_goes_on_after_its_end_is_read_up_to_the_next(
    opinions: Feedback, subjects: list[Subject], ada: UserRecord, database: Database, log: ActivityLog
) -> None:
    key, common = subjects[0].session_key, {"session_id": "s1", "run_id": "crew-0"}
    more = {"activity_id": "more", "agent_name": "Scout", "action": "Look again", "status": "completed"}
    again = [
        RunUpdate(**common, status="running"), AgentActivity(**common, **more), RunUpdate(**common, status="completed"),
    ]  # fmt: skip
    ReportedRuns(database, log).append("s1", key, again)
    assert opinions.judge(Subject("s1", key, "crew-0", "more"), ada, "up")
