"""A real small model over real HTTP: it follows no instruction well, and everything still has to be true."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.built_in.documents import DocumentsConfiguration
from agents.backends.kinds import KINDS
from agents.backends.model_source import ModelSettings
from agents.text.language import numbers
from tests.support.account import SECRET_KEY
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, LoggedEvent, logged_event
from utils.registry.agent_registry import AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions

pytestmark = pytest.mark.any_database

NOTICE = "In winter the ferry may carry at most 84 passengers. Dogs travel free on the lower deck.\n"
Ask = Callable[[str, str], RunRecord]


@pytest.fixture
def registry(database: Database) -> AgentRegistry:
    return AgentRegistry(database, lambda: ServerKey(SECRET_KEY), KINDS)


@pytest.fixture
def ask(run_queue: RunQueue, runs: Runs, agents: Path) -> Ask:
    """Ask in a session, and wait for the end of the run."""

    def asked(session_id: str, question: str) -> RunRecord:
        requested = run_queue.request(session_id, question)
        assert requested is not None

        def ended() -> RunRecord | None:
            run = runs.get(requested[1].id)
            return run if run is not None and run.ended else None

        run = wait_until(ended, 240, f"the end of the run\n{agents.read_text()[-2000:]}")
        assert run is not None
        return run

    return asked


def answers_in(log: ActivityLog, messages: Messages, session_id: str) -> list[str]:
    position = log.position(session_id)
    assert position is not None
    found = messages.page(position.key).items
    return [message.content for message in found if message.role == "assistant"]


def events(log: ActivityLog, session_id: str) -> list[LoggedEvent]:
    position = log.position(session_id)
    assert position is not None
    return [logged_event.validate_json(event.data()) for event in log.read(position.key, 0, 100_000)]


def test_a_chat_is_answered_as_it_is_written_turn_after_turn(
    ask: Ask, registry: AgentRegistry, sessions: Sessions, ada: UserRecord, messages: Messages, log: ActivityLog
) -> None:
    configuration = ChatConfiguration(kind="chat", source="server", model=ModelSettings(max_tokens=60, temperature=0))
    agent = registry.create(ada.team_key, name="Skipper", configuration=configuration)
    sessions.create("chat", owner=ada, agent_key=agent.key)
    for question in ("Say hello.", "What is the capital of France?", "And of Italy?"):
        run = ask("chat", question)
        assert (run.status, run.reason) == ("completed", None)
    told = events(log, "chat")
    texts = [event for event in told if isinstance(event, AgentMessage)]
    assert len([text for text in texts if text.delta]) > 3  # it streams
    assert all(text.channel is None for text in texts)
    calls = [event for event in told if isinstance(event, AgentActivity) and event.kind == "model"]
    assert [call.status for call in calls] == ["started", "completed"] * 3  # no try failed, on whatever connection
    assert all(call.usage is not None and call.usage.output_tokens > 0 for call in calls[1::2])
    answers = answers_in(log, messages, "chat")
    assert len(answers) == 3
    assert "Paris" in answers[1]


def test_of_a_document_it_says_nothing_that_is_not_there(
    ask: Ask, registry: AgentRegistry, sessions: Sessions, ada: UserRecord, messages: Messages, log: ActivityLog,
    database: Database,
) -> None:  # fmt: skip
    configuration = DocumentsConfiguration(
        kind="documents", source="server", model=ModelSettings(max_tokens=120, temperature=0)
    )
    agent = registry.create(ada.team_key, name="Readers", configuration=configuration)
    sessions.create("documents", owner=ada, agent_key=agent.key)
    Documents(database).add("documents", "notice.md", io.BytesIO(NOTICE.encode()))
    run = ask("documents", "How many passengers may the ferry carry in winter?")
    assert (run.status, run.reason) == ("completed", None)
    told = [event for event in events(log, "documents") if isinstance(event, AgentActivity)]
    assert "Search “passengers ferry carry winter”" in {event.action for event in told}  # whatever it has planned
    (answer,) = answers_in(log, messages, "documents")
    stated = re.split(r"\*\*(?:Not confirmed|Missing)", answer)[0]
    doubted = answer.removeprefix(stated)
    for sentence in re.split(r"(?<=[.!?])\s+|\n", re.sub(r"\[\d+\]", "", stated)):
        unknown = numbers(sentence) - numbers(NOTICE)
        assert not unknown or sentence.strip(" .") in doubted, answer
    planned = [event for event in told if event.action == "Split the question" and event.usage is not None]
    assert all(event.usage.output_tokens <= 2 * 300 for event in planned if event.usage)
