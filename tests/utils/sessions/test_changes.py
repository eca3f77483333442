"""The marker of changes: another one whenever a list may show something else, and the same while nothing happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.kinds import KINDS
from tests.support.account import HASHED, SECRET_KEY
from tests.support.events import fill
from tests.support.plans import plan_of
from utils.accounts.principal import UserRecord
from utils.accounts.sign_ins import SignIns
from utils.accounts.users import Users, add_team, add_user
from utils.database.base import Database
from utils.database.tables import approval_deciders
from utils.database.tables import approvals as rows
from utils.log.activity_log import ActivityLog
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.approval import ApprovalRecord, NewApproval, Question
from utils.sessions.approval_deciders import MOST_COMPARED, open_for
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.changes import Changes
from utils.sessions.deletion import SessionDeletion
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions

CHAT = ChatConfiguration(kind="chat", source="server")


@pytest.fixture
def registry(database: Database) -> AgentRegistry:
    return AgentRegistry(database, lambda: ServerKey(SECRET_KEY), KINDS)


@pytest.fixture
def max_(database: Database, ada: UserRecord) -> UserRecord:
    with database.write() as connection:
        return add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)


@pytest.fixture
def fay(database: Database) -> UserRecord:
    with database.write() as connection:
        return add_user(connection, add_team(connection, "Pier").key, "fay@example.org", "Fay", "administrator", HASHED)


@pytest.fixture
def moves(database: Database) -> Callable[..., object]:
    """What happens within the block gives the user another marker, or with ``no`` the same."""

    @contextmanager
    def moves(user: UserRecord, what: str, no: bool = False) -> Iterator[None]:
        before = Changes(database).of_sessions(user)
        yield
        assert (Changes(database).of_sessions(user) == before) is no, what

    return moves


def test_all_that_a_list_shows_moves_it(
    database: Database, sessions: Sessions, ada: UserRecord, max_: UserRecord, log: ActivityLog, run_queue: RunQueue,
    deletion: SessionDeletion,
    moves: Callable[..., object],
) -> None:  # fmt: skip
    with moves(ada, "a session of hers"):
        sessions.create("s1", owner=ada)
    with moves(ada, "a session of an emitter"):
        fill(log, "s2", 1)
    with moves(ada, "an event"):
        fill(log, "s2", 1)
    with moves(ada, "a question"):
        _, run = run_queue.request("s1", "Who?")
    with moves(ada, "a cancelled run"):
        run_queue.cancel(run.id)
    for change in (
        {"title": "Other"}, {"tags": ["boats"]}, {"tags": []}, {"priority": "high"}, {"shared": True},
        {"archived": True}, {"archived": False},
    ):  # fmt: skip
        with moves(ada, str(change)):
            sessions.change("s1", **change)  # type: ignore[arg-type]
    with moves(max_, "a session that he may see no longer"):
        sessions.change("s1", shared=False)
    sessions.change("s1", archived=True)
    with moves(ada, "an event in an archived session"):
        fill(log, "s1", 1)
    with moves(ada, "a deleted session"):
        deletion.delete("s1")


def test_so_does_a_question_that_is_put_to_somebody_in_a_private_session(
    database: Database, sessions: Sessions, approvals: Approvals, ada: UserRecord, max_: UserRecord, fay: UserRecord,
    moves: Callable[..., object],
) -> None:  # fmt: skip
    session = sessions.create("private", owner=ada)

    def ask(step: str, *deciders: str, administrators: bool = False) -> ApprovalRecord:
        question = Question("Pay", "Pay?", deciders=deciders, administrators=administrators)
        return approvals.ask("private", session.key, NewApproval(step, "Purser", question))[0]

    with moves(max_, "a question to its owner", no=True), moves(fay, "one of another team", no=True):
        ask("a1")
        ask("a2", fay.id)
    with moves(max_, "a question to him"):
        asked = ask("a3", max_.id)
    with moves(max_, "its end"):
        approvals.decide(asked.id, Decider(ada, "dashboard"), "approve", None, None)
    sessions.create("others", owner=max_)
    with moves(max_, "one to administrators", no=True):
        asked = ask("a4", administrators=True)
    Users(database).change(ada.team_key, max_.id, role="administrator")
    max_ = replace(max_, role="administrator")
    with moves(max_, "its end, when he is one"):
        approvals.decide(asked.id, Decider(ada, "dashboard"), "approve", None, None)
    with database.write() as connection:
        olive = add_user(connection, ada.team_key, "olive@example.org", "Olive", "viewer", HASHED)
    with moves(max_, "one to somebody who may not decide"):
        asked = ask("a5", olive.id)
    with moves(max_, "its end, too"):
        approvals.decide(asked.id, Decider(ada, "dashboard"), "approve", None, None)


def test_of_many_questions_that_are_put_to_somebody_few_are_looked_at_and_no_others(
    database: Database, sessions: Sessions, approvals: Approvals, ada: UserRecord, max_: UserRecord,
    moves: Callable[..., object],
) -> None:  # fmt: skip
    session = sessions.create("private", owner=ada)

    def ask(step: str, user: UserRecord) -> ApprovalRecord:
        question = NewApproval(step, "Purser", Question("Pay", "Pay?", deciders=[user.id]))
        return approvals.ask("private", session.key, question)[0]

    first, keys = ask("first", max_), [ask("second", max_).key]
    with database.write() as connection:  # many more like the second
        like = connection.execute(select(rows).where(rows.c.key == keys[0])).mappings().one()
        same = {name: like[name] for name in like if name != "key"}
        more = [{**same, "id": f"a{n}", "activity_id": f"a{n}"} for n in range(1, MOST_COMPARED)]
        connection.execute(insert(rows), more)
        keys = list(connection.scalars(select(rows.c.key).where(rows.c.key > first.key).order_by(rows.c.key)))
        of_max = {"team_key": max_.team_key, "user_key": max_.key, "open": True}
        connection.execute(insert(approval_deciders), [of_max | {"approval_key": key} for key in keys[1:]])
    with database.read() as connection:
        assert open_for(connection, max_) == [[first.key, *keys[:-1]], keys[-1:]]
        assert open_for(connection, replace(max_, key=ada.key)) == [[], []]
    with moves(max_, "another one"):
        ask("last", max_)
    with moves(max_, "the end of what he sees first"):
        approvals.decide(first.id, Decider(max_, "dashboard"), "approve", None, None)


@pytest.mark.only_on("sqlite")
def test_they_are_found_by_an_index(database: Database, ada: UserRecord) -> None:
    steps = plan_of(database, lambda: Changes(database).of_sessions(ada))
    assert not [step for step in steps if step.startswith("SCAN ") and "approval" in step], steps
    assert len([step for step in steps if "INDEX approval_deciders_of_user" in step]) == 6, steps


def test_so_do_agents_and_people(
    database: Database, sessions: Sessions, ada: UserRecord, max_: UserRecord, registry: AgentRegistry,
    moves: Callable[..., object],
) -> None:  # fmt: skip
    with moves(ada, "a new agent"):
        agent = registry.create(ada.team_key, name="Skipper", configuration=CHAT)
    sessions.create("s1", owner=max_, agent_key=agent.key)
    with moves(max_, "an agent that is switched off"):
        registry.change(ada.team_key, agent.id, enabled=False)
    with moves(max_, "its picture"):
        registry.set_avatar(ada.team_key, agent.id, b"picture")
    with moves(max_, "its end"):
        registry.delete(ada.team_key, agent.id)
    users = Users(database)
    with moves(max_, "his role"):
        users.change(ada.team_key, max_.id, role="viewer")
    with moves(ada, "his name"):
        users.change(ada.team_key, max_.id, name="Maxine")
    with moves(ada, "the team's name"):
        users.change_team(ada.team_key, name="Harbour")
    users.change(ada.team_key, max_.id, active=False)
    with moves(ada, "sessions that are handed over"):
        users.hand_over(ada.team_key, max_.id, ada.id)


def test_it_stays_while_nothing_happens_that_one_may_know_of(
    deletion: SessionDeletion, database: Database, sessions: Sessions,
    ada: UserRecord, max_: UserRecord, fay: UserRecord,
    log: ActivityLog, registry: AgentRegistry, moves: Callable[..., object],
) -> None:  # fmt: skip
    sessions.create("s1", owner=ada)
    sessions.create("private", owner=max_)
    sessions.create("foreign", owner=fay)
    with moves(ada, "what goes on elsewhere", no=True):
        sessions.get("s1")
        SignIns(database).open(ada, "A browser")
        Users(database).set_password(max_, "another password", 0)
        fill(log, "private", 3)
        fill(log, "foreign", 3)
        sessions.change("foreign", title="Theirs", tags=["theirs"])
        registry.create(fay.team_key, name="Theirs", configuration=CHAT)
        deletion.delete("foreign")
    assert len({Changes(database).of_sessions(user) for user in (ada, max_, fay)}) == 3


def test_a_session_that_moves_behind_others_is_noticed(
    database: Database, sessions: Sessions, ada: UserRecord, log: ActivityLog, moves: Callable[..., object]
) -> None:
    """The clock of the machine that moves it is behind that of others."""
    sessions.create("s1", owner=ada)
    sessions.create("s2", owner=ada)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET updated_at = updated_at + 60000 WHERE id = 's2'")
    with moves(ada, "the other session"):
        fill(log, "s1", 1)


@pytest.mark.only_on("postgresql")
def test_whoever_changes_a_session_waits_for_no_other_of_the_team(database: Database, sessions: Sessions) -> None:
    sessions.create("s1")
    sessions.create("s2")
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET title = 'Mine' WHERE id = 's1'")
        assert sessions.change("s2", title="Other") is not None
