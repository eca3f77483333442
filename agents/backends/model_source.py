"""Configurations with a model: this server's, one of the agent's own, or none."""

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from agents.backends.base import Registration
from agents.errors import AgentError
from agents.models.connection import OPENAI_ADDRESS
from utils.registry.configuration import Address, BackendConfiguration, ConfigurationPart
from utils.registry.kinds import Secret
from utils.settings import Settings

if TYPE_CHECKING:
    from agents.models.chat_models import ModelChoice

ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
API_KEY = Secret("API key", "The key is stored encrypted and never shown again. Some servers need none.")
SERVER, OWN = "This server's model", "Its own model server"


def sources(*, needed: bool, without: str | None = None, **labels: str) -> dict[str, Any]:
    """How the dashboard shows the field ``source``: its choices in words, and which is this server's model.

    ``needed``: with that choice, an agent cannot answer on a server that has no model. ``without``: what answers in
    place of a model, in one or two words. None: such an agent always has one.
    """
    return {"x-choices": labels, "x-server-model": {"choice": "server", "needed": needed, "without": without}}


class ModelSettings(ConfigurationPart):
    """What is left out is up to the server and the model. They are for the answer; plans and reviews go without."""

    name: ModelName | None = Field(
        default=None,
        title="Model",
        description="Needed for the source own. null: OPENAI_MODEL.",
        json_schema_extra={"x-placeholder": "Server default", "x-required-when": {"source": ["own"]}},
    )
    temperature: float | None = Field(
        default=None,
        title="Temperature",
        ge=0,
        le=2,
        allow_inf_nan=False,
        json_schema_extra={"x-placeholder": "Model default", "x-hint": "From 0 (least random) to 2 (most random)."},
    )
    max_tokens: int | None = Field(
        default=None,
        title="Maximum length of an answer",
        ge=1,
        le=10_000_000,
        description="The longest answer.",
        json_schema_extra={"x-placeholder": "Model default", "x-hint": "In tokens."},
    )


class ModelConfiguration(BackendConfiguration):
    """The base of kinds whose agents ask a model. A subclass adds ``source``."""

    base_url: Address | None = Field(
        default=None,
        title="Address",
        description="For the source own: the address of an OpenAI-compatible server, null for OpenAI's own. Else null.",
        json_schema_extra={
            "x-shown-when": {"source": ["own"]},
            "x-placeholder": OPENAI_ADDRESS,
            "x-hint": "An OpenAI-compatible server. If empty: OpenAI's own.",
            "x-input": "url",
            "x-secrets-address": OPENAI_ADDRESS,
        },
    )
    model: ModelSettings = Field(
        default=ModelSettings(), json_schema_extra={"x-shown-when": {"source": ["server", "own"]}}
    )

    @model_validator(mode="after")
    def _own(self) -> Self:
        source = getattr(self, "source", None)
        if source == "own" and self.model.name is None:
            raise ValueError("model.name: the source own needs the name of its model")
        if source != "own" and self.base_url is not None:
            raise ValueError('base_url: only the source "own" has an address of its own. Leave it out')
        return self

    @property
    def own_address(self) -> str | None:
        return (self.base_url or OPENAI_ADDRESS) if getattr(self, "source", None) == "own" else None

    @property
    def refuses_secrets(self) -> str | None:
        own = self.own_address is not None
        return None if own else 'Only an agent with the source "own" has a key. Change the source, or leave it out.'


async def test_model(agent: Registration, settings: Settings) -> str:
    """As :class:`agents.backends.base.BackendKind` says, for a kind that can do without a model."""
    from agents.models.trial import try_model

    choice = chosen_model(agent, settings)
    if choice is None:
        return "No model server is needed: the built-in extraction answers."
    await try_model(choice, settings.model_timeout_seconds)
    return f"The model server answered, with the model {choice.name}."


async def test_needed_model(agent: Registration, settings: Settings) -> str:
    """As :class:`agents.backends.base.BackendKind` says, for a kind that cannot do without a model."""
    needed_model(agent, settings)
    return await test_model(agent, settings)


def needed_model(agent: Registration, settings: Settings) -> "ModelChoice":
    """As :func:`chosen_model`; raises AgentError where there is none."""
    choice = chosen_model(agent, settings)
    if choice is None:
        raise AgentError(
            "no_model",
            "This agent needs a model, and this server has none. An administrator can give the agent one of its own, "
            "or set OPENAI_API_KEY or OPENAI_BASE_URL.",
        )
    return choice


def chosen_model(agent: Registration, settings: Settings) -> "ModelChoice | None":
    """The server's key goes to the server's own address alone, an agent's key to the agent's. None: no model."""
    from agents.models.chat_models import ModelChoice

    configuration = agent.configuration
    assert isinstance(configuration, ModelConfiguration)
    model, address = configuration.model, configuration.own_address
    if address is not None and model.name is not None:
        return ModelChoice(
            agent_key=agent.key, owner="agent", address=address, name=model.name, api_key=agent.secret("api_key"),
            temperature=model.temperature, max_tokens=model.max_tokens,
        )  # fmt: skip
    if getattr(configuration, "source", None) == "none" or settings.model is None:
        return None
    return ModelChoice(
        agent_key=agent.key, owner="server", address=settings.openai_base_url, name=model.name or settings.model,
        api_key=settings.openai_api_key, temperature=model.temperature, max_tokens=model.max_tokens,
    )  # fmt: skip
