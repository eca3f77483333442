"""Registered agents at work: real agent processes, a real model server, and no key where it does not belong."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.built_in.documents import DocumentsConfiguration
from agents.backends.kinds import KINDS
from agents.backends.model_source import ModelSettings
from tests.model_server import ModelServer, Silence, Status, Text
from tests.support.account import SECRET_KEY
from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.tables import metadata
from utils.log.activity_log import ActivityLog
from utils.log.events import (
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Error,
    LoggedEvent,
    RunUpdate,
    logged_event,
)
from utils.registry.agent_registry import AgentRecord, AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

CANARY, SERVERS = "sk-canary-4711", "sk-of-the-server"
QUESTION = "How many passengers may the ferry carry in winter?"
NOTICE = b"# Notice\n\nIn winter the ferry may carry at most 84 passengers. Dogs travel free on the lower deck.\n"


class Site:
    """A database with agents and sessions, the server's model server and the agents' own, and agent processes."""

    def __init__(
        self, stack: ExitStack, settings: Settings, database: Database, log: ActivityLog, run_queue: RunQueue,
        sessions: Sessions, ada: UserRecord, folder: Path,
    ) -> None:  # fmt: skip
        self.database, self.log, self.sessions, self.ada = database, log, sessions, ada
        self.runs, self.run_queue = Runs(database), run_queue
        self.registry = AgentRegistry(database, lambda: ServerKey(SECRET_KEY), KINDS)
        self.output, self.data = folder / "agents.log", settings.data_path
        self.servers, self.own = stack.enter_context(ModelServer()), stack.enter_context(ModelServer())
        self._stack = stack
        self._environment = environment(
            settings.data_path, lease_seconds=1, openai_api_key=SERVERS, openai_base_url=self.servers.url,
            openai_model="large", log_level="debug",
        )  # fmt: skip
        self._documents = Documents(database)

    def start(self, **settings: object) -> Any:
        extra = {name.upper(): str(value) for name, value in settings.items()}
        return self._stack.enter_context(agent_process(self._environment | extra, self.output))

    def chat(self, key: str | None = CANARY, **given: Any) -> AgentRecord:
        configuration = ChatConfiguration(
            kind="chat", source="own", base_url=self.own.url, model=ModelSettings(name="tiny")
        )
        secret = {"api_key": SecretStr(key)} if key else {}
        return self.registry.create(
            self.ada.team_key, name="Skipper", configuration=configuration, secrets_given=secret, **given  # type: ignore[arg-type]
        )  # fmt: skip

    def readers(self, source: Any, **given: Any) -> AgentRecord:
        configuration = DocumentsConfiguration(kind="documents", source=source, **given)
        secret: Any = {"api_key": SecretStr(CANARY)} if source == "own" else {}
        return self.registry.create(
            self.ada.team_key, name=f"Readers {source}", configuration=configuration, secrets_given=secret
        )

    def session(self, agent: AgentRecord | None = None, session_id: str = "s") -> None:
        self.sessions.create(session_id, owner=self.ada, agent_key=agent.key if agent else None)
        with (self.output.parent / "notice.md").open("wb+") as file:
            file.write(NOTICE)
            file.seek(0)
            self._documents.add(session_id, "notice.md", file)

    def ask(self, session_id: str = "s", question: str = QUESTION) -> str:
        requested = self.run_queue.request(session_id, question)
        assert requested is not None
        return requested[1].id

    def wait(self, run_id: str, status: str = "completed") -> RunRecord:
        def reached() -> RunRecord | None:
            run = self.runs.get(run_id)
            assert run is not None
            assert run.status == status or not run.ended, f"{run.status}: {run.reason}\n{self.output.read_text()}"
            return run if run.status == status else None

        run = wait_until(reached, 20, f"status {status}")
        assert run is not None
        return run

    def events(self, session_id: str = "s") -> list[LoggedEvent]:
        position = self.log.position(session_id)
        assert position is not None
        return [logged_event.validate_json(event.data()) for event in self.log.read(position.key, 0, 100_000)]

    def answers(self, session_id: str = "s") -> list[str]:
        session = self.sessions.get(session_id)
        assert session is not None
        found = Messages(self.database).page(session.key).items
        return [message.content for message in found if message.role == "assistant"]

    def models(self, session_id: str = "s") -> list[str]:
        return [event.model for event in self.events(session_id) if isinstance(event, RunUpdate) and event.model]

    def everything_stored(self) -> bytes:
        """The database: its files, and what its tables say."""
        stored = b"".join(path.read_bytes() for path in self.data.rglob("*") if path.is_file())
        with self.database.read() as connection:
            for table in metadata.tables.values():
                for row in connection.execute(table.select()):
                    stored += b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in row)
        return stored


@pytest.fixture
def site(
    settings: Settings, database: Database, log: ActivityLog, run_queue: RunQueue, sessions: Sessions, ada: UserRecord,
    tmp_path: Path,
) -> Iterator[Site]:  # fmt: skip
    with ExitStack() as stack:
        yield Site(stack, settings, database, log, run_queue, sessions, ada, tmp_path)


def test_an_agent_that_chats_answers_with_its_own_model_and_its_key_shows_up_nowhere_else(site: Site) -> None:
    site.own.answer("text", Text("They push water away."), Text("It is salty."))
    site.session(site.chat(system_prompt="Speak plainly."))
    site.start()
    site.wait(site.ask(question="Why do ferries float?"))
    site.wait(site.ask(question="And the sea?"))
    assert site.answers() == ["They push water away.", "It is salty."]
    events = site.events()
    assert site.models() == ["tiny", "tiny"]
    assert {event.agent_name for event in events if isinstance(event, AgentActivity | AgentMessage)} == {"Skipper"}
    usage = [event.usage for event in events if isinstance(event, AgentActivity) and event.usage]
    assert [one.model for one in usage] == ["tiny", "tiny"]
    assert [headers["authorization"] for headers in site.own.headers] == [f"Bearer {CANARY}"] * 2
    assert [message["content"] for message in site.own.requests[1]["messages"]] == [
        "Speak plainly.", "Why do ferries float?", "They push water away.", "And the sea?",
    ]  # fmt: skip
    assert site.servers.requests == []
    told = "".join(event.model_dump_json() for event in events) + site.output.read_text()
    for secret in (CANARY, SERVERS):
        assert secret not in told
        assert secret.encode() not in site.everything_stored()
    assert "Speak plainly" not in told


@pytest.mark.any_database
def test_a_key_that_the_model_server_repeats_and_refuses_shows_up_nowhere(site: Site) -> None:
    site.own.answer("text", Status(401, message=f"Incorrect API key provided: {CANARY}"))
    site.session(site.chat())
    site.start()
    run = site.wait(site.ask(), "failed")
    assert "the agent's API key" in (run.reason or "")
    told = "".join(event.model_dump_json() for event in site.events()) + site.output.read_text()
    assert CANARY not in told
    assert CANARY.encode() not in site.everything_stored()


def test_the_readers_of_documents_ask_whom_they_are_told_to_ask(site: Site) -> None:
    site.start()
    for source, model, keys in (
        ("server", "large", [{f"Bearer {SERVERS}"}, set()]),
        ("own", "tiny", [set(), {f"Bearer {CANARY}"}]),
        ("none", "built-in", [set(), set()]),
    ):
        own = {"base_url": site.own.url, "model": ModelSettings(name="tiny")} if source == "own" else {}
        site.session(site.readers(source, **own), source)
        for server in (site.servers, site.own):
            server.headers.clear()
        site.wait(site.ask(source))
        assert "84 passengers" in site.answers(source)[0]
        assert site.models(source) == [model]
        assert [{sent["authorization"] for sent in server.headers} for server in (site.servers, site.own)] == keys


@pytest.mark.any_database
def test_an_own_server_without_a_key_is_not_sent_the_servers(site: Site) -> None:
    site.own.answer("text", Text("They push water away."))
    site.session(site.chat(key=None))
    site.start()
    site.wait(site.ask())
    assert [headers["authorization"] for headers in site.own.headers] == ["Bearer none"]
    assert SERVERS not in str(site.own.headers)


def test_a_change_is_heard_of_by_the_next_question(site: Site) -> None:
    agent = site.chat()
    site.own.answer("text", Text("One."), Text("Two."))
    site.session(agent)
    site.start()
    site.wait(site.ask())
    site.registry.change(site.ada.team_key, agent.id, name="Mate", secrets_given={"api_key": SecretStr("sk-new")})
    site.wait(site.ask())
    assert [headers["authorization"] for headers in site.own.headers] == [f"Bearer {CANARY}", "Bearer sk-new"]
    assert site.answers() == ["One.", "Two."]
    assert [event.agent_name for event in site.events() if isinstance(event, AgentMessage) and event.final] == [
        "Skipper", "Mate",
    ]  # fmt: skip


def test_a_question_that_waits_when_its_agent_goes_fails_with_plain_words(site: Site) -> None:
    asked = {}
    for how, agent in (("disabled", site.chat()), ("deleted", site.readers("server"))):
        site.session(agent, how)
        asked[how] = site.ask(how)
        if how == "disabled":
            site.registry.change(site.ada.team_key, agent.id, enabled=False)
        else:
            site.registry.delete(site.ada.team_key, agent.id)
    site.start()
    for how, run_id in asked.items():
        run = site.wait(run_id, "failed")
        [error] = [event for event in site.events(how) if isinstance(event, Error)]
        assert error.code == f"agent_{how}"
        assert error.message == run.reason
        assert "Choose another agent for the session" in error.message
    assert site.own.requests == site.servers.requests == []


@pytest.mark.any_database
def test_a_key_that_cannot_be_opened_fails_the_run_with_plain_words(site: Site) -> None:
    site.session(site.chat())
    site.start(secret_key="another secret key, as long as it should be")
    run = site.wait(site.ask(), "failed")
    assert [event.code for event in site.events() if isinstance(event, Error)] == ["secret_lost"]
    assert "PREVIOUS_SECRET_KEYS" in (run.reason or "")
    assert site.own.requests == []


@pytest.mark.any_database
def test_the_question_goes_to_who_was_chosen_when_it_was_asked(site: Site) -> None:
    site.own.answer("text", Text("They push water away."))
    site.session(site.chat())
    run_id = site.ask()
    site.sessions.change("s", agent_key=site.readers("none").key)
    later = site.ask()
    site.start()
    site.wait(run_id)
    site.wait(later)
    assert site.models() == ["tiny", "built-in"]


def test_a_chat_whose_process_is_killed_goes_on_with_the_same_agent_though_it_was_renamed(site: Site) -> None:
    site.own.answer("text", Silence("They"), Text("They push water away."))
    agent = site.chat()
    site.session(agent)
    first = site.start()
    run_id = site.ask()
    wait_until(lambda: site.own.kinds.count("text") == 1, 20, "the call")
    first.kill()
    site.registry.change(site.ada.team_key, agent.id, name="Mate")
    site.start()
    assert site.wait(run_id).attempt == 2
    texts: dict[str, str] = {}
    for event in site.events():
        if isinstance(event, AgentMessage):
            texts.pop(event.replaces or "", None)
            texts[event.message_id] = texts.get(event.message_id, "") + event.delta
    assert list(texts.values()) == site.answers() == ["They push water away."]
    steps: dict[str, AgentActivity] = {
        event.activity_id: event for event in site.events() if isinstance(event, AgentActivity)
    }
    assert {event.status for event in steps.values()} == {"completed"}
    assert {event.agent_name for event in steps.values()} == {"Skipper"}, "who began a step ends it"
    statuses = {event.agent_name: event.status for event in site.events() if isinstance(event, AgentStatusUpdate)}
    assert statuses == {"Skipper": "done"}


def test_a_chat_is_stopped_while_its_model_is_silent(site: Site) -> None:
    site.own.answer("text", Silence("They"))
    site.session(site.chat())
    site.start()
    run_id = site.ask()
    wait_until(lambda: site.own.kinds.count("text") == 1, 20, "the call")
    site.run_queue.cancel(run_id)
    site.wait(run_id, "cancelled")
    assert site.own.gone.wait(5), "the call to the model server goes on"


@pytest.mark.any_database
def test_the_database_is_not_asked_for_the_agent_at_every_event(site: Site) -> None:
    """Once for a run."""
    import asyncio

    from agents.processes.agent_process import AgentProcess
    from utils.registry.agent_registry import AgentRegistry as Registry

    asked: list[int] = []
    look = Registry.with_key

    def counted(registry: Registry, key: int) -> AgentRecord | None:
        asked.append(key)
        return look(registry, key)

    agent = site.readers("none")
    site.session(agent)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Registry, "with_key", counted)
        run_id = site.ask()

        async def work() -> None:
            process = AgentProcess(Settings(_env_file=None, data_dir=site.data, secret_key=SECRET_KEY), "test")  # type: ignore[arg-type]
            serving = asyncio.create_task(process.serve())
            await asyncio.to_thread(site.wait, run_id)
            process._stop()
            await serving

        asyncio.run(work())
    assert asked == [agent.key]
    assert len(site.events()) > 20
