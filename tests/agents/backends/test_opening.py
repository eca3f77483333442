"""Who answers a run: whose model, with whose key, under which name."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.built_in.documents import DocumentsConfiguration
from agents.backends.kinds import KINDS
from agents.backends.langgraph import LangGraphBackend
from agents.backends.opening import Backends
from agents.errors import AgentError
from agents.models.connection import OPENAI_ADDRESS
from agents.team.graph import build_chat_graph, build_graph
from tests.support.account import SECRET_KEY
from tests.support.backends import resources
from tests.support.connectors.kinds import echo
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.tables import agents
from utils.registry.agent_registry import AgentRecord, AgentRegistry
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Kinds
from utils.registry.server_key import ServerKey
from utils.settings import Settings

SERVERS, OWN = "sk-of-the-server", "sk-of-the-agent"
MODEL: dict[str, Any] = {"name": "tiny", "temperature": 0.5, "max_tokens": 99}


@pytest.fixture
def registry(database: Database) -> AgentRegistry:
    return AgentRegistry(database, lambda: ServerKey(SECRET_KEY), KINDS)


@pytest.fixture
def with_model(settings: Settings) -> Settings:
    """The server has a model."""
    given = {"openai_api_key": SecretStr(SERVERS), "openai_base_url": "http://servers/v1", "openai_model": "large"}
    return settings.model_copy(update=given)


def agent(
    registry: AgentRegistry, ada: UserRecord, configuration: BackendConfiguration, key: str | None = None
) -> AgentRecord:
    given = {"api_key": SecretStr(key)} if key else {}
    return registry.create(
        ada.team_key, name="Skipper", configuration=configuration, system_prompt=" Be kind.\n", secrets_given=given  # type: ignore[arg-type]
    )  # fmt: skip


def backends_of(registry: AgentRegistry, settings: Settings) -> Backends:
    return Backends(registry, resources(settings, registry._database))


def choice(backend: LangGraphBackend) -> tuple[str, str | None, str, str | None]:
    assert backend.choice is not None
    key = backend.choice.api_key.get_secret_value() if backend.choice.api_key is not None else None
    return backend.choice.owner, backend.choice.address, backend.choice.name, key


def failure(backends: Backends, agent_key: int | None) -> AgentError:
    with pytest.raises(AgentError) as failed:
        backends.of_run(agent_key)[0]
    return failed.value


def test_a_run_of_nobodys_is_answered_as_the_settings_say(
    registry: AgentRegistry, settings: Settings, with_model: Settings
) -> None:
    extraction = backends_of(registry, settings).of_run(None).backend
    assert (extraction.choice, extraction.model_name, extraction.agent_name) == (None, "built-in", "Supervisor")
    assert extraction.build_graph is build_graph
    backend = backends_of(registry, with_model).of_run(None).backend
    assert choice(backend) == ("server", "http://servers/v1", "large", SERVERS)
    assert backend.model_name == "large"


def test_the_built_in_agents_do_the_same(registry: AgentRegistry, ada: UserRecord, with_model: Settings) -> None:
    [built_in] = registry.of_team(ada.team_key).items
    backend = backends_of(registry, with_model).of_run(built_in.key).backend
    assert choice(backend) == ("server", "http://servers/v1", "large", SERVERS)
    assert (backend.build_graph, backend.agent_name, backend.instructions) == (build_graph, "Supervisor", "")


def test_without_a_model_they_read_and_quote_though_the_server_has_one(
    registry: AgentRegistry, ada: UserRecord, with_model: Settings
) -> None:
    made = agent(registry, ada, DocumentsConfiguration(kind="documents", source="none"))
    backend = backends_of(registry, with_model).of_run(made.key).backend
    assert (backend.choice, backend.model_name) == (None, "built-in")


@pytest.mark.parametrize("kind", [ChatConfiguration, DocumentsConfiguration])
def test_its_own_model_gets_its_own_key_and_never_the_servers(
    registry: AgentRegistry, ada: UserRecord, with_model: Settings, kind: Any
) -> None:
    own = kind(
        kind=kind.model_fields["kind"].annotation.__args__[0], source="own", base_url="http://own/v1", model=MODEL
    )
    backends = backends_of(registry, with_model)
    keyless = agent(registry, ada, own)
    assert choice(backends.of_run(keyless.key).backend) == ("agent", "http://own/v1", "tiny", None)
    keyed = registry.change(ada.team_key, keyless.id, secrets_given={"api_key": SecretStr(OWN)})
    assert keyed is not None
    backend = backends.of_run(keyed.key).backend
    assert choice(backend) == ("agent", "http://own/v1", "tiny", OWN)
    assert backend.choice is not None
    assert (backend.choice.temperature, backend.choice.max_tokens) == (0.5, 99)
    assert OWN not in repr(backend)


@pytest.mark.parametrize(
    ("hosts", "allowed"),
    [(None, True), ("own", True), ("here, OWN", True), ("here", False), (".own", False), ("OWN.example.org", False)],
)
def test_the_server_may_say_where_its_agents_may_go(
    registry: AgentRegistry, ada: UserRecord, with_model: Settings, hosts: str | None, allowed: bool
) -> None:
    own = ChatConfiguration.model_validate(
        {"kind": "chat", "source": "own", "base_url": "http://own:8000/v1", "model": MODEL}
    )
    backends = backends_of(registry, with_model.model_copy(update={"agent_hosts": hosts}))
    made = agent(registry, ada, own, OWN)
    if allowed:
        assert choice(backends.of_run(made.key).backend)[1] == "http://own:8000/v1"
    else:
        assert failure(backends, made.key).code == "address_not_allowed"


def test_of_a_kind_outside_ringside_the_address_is_checked_before_its_secret_is_opened(
    database: Database, ada: UserRecord, with_model: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = Kinds([*KINDS.values(), echo.KIND])
    monkeypatch.setattr("agents.backends.opening.KINDS", kinds)
    opened: list[str] = []
    registry = AgentRegistry(database, lambda: (opened.append("key"), ServerKey(SECRET_KEY))[1], kinds)
    made = registry.create(
        ada.team_key, name="Echo", configuration=echo.EchoConfiguration(kind="echo", prefix="You said:"),
        secrets_given={"password": SecretStr(OWN)},
    )  # fmt: skip
    opened.clear()
    elsewhere = backends_of(registry, with_model.model_copy(update={"agent_hosts": "models.example.org"}))
    assert failure(elsewhere, made.key).code == "address_not_allowed"
    assert opened == []
    allowed = backends_of(registry, with_model.model_copy(update={"agent_hosts": "echo.example"}))
    assert allowed.of_run(made.key).backend.model_name == "echo"
    assert opened == ["key"]


def test_openais_own_address_is_meant_whatever_the_server_uses(
    registry: AgentRegistry, ada: UserRecord, with_model: Settings
) -> None:
    made = agent(registry, ada, ChatConfiguration(kind="chat", source="own", model=MODEL), OWN)
    assert choice(backends_of(registry, with_model).of_run(made.key).backend) == ("agent", OPENAI_ADDRESS, "tiny", OWN)


def test_the_servers_key_goes_to_the_servers_address_with_the_agents_settings(
    registry: AgentRegistry, ada: UserRecord, with_model: Settings
) -> None:
    made = agent(registry, ada, ChatConfiguration(kind="chat", model=MODEL))
    backend = backends_of(registry, with_model).of_run(made.key).backend
    assert choice(backend) == ("server", "http://servers/v1", "tiny", SERVERS)
    assert backend.choice is not None
    assert (backend.choice.temperature, backend.choice.max_tokens) == (0.5, 99)
    assert (backend.build_graph, backend.agent_name) == (build_chat_graph, "Skipper")
    assert backend.instructions == "Be kind."


def test_a_chat_without_any_model_says_who_can_mend_it(
    registry: AgentRegistry, ada: UserRecord, settings: Settings
) -> None:
    made = agent(registry, ada, ChatConfiguration(kind="chat"))
    error = failure(backends_of(registry, settings), made.key)
    assert error.code == "no_model"
    assert "administrator" in error.message


def test_one_that_was_switched_off_or_deleted_answers_no_more(
    registry: AgentRegistry, ada: UserRecord, settings: Settings
) -> None:
    made, backends = agent(registry, ada, DocumentsConfiguration(kind="documents")), backends_of(registry, settings)
    registry.change(ada.team_key, made.id, enabled=False)
    error = failure(backends, made.key)
    assert (error.code, error.retryable) == ("agent_disabled", False)
    assert "Choose another agent for the session" in error.message
    registry.delete(ada.team_key, made.id)
    assert failure(backends, made.key).code == "agent_deleted"


@pytest.mark.parametrize("stored", ['{"kind": "gone"}', '{"kind": "chat", "source": "none"}'])
def test_one_that_this_server_cannot_use_any_more_answers_with_plain_words(
    registry: AgentRegistry, ada: UserRecord, settings: Settings, database: Database, stored: str
) -> None:
    made = agent(registry, ada, DocumentsConfiguration(kind="documents"))
    with database.write() as connection:
        connection.execute(update(agents).where(agents.c.key == made.key).values(configuration=stored))
    error = failure(backends_of(registry, settings), made.key)
    assert (error.code, error.retryable) == ("agent_unavailable", False)


def test_a_key_that_cannot_be_opened_is_told_in_plain_words(
    registry: AgentRegistry, ada: UserRecord, settings: Settings, database: Database
) -> None:
    made = agent(registry, ada, ChatConfiguration(kind="chat", source="own", model=MODEL), OWN)
    elsewhere = AgentRegistry(database, lambda: ServerKey("another secret key, as long as it should be"), KINDS)
    error = failure(backends_of(elsewhere, settings), made.key)
    assert error.code == "secret_lost"
    assert "PREVIOUS_SECRET_KEYS" in error.message
    assert OWN not in error.message


def test_a_machine_that_opens_no_secret_needs_no_secret_key(
    registry: AgentRegistry, ada: UserRecord, settings: Settings, database: Database
) -> None:
    def no_key() -> ServerKey:
        raise AssertionError("it was asked for")

    made = agent(registry, ada, ChatConfiguration(kind="chat", source="own", model=MODEL))
    assert backends_of(AgentRegistry(database, no_key, KINDS), settings).of_run(made.key).backend.model_name == "tiny"
