"""The traces of programs in the database: each span once, in the session where it belongs."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from api.protocols.otlp import read_export
from api.protocols.spans import step_of
from tests.support.account import EMAIL, HASHED
from tests.support.at_once import at_once
from tests.support.clock import Clock
from tests.support.spans import TRACE, agent, chat, export, http, span
from utils.accounts.principal import Grant, Principal, TeamRecord, UserRecord
from utils.accounts.users import Users, add_team, add_user
from utils.database.base import Database
from utils.database.tables import sessions as sessions_table
from utils.database.tables import spans, traces
from utils.log.activity_log import ActivityLog
from utils.sessions.deletion import SessionDeletion
from utils.sessions.sessions import Sessions
from utils.traces import ingest
from utils.traces import traces as the_module
from utils.traces.ingest import Refused
from utils.traces.step import Step
from utils.traces.traces import HELD, SENT_AGAIN, Traces

OTHER = "ff" * 16
SILENCE = timedelta(minutes=15)
Take = Callable[..., None]


def steps(*given: dict[str, Any], **of_export: Any) -> list[Step]:
    request = json.dumps(export(*given, **of_export)).encode()
    return [step_of(one, datetime.now(UTC)) for one in read_export(request, "application/json").spans]


def principal(user: UserRecord, team: TeamRecord) -> Principal:
    return Principal(Grant("key", 1), user, team, frozenset({"emit"}))


@pytest.fixture
def ada(database: Database) -> Principal:
    [(user, team, _)] = Users(database).with_email(EMAIL)
    return principal(user, team)


@pytest.fixture
def max_(database: Database, ada: Principal) -> Principal:
    """A member of the same team."""
    with database.write() as connection:
        user = add_user(connection, ada.team.key, "max@example.org", "Max", "member", HASHED)
    return principal(user, ada.team)


@pytest.fixture
def stranger(database: Database) -> Principal:
    with database.write() as connection:
        team = add_team(connection, "Pirates")
        user = add_user(connection, team.key, "jack@example.org", "Jack", "administrator", HASHED)
    return principal(user, team)


@pytest.fixture
def take(database: Database, log: ActivityLog, ada: Principal) -> Take:
    """``take(span(…), …)``: they arrive with the key of Ada, or of ``who``."""

    def take(*given: dict[str, Any], who: Principal = ada, **of_export: Any) -> None:
        Traces(database, log).take(who, steps(*given, **of_export))

    return take


@pytest.fixture
def told(log: ActivityLog) -> Callable[[str], list[dict[str, Any]]]:
    """``told("s")``: the events of a session; none of one that does not exist."""

    def told(session_id: str) -> list[dict[str, Any]]:
        position = log.position(session_id)
        return [json.loads(event.body) for event in log.read(position.key, 0)] if position is not None else []

    return told


def statuses(events: list[dict[str, Any]]) -> list[str]:
    return [event["status"] for event in events if event["type"] == "runUpdate"]


def ended(events: list[dict[str, Any]]) -> list[str]:
    """The steps that ended, in the order in which that was told."""
    return [
        event["activity_id"][-1]
        for event in events
        if event["type"] == "agentActivity" and "started" not in event["status"]
    ]


def test_a_trace_is_a_session_of_whoever_s_key_it_came_with(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions, ada: Principal
) -> None:
    take(chat(2, 1), agent(1, seconds=3))
    found = sessions.get(TRACE)
    assert found is not None
    assert (found.owner_key, found.shared, found.team_key) == (ada.user.key, False, ada.team.key)
    assert found.title == "invoke_agent Lookout · harbour"
    assert statuses(told(TRACE)) == ["running", "completed"]


def test_a_span_that_is_sent_again_is_told_once_also_by_another_process(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database
) -> None:
    take(chat(2, 1), chat(2, 1))
    take(chat(2, 1), chat(3, 1))
    take(agent(1, seconds=5), chat(3, 1))
    before = told(TRACE)
    assert sorted(set(ended(before))) == ["1", "2", "3"]
    take(chat(2, 1), chat(3, 1), agent(1, seconds=5))
    assert told(TRACE) == before
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(spans)).scalar() == 3


def test_requests_that_come_at_the_same_instant_tell_each_span_once(
    take: Take, told: Callable[[str], list[dict[str, Any]]], log: ActivityLog
) -> None:
    requests = [lambda number=number: take(chat(number, 1), chat(9, 1)) for number in range(2, 8)]
    assert at_once(*requests) == [None] * 6
    events = told(TRACE)
    assert sorted(ended(events)) == ["2", "3", "4", "5", "6", "7", "9"]
    assert statuses(events).count("running") == len(statuses(events))
    position = log.position(TRACE)
    assert position is not None
    assert position.head == len(events)


def test_a_conversation_is_one_session_over_many_traces(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions
) -> None:
    says = {"gen_ai.conversation.id": "talk-1"}
    take(chat(1, says=says))
    take(chat(1, says=says, trace=OTHER))
    assert statuses(told("talk-1")) == ["running", "completed"] * 2
    found = sessions.get("talk-1")
    assert found is not None
    assert found.title == "chat tiny · harbour"


def test_what_a_conversation_is_called_may_be_known_later(
    take: Take, told: Callable[[str], list[dict[str, Any]]]
) -> None:
    says = {"session.id": "talk-1"}
    take(chat(2, 1))
    take(agent(1, says=says, seconds=5))
    take(chat(1, says=says, trace=OTHER))
    assert told("talk-1") == []
    assert statuses(told(TRACE)) == ["running", "running", "completed", "running", "completed"]


def test_a_session_that_was_made_before_takes_the_conversation_of_its_name(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions, ada: Principal
) -> None:
    sessions.create("deploy-42", "Deploy", ada.user)
    take(chat(1), **{"session.id": "deploy-42"})
    assert ended(told("deploy-42")) == ["1"]
    found = sessions.get("deploy-42")
    assert found is not None
    assert found.title == "Deploy"


def test_a_session_of_somebody_else_is_left_alone(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions, max_: Principal, stranger: Principal
) -> None:
    sessions.create("talk-1", "Private", stranger.user)
    says = {"session.id": "talk-1"}
    take(chat(1, says=says), who=max_)
    take(chat(2, says=says), who=max_)
    assert told("talk-1") == []
    [own] = sessions.page(max_.user).items
    assert own.id.startswith("talk-1-")
    assert ended(told(own.id)) == ["1", "2"]


def test_a_conversation_whose_session_was_handed_over_goes_on_in_another(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, ada: Principal, max_: Principal
) -> None:
    says = {"session.id": "talk-1"}
    take(chat(1, says=says), who=max_)
    with database.write() as connection:
        connection.execute(update(sessions_table).values(owner_key=ada.user.key))
    take(chat(2, says=says, trace=OTHER), who=max_)
    assert ended(told("talk-1")) == ["1"]


def test_the_same_trace_with_the_keys_of_two_users_is_told_to_each(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions, max_: Principal, ada: Principal
) -> None:
    take(chat(1))
    take(chat(1), chat(2, 1), who=max_)
    [mine], [theirs] = sessions.page(ada.user).items, sessions.page(max_.user).items
    assert mine.id == TRACE
    assert (ended(told(mine.id)), ended(told(theirs.id))) == (["1"], ["1", "2"])


@pytest.mark.parametrize("name", ["two words", "ünïcode", "/", "x" * 300, "a/b", "-", "a\nb"])
def test_a_conversation_may_be_called_anything(take: Take, sessions: Sessions, ada: Principal, name: str) -> None:
    take(chat(1, says={"session.id": name}))
    take(chat(1, says={"session.id": name}, trace=OTHER))
    take(chat(1, says={"session.id": name + "!"}, trace="ee" * 16))
    assert len(sessions.page(ada.user).items) == 2


def test_calls_of_http_alone_make_no_session_until_there_is_an_agent(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions, ada: Principal
) -> None:
    take(http(3, 2))
    take(http(3, 2), http(4, 2))
    assert sessions.page(ada.user).items == []
    take(chat(2, 1))
    assert sorted(ended(told(TRACE))) == ["2", "3", "4"]
    take(http(3, 2), http(5, 2), agent(1, seconds=9))
    assert sorted(set(ended(told(TRACE)))) == ["1", "2", "3", "4", "5"]
    assert {event["agent_name"] for event in told(TRACE)[-4:-1]} == {"Lookout"}


def test_calls_of_http_alone_are_forgotten(
    take: Take, database: Database, log: ActivityLog, clock: Clock, sessions: Sessions, ada: Principal
) -> None:
    take(http(1))
    Traces(database, log).forget_held()
    clock.move(seconds=HELD.total_seconds() + 1)
    take(http(1, trace=OTHER))
    Traces(database, log).forget_held()
    with database.read() as connection:
        assert connection.execute(select(traces.c.trace_id)).scalars().all() == [OTHER]
        assert connection.execute(select(func.count()).select_from(spans)).scalar() == 1


def test_of_calls_of_http_alone_only_so_many_are_held(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_MOST_HELD", 2)
    take(http(3, 2), http(4, 2))
    take(http(5, 2))
    take(http(6, 2), http(5, 2))
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(spans)).scalar() == 1
    take(chat(2))
    assert sorted(ended(told(TRACE))) == ["2", "6"]


def test_the_spans_of_old_traces_are_forgotten_in_steps_and_where_they_were_told_is_not(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, log: ActivityLog, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(the_module, "_MOST_FORGOTTEN_AT_ONCE", 2)
    says = {"session.id": "talk-1"}
    take(*(chat(number, 1, says=says) for number in range(2, 6)), agent(1, says=says, seconds=9))
    take(chat(2, 1, trace=OTHER))  # it is open
    clock.move(seconds=SENT_AGAIN.total_seconds() - 5)
    take(chat(2, trace="ee" * 16))
    traces_of_ada = Traces(database, log)
    traces_of_ada.forget_spans()
    assert _left(database) == {TRACE: 5, OTHER: 1, "ee" * 16: 1}
    clock.move(seconds=10)
    traces_of_ada.forget_spans()
    assert _left(database) == {OTHER: 1, "ee" * 16: 1}
    take(chat(6, 1, says={"session.id": "another"}))
    assert ended(told("talk-1"))[-1] == "6"
    assert statuses(told("talk-1")) == ["running", "completed"]
    clock.move(seconds=SENT_AGAIN.total_seconds() + 1)
    traces_of_ada.end_silent(SILENCE)
    traces_of_ada.forget_spans()
    assert _left(database) == {}, "what was open has fallen silent"


def _left(database: Database) -> dict[str, int]:
    """How many spans there are of each trace."""
    counts = select(traces.c.trace_id, func.count()).join_from(traces, spans).group_by(traces.c.trace_id)
    with database.read() as connection:
        return {row[0]: row[1] for row in connection.execute(counts)}


def test_a_trace_without_an_end_is_ended_and_goes_on_when_more_arrives(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, log: ActivityLog, clock: Clock
) -> None:
    take(chat(2, 1))
    take(chat(1, trace=OTHER))
    clock.move(seconds=SILENCE.total_seconds() - 5)
    Traces(database, log).end_silent(SILENCE)
    assert statuses(told(TRACE)) == ["running"]
    clock.move(seconds=10)
    for _ in range(2):
        Traces(database, log).end_silent(SILENCE)
    assert statuses(told(TRACE)) == ["running", "cancelled"]
    assert statuses(told(OTHER)) == ["running", "completed"]
    take(chat(3, 1))
    assert statuses(told(TRACE)) == ["running", "cancelled", "running"]
    clock.move(seconds=SILENCE.total_seconds() + 1)
    Traces(database, log).end_silent(SILENCE)
    take(agent(1, seconds=9))
    assert statuses(told(TRACE))[3:] == ["cancelled", "running", "completed"]


def test_a_trace_whose_caller_reports_elsewhere_is_ended_as_it_was(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, log: ActivityLog, clock: Clock
) -> None:
    take(chat(3, 2), agent(2, 1, kind=2))
    take(chat(4, 2), agent(2, 1, kind=2, trace=OTHER), chat(5, 6, trace=OTHER))
    clock.move(seconds=SILENCE.total_seconds() + 1)
    Traces(database, log).end_silent(SILENCE)
    assert (statuses(told(TRACE)), statuses(told(OTHER))) == (["running", "completed"], ["running", "cancelled"])


def test_a_silent_trace_that_cannot_be_ended_keeps_no_other_open(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, log: ActivityLog, clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    take(chat(2, 1))
    take(chat(2, 1, trace=OTHER))
    with database.write() as connection:
        connection.execute(update(traces).where(traces.c.trace_id == TRACE).values(told="{"))
    clock.move(seconds=SILENCE.total_seconds() + 1)
    Traces(database, log).end_silent(SILENCE)
    assert (statuses(told(TRACE)), statuses(told(OTHER))) == (["running"], ["running", "cancelled"])
    assert [bool(record.exc_info) for record in caplog.records] == [True]


def test_what_is_deleted_is_gone_and_begins_anew(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, deletion: SessionDeletion
) -> None:
    take(chat(2, 1), chat(3, 1))
    assert deletion.delete(TRACE)
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(traces)).scalar() == 0
        assert connection.execute(select(func.count()).select_from(spans)).scalar() == 0
    take(chat(2, 1))
    assert ended(told(TRACE)) == ["2"]


def test_a_trace_whose_session_is_being_deleted_begins_anew(
    take: Take, told: Callable[[str], list[dict[str, Any]]], deletion: SessionDeletion, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(chat(2, 1))
    with monkeypatch.context() as patch:  # killed before anything but the mark was done
        patch.setattr(deletion, "_erase", lambda key: None)
        assert deletion.delete(TRACE)
    take(chat(2, 1), chat(3, 1))
    assert ended(told(TRACE)) == ["2", "3"]
    deletion.finish()
    assert ended(told(TRACE)) == ["2", "3"]


def test_a_long_request_is_told_in_several_transactions(
    take: Take, told: Callable[[str], list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(the_module, "_MOST_AT_ONCE", 3)
    take(*(chat(number, 1) for number in range(2, 9)), agent(1, seconds=20))
    assert sorted(set(ended(told(TRACE)))) == list("12345678")
    assert statuses(told(TRACE)) == ["running", "running", "completed"]


def test_a_trace_of_which_too_many_spans_wait_takes_no_more(
    take: Take, told: Callable[[str], list[dict[str, Any]]], database: Database, log: ActivityLog, ada: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(ingest, "MOST_WAITING", 2)
    take(chat(2, 1), chat(3, 1))
    take(chat(4, 1))
    more = steps(chat(5, 1), chat(6, 1), chat(1, trace=OTHER))
    assert Traces(database, log).take(ada, more) == Refused(waiting=2)
    assert (ended(told(TRACE)), ended(told(OTHER))) == (["2", "3", "4"], ["1"])


def test_what_fails_in_the_middle_leaves_nothing_and_may_be_sent_again(
    take: Take, told: Callable[[str], list[dict[str, Any]]], sessions: Sessions, ada: Principal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(ingest.Ingest, "_name", fail)
        with pytest.raises(RuntimeError):
            take(chat(2, 1), agent(1, seconds=3))
    assert sessions.page(ada.user).items == []
    take(chat(2, 1), agent(1, seconds=3))
    assert sorted(set(ended(told(TRACE)))) == ["1", "2"]


def test_a_name_with_control_characters_is_a_title(take: Take, sessions: Sessions) -> None:
    take(span(1, name="a\n\tb\u202e\x00c" + "x" * 300))
    found = sessions.get(TRACE)
    assert found is not None
    assert found.title.startswith("a bcxxx")
    assert len(found.title) <= 200
