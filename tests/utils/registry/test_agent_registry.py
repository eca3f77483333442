"""The registry of agents: names are given once, and a key goes to its address alone."""

from typing import Any, Literal

import pytest
from pydantic import SecretStr
from sqlalchemy import event, text

from agents.backends.built_in.chat import ChatConfiguration
from agents.backends.built_in.documents import DocumentsConfiguration
from agents.backends.kinds import KINDS
from agents.backends.model_source import ModelSettings
from tests.support.account import SECRET_KEY
from tests.support.at_once import at_once
from utils.accounts.first_visit import open_for_first_visit
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team
from utils.database.base import Database
from utils.registry.agent_registry import AgentRecord, AgentRegistry, AgentRegistryError, Secrets, seal_anew
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Capabilities, Kind, Kinds, Secret
from utils.registry.server_key import ServerKey
from utils.settings import Settings

KEY = "sk-canary-4711"
OLD_KEY, NEW_KEY = "the-former-secret-key-of-the-tests", "the-next-secret-key-of-the-tests"


@pytest.fixture
def registry(database: Database) -> AgentRegistry:
    return with_keys(database, SECRET_KEY)


def with_keys(database: Database, *keys: str) -> AgentRegistry:
    return AgentRegistry(database, lambda: ServerKey(*keys), KINDS)


def at(address: str | None, **given: Any) -> BackendConfiguration:
    """A chat with a model of its own."""
    return ChatConfiguration(kind="chat", source="own", base_url=address, model=ModelSettings(name="m"), **given)


HERE, THERE = at("http://here/v1"), at("http://there/v1")
SERVER = ChatConfiguration(kind="chat")


def given(key: str | None) -> Secrets:
    return {"api_key": SecretStr(key) if key is not None else None}


def made(registry: AgentRegistry, ada: UserRecord, name: str = "Chat") -> AgentRecord:
    return registry.create(ada.team_key, name=name, configuration=HERE, secrets_given=given(KEY))


def refusal(code: str) -> Any:
    return pytest.raises(AgentRegistryError, check=lambda error: error.code == code)


def opened(registry: AgentRegistry, agent: AgentRecord) -> str | None:
    secret = registry.secret(agent, "api_key")
    return secret.get_secret_value() if secret is not None else None


def test_every_team_has_the_built_in_one_which_can_be_changed_but_not_deleted(
    registry: AgentRegistry, ada: UserRecord
) -> None:
    [built_in] = registry.of_team(ada.team_key).items
    assert (built_in.name, built_in.built_in, built_in.enabled) == ("Document agents", True, True)
    assert built_in.configuration == DocumentsConfiguration(kind="documents")
    with refusal("built_in"):
        registry.delete(ada.team_key, built_in.id)
    extraction = DocumentsConfiguration(kind="documents", source="none")
    changed = registry.change(ada.team_key, built_in.id, name="Ours", enabled=False, configuration=extraction)
    assert changed is not None
    assert (changed.name, changed.enabled, changed.configuration) == ("Ours", False, extraction)


def test_one_is_registered_found_changed_and_deleted(registry: AgentRegistry, ada: UserRecord) -> None:
    agent = made(registry, ada)
    assert registry.get(ada.team_key, agent.id) == registry.with_key(agent.key) == agent
    assert [one.id for one in registry.of_team(ada.team_key).items][1:] == [agent.id]
    changed = registry.change(ada.team_key, agent.id, description="Talks", system_prompt="Be kind.")
    assert changed is not None
    assert (changed.name, changed.description, changed.system_prompt) == ("Chat", "Talks", "Be kind.")
    assert (changed.configuration, changed.sealed) == (agent.configuration, agent.sealed)
    assert changed.updated_at > agent.updated_at
    assert registry.delete(ada.team_key, agent.id) == changed
    assert registry.get(ada.team_key, agent.id) is registry.with_key(agent.key) is None
    assert registry.delete(ada.team_key, agent.id) is None
    assert registry.change(ada.team_key, agent.id, name="Late") is None


def test_of_another_team_there_is_nothing(registry: AgentRegistry, ada: UserRecord, database: Database) -> None:
    with database.write() as connection:
        pier = add_team(connection, "Pier").key
    agent = made(registry, ada)
    registry.set_avatar(ada.team_key, agent.id, b"picture")
    assert registry.get(pier, agent.id) is registry.usable(pier, agent.id) is registry.avatar(pier, agent.id) is None
    assert registry.change(pier, agent.id, name="Mine") is registry.set_avatar(pier, agent.id, b"x") is None
    assert registry.delete(pier, agent.id) is None
    assert [one.name for one in registry.of_team(pier).items] == ["Document agents"]
    assert registry.create(pier, name="Chat", configuration=SERVER).name == "Chat", "a name is taken in its team only"


