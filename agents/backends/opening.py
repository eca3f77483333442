"""Who answers a run: the backend of the agent it was asked of."""

from functools import partial
from typing import NamedTuple

from agents.backends.base import Backend, Registration, Resources
from agents.backends.built_in.documents import DocumentsConfiguration
from agents.backends.kinds import KINDS
from agents.errors import AgentError
from utils.registry.agent_registry import (
    AgentRegistry,
    AgentRegistryError,
    agent_deleted,
    agent_disabled,
    agent_unavailable,
)
from utils.registry.configuration import address_not_allowed


class Opened(NamedTuple):
    kind: str
    backend: Backend
    seconds: int  # for which it may work on a run; 0: no limit


class Backends:
    def __init__(self, registry: AgentRegistry, resources: Resources) -> None:
        self._registry = registry
        self._resources = resources

    def of_run(self, agent_key: int | None) -> Opened:
        """The backend of the agent with this key, and for how many seconds it may work on a run.

        None: the document agents, as the settings say. Asks the database. Raises AgentError in plain words when the
        agent cannot answer.
        """
        try:
            agent = self._registered(agent_key) if agent_key is not None else _built_in()
            configuration = agent.configuration
            address = configuration.own_address
            if address is not None and not self._resources.settings.allows_agents_at(address):
                raise AgentError("address_not_allowed", address_not_allowed())  # since it was registered
            own, whole = configuration.run_seconds, self._resources.settings.run_seconds
            backend = KINDS[configuration.kind].open(agent, self._resources)
            return Opened(configuration.kind, backend, whole if own is None else own)
        except AgentRegistryError as error:
            raise AgentError(error.code, str(error)) from error

    def seconds_outside(self, agent_key: int | None) -> int:
        """For how long a worker outside of the agent with this key may work on a run; 0: no limit. Asks the database.

        It holds no place of ours, and may have people in it: only the agent's own limit holds.
        """
        agent = self._registry.with_key(agent_key) if agent_key is not None else None
        return (agent.configuration.run_seconds or 0) if agent is not None else 0

    def _registered(self, agent_key: int) -> Registration:
        agent = self._registry.with_key(agent_key)
        if agent is None:
            raise agent_deleted()
        if not agent.enabled:
            raise agent_disabled()
        if agent.problem is not None:
            raise agent_unavailable()
        secret = partial(self._registry.secret, agent)
        colleague = partial(self._registry.get, agent.team_key)
        prompt = agent.system_prompt.strip()
        return Registration(agent.key, agent.name, prompt, agent.configuration, secret, colleague, agent.id)


def _built_in() -> Registration:
    """Of a session that belongs to no team yet."""
    return Registration(None, "", "", DocumentsConfiguration(kind="documents"), lambda _: None)
