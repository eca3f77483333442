"""Who answers a run: the agent it was asked of, as a graph, a model and a name."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.errors import AgentError
from agents.models.chat_models import ModelChoice
from agents.team.graph import AnswerGraph, build_chat_graph, build_graph
from agents.team.supervisor import NAME as SUPERVISOR
from utils.registry.agent_registry import (
    AgentRecord,
    AgentRegistry,
    AgentRegistryError,
    Kind,
    agent_deleted,
    agent_disabled,
)
from utils.registry.configuration import Configuration, DocumentsConfiguration, address_not_allowed
from utils.settings import Settings

BUILT_IN = "built-in"
_GRAPHS: dict[Kind, Callable[[], AnswerGraph]] = {"documents": build_graph, "chat": build_chat_graph}


@dataclass(frozen=True, slots=True)
class Backend:
    """``choice`` is the model; None: built-in extraction."""

    build_graph: Callable[[], AnswerGraph]
    agent_name: str  # of whoever answers for the whole
    instructions: str  # as they are registered
    choice: ModelChoice | None

    @property
    def model_name(self) -> str:
        return self.choice.name if self.choice is not None else BUILT_IN


class Backends:
    def __init__(self, registry: AgentRegistry, settings: Settings) -> None:
        self._registry = registry
        self._settings = settings

    def of_run(self, agent_key: int | None) -> Backend:
        """The backend of the agent with this key; None: the built-in agents, as the settings say.

        Asks the database. Raises AgentError in plain words when the agent cannot answer.
        """
        if agent_key is None:
            return self._backend(None, DocumentsConfiguration(kind="documents"))
        agent = self._registry.with_key(agent_key)
        try:
            if agent is None:
                raise agent_deleted()
            if not agent.enabled:
                raise agent_disabled()
            return self._backend(agent, agent.configuration)
        except AgentRegistryError as error:
            raise AgentError(error.code, str(error)) from error

    def _backend(self, agent: AgentRecord | None, configuration: Configuration) -> Backend:
        choice = self._choice(agent, configuration)
        if configuration.kind == "chat" and choice is None:
            raise AgentError(
                "no_model",
                "This agent needs a model, and this server has none. An administrator can give the agent one of its "
                "own, or set OPENAI_API_KEY or OPENAI_BASE_URL.",
            )
        return Backend(
            build_graph=_GRAPHS[configuration.kind],
            agent_name=agent.name if agent is not None and configuration.kind == "chat" else SUPERVISOR,
            instructions=agent.system_prompt.strip() if agent is not None else "",
            choice=choice,
        )

    def _choice(self, agent: AgentRecord | None, configuration: Configuration) -> ModelChoice | None:
        """The server's key goes to the server's own address alone, an agent's key to the agent's."""
        model, settings = configuration.model, self._settings
        key = agent.key if agent is not None else None
        if agent is not None and configuration.own_address is not None and model.name is not None:
            if not settings.allows_agents_at(configuration.own_address):
                raise AgentError("address_not_allowed", address_not_allowed())
            return ModelChoice(
                agent_key=key, owner="agent", address=configuration.own_address, name=model.name,
                api_key=self._registry.secret(agent, "api_key"), temperature=model.temperature,
                max_tokens=model.max_tokens,
            )  # fmt: skip
        if configuration.source == "none" or settings.model is None:
            return None
        return ModelChoice(
            agent_key=key, owner="server", address=settings.openai_base_url, name=model.name or settings.model,
            api_key=settings.openai_api_key, temperature=model.temperature, max_tokens=model.max_tokens,
        )  # fmt: skip