def test_a_name_is_given_once_in_a_team(registry: AgentRegistry, ada: UserRecord) -> None:
    made(registry, ada)
    other = made(registry, ada, "Other")
    with refusal("name_taken"):
        made(registry, ada)
    with refusal("name_taken"):
        registry.change(ada.team_key, other.id, name="Chat")
    assert registry.change(ada.team_key, other.id, name="Other") is not None, "it may keep its own"
    answers = at_once(*[lambda: made(registry, ada, "Same")] * 4)
    assert sum(isinstance(one, AgentRecord) for one in answers) == 1
    assert sum(isinstance(one, AgentRegistryError) for one in answers) == 3


def test_only_one_that_is_enabled_can_be_used(registry: AgentRegistry, ada: UserRecord) -> None:
    agent = made(registry, ada)
    assert registry.usable(ada.team_key, agent.id) == agent
    registry.change(ada.team_key, agent.id, enabled=False)
    with refusal("agent_disabled"):
        registry.usable(ada.team_key, agent.id)


def test_an_agent_keeps_its_kind(registry: AgentRegistry, ada: UserRecord) -> None:
    agent = made(registry, ada)
    with refusal("kind_fixed"):
        registry.change(ada.team_key, agent.id, configuration=DocumentsConfiguration(kind="documents"))


# Its key


def test_a_key_is_kept_sealed_and_opens_for_who_works(
    registry: AgentRegistry, ada: UserRecord, database: Database
) -> None:
    agent = made(registry, ada)
    assert opened(registry, agent) == KEY
    assert list(agent.sealed) == ["api_key"]
    with database.read() as connection:
        row = str(connection.execute(text("SELECT * FROM agents WHERE id = :id"), {"id": agent.id}).one())
    for told in (row, repr(agent), repr(registry.secret(agent, "api_key"))):
        assert KEY not in told
    assert opened(registry, registry.create(ada.team_key, name="Keyless", configuration=HERE)) is None


def test_a_key_is_replaced_and_taken_away(registry: AgentRegistry, ada: UserRecord) -> None:
    agent = made(registry, ada)
    replaced = registry.change(ada.team_key, agent.id, secrets_given=given("another"))
    assert replaced is not None
    assert opened(registry, replaced) == "another"
    removed = registry.change(ada.team_key, agent.id, secrets_given=given(None))
    assert removed is not None
    assert (opened(registry, removed), removed.sealed) == (None, {})


def test_a_key_never_goes_to_another_address_than_it_was_given_for(registry: AgentRegistry, ada: UserRecord) -> None:
    agent = made(registry, ada)
    for elsewhere in (THERE, at("https://here/v1"), at("http://here/v2"), at(None)):
        with refusal("key_needed"):
            registry.change(ada.team_key, agent.id, configuration=elsewhere)
    assert registry.get(ada.team_key, agent.id) == agent
    again = registry.change(ada.team_key, agent.id, configuration=THERE, secrets_given=given("theirs"))
    assert again is not None
    assert opened(registry, again) == "theirs"
    without = registry.change(ada.team_key, agent.id, configuration=HERE, secrets_given=given(None))
    assert without is not None
    assert opened(registry, without) is None


def test_a_detour_over_the_servers_model_does_not_take_the_key_elsewhere(
    registry: AgentRegistry, ada: UserRecord
) -> None:
    agent = made(registry, ada)
    assert registry.change(ada.team_key, agent.id, configuration=SERVER) is not None
    with refusal("key_needed"):
        registry.change(ada.team_key, agent.id, configuration=THERE)
    back = registry.change(ada.team_key, agent.id, configuration=HERE)
    assert back is not None
    assert opened(registry, back) == KEY


def test_whoever_writes_in_the_database_cannot_send_a_key_elsewhere(
    registry: AgentRegistry, ada: UserRecord, database: Database
) -> None:
    agent = made(registry, ada)
    with database.write() as connection:
        moved = text("UPDATE agents SET configuration = :there WHERE key = :key")
        connection.execute(moved, {"there": THERE.model_dump_json(), "key": agent.key})
    moved_agent = registry.with_key(agent.key)
    assert moved_agent is not None
    with refusal("key_needed"):
        registry.secret(moved_agent, "api_key")


def test_an_agent_without_a_server_of_its_own_takes_no_key(registry: AgentRegistry, ada: UserRecord) -> None:
    with refusal("key_unused"):
        registry.create(ada.team_key, name="Chat", configuration=SERVER, secrets_given=given(KEY))
    assert len(registry.of_team(ada.team_key).items) == 1


class LocalConfiguration(BackendConfiguration):
    """Something that works on this server, or at an address."""

    kind: Literal["local"]
    address: str | None = None

    @property
    def own_address(self) -> str | None:
        return self.address


def test_an_agent_that_works_on_this_server_has_secrets_which_leave_it_for_no_address(
    database: Database, ada: UserRecord
) -> None:
    local = Kind("Local", "Works here.", LocalConfiguration, {"password": Secret("Password", "")}, Capabilities())
    registry = AgentRegistry(database, lambda: ServerKey(SECRET_KEY), Kinds([*KINDS.values(), local]))
    here, there = LocalConfiguration(kind="local"), LocalConfiguration(kind="local", address="http://there")
    password: Secrets = {"password": SecretStr(KEY)}
    agent = registry.create(ada.team_key, name="Here", configuration=here, secrets_given=password)
    secret = registry.secret(agent, "password")
    assert secret is not None
    assert secret.get_secret_value() == KEY
    with refusal("key_needed"):
        registry.change(ada.team_key, agent.id, configuration=there)
    with refusal("key_unused"):
        registry.change(ada.team_key, agent.id, secrets_given=given(KEY))  # that is a secret of other kinds
    moved = registry.change(ada.team_key, agent.id, configuration=there, secrets_given=password)
    assert moved is not None
    with refusal("key_needed"):
        registry.change(ada.team_key, agent.id, configuration=here)


def test_a_key_that_cannot_be_opened_is_told_of_and_can_be_given_again(
    registry: AgentRegistry, ada: UserRecord, database: Database
) -> None:
    agent = made(registry, ada)
    other = with_keys(database, NEW_KEY)
    assert list(agent.sealed) == ["api_key"]
    with refusal("secret_lost"):
        other.secret(agent, "api_key")
    switched_off = other.change(ada.team_key, agent.id, enabled=False, description="Out of order")
    assert switched_off is not None
    assert not switched_off.enabled
    with refusal("secret_lost"):
        other.change(ada.team_key, agent.id, configuration=agent.configuration)
    assert other.change(ada.team_key, agent.id, name="Renamed", secrets_given=given("again")) is not None
    found = other.get(ada.team_key, agent.id)
    assert found is not None
    assert opened(other, found) == "again"


# SECRET_KEY is replaced


def test_after_a_start_with_the_new_secret_key_the_former_one_can_be_forgotten(
    ada: UserRecord, database: Database, settings: Settings
) -> None:
    registry = with_keys(database, OLD_KEY)
    agent, plain = made(registry, ada), registry.create(ada.team_key, name="Plain", configuration=SERVER)
    open_for_first_visit(settings.model_copy(update={"secret_key": SecretStr(OLD_KEY)}))
    assert registry.get(ada.team_key, agent.id) == agent, "nothing to do"
    both = {"secret_key": SecretStr(NEW_KEY), "previous_secret_keys": SecretStr(OLD_KEY)}
    open_for_first_visit(settings.model_copy(update=both))
    only_new = with_keys(database, NEW_KEY)
    sealed_anew = only_new.get(ada.team_key, agent.id)
    assert sealed_anew is not None
    assert opened(only_new, sealed_anew) == KEY
    assert registry.get(ada.team_key, plain.id) == plain
    with refusal("secret_lost"):
        registry.secret(sealed_anew, "api_key")
    open_for_first_visit(settings.model_copy(update={"secret_key": SecretStr(NEW_KEY)}))
    assert only_new.get(ada.team_key, agent.id) == sealed_anew


def test_between_the_two_starts_of_several_machines_each_opens_what_the_others_seal(
    registry: AgentRegistry, ada: UserRecord, database: Database
) -> None:
    """The new key is announced to all before any uses it."""
    announced, changed = with_keys(database, SECRET_KEY, NEW_KEY), with_keys(database, NEW_KEY, SECRET_KEY)
    agent = made(announced, ada)
    seal_anew(database, ServerKey(NEW_KEY, SECRET_KEY))
    for machine in (announced, changed):
        found = machine.get(ada.team_key, agent.id)
        assert found is not None
        assert opened(machine, found) == KEY


def test_a_key_whose_secret_key_is_lost_does_not_keep_a_server_from_starting(
    registry: AgentRegistry, ada: UserRecord, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    lost = made(registry, ada)
    new = with_keys(database, NEW_KEY)
    kept = made(new, ada, "Other")
    seal_anew(database, ServerKey(NEW_KEY))
    assert lost.id in caplog.text
    assert kept.id not in caplog.text
    assert new.get(ada.team_key, kept.id) == kept


# Its picture


def test_a_picture_has_another_id_each_time_and_is_in_no_list(
    registry: AgentRegistry, ada: UserRecord, database: Database
) -> None:
    agent = made(registry, ada)
    assert (agent.avatar_id, registry.avatar(ada.team_key, agent.id)) == (None, None)
    first = registry.set_avatar(ada.team_key, agent.id, b"first")
    second = registry.set_avatar(ada.team_key, agent.id, b"second")
    assert first is not None
    assert second is not None
    assert first.avatar_id != second.avatar_id
    assert registry.avatar(ada.team_key, agent.id) == (second.avatar_id, b"second")
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    registry.of_team(ada.team_key)
    registry.get(ada.team_key, agent.id)
    assert asked
    assert all("a.avatar," not in one and "*" not in one for one in asked)
    removed = registry.set_avatar(ada.team_key, agent.id, None)
    assert removed is not None
    assert (removed.avatar_id, registry.avatar(ada.team_key, agent.id)) == (None, None)
