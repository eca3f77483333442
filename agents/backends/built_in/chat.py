"""One model that answers from the conversation alone. It goes by the name under which it is registered."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from agents.backends.base import Backend, BackendKind, Registration, Resources
from agents.backends.model_source import API_KEY, OWN, SERVER, ModelConfiguration, chosen_model, sources, test_model
from agents.errors import AgentError
from utils.registry.kinds import Capabilities
from utils.settings import Settings

if TYPE_CHECKING:
    from agents.models.chat_models import ModelChoice


class ChatConfiguration(ModelConfiguration):
    """One model that answers from the conversation alone, without documents."""

    kind: Literal["chat"]
    source: Literal["server", "own"] = Field(
        default="server",
        title="Model server",
        description="server: this server's model. own: the model server at base_url with its own key.",
        json_schema_extra=sources(needed=True, server=SERVER, own=OWN),
    )


def _model(agent: Registration, settings: Settings) -> "ModelChoice":
    choice = chosen_model(agent, settings)
    if choice is None:
        raise AgentError(
            "no_model",
            "This agent needs a model, and this server has none. An administrator can give the agent one of its own, "
            "or set OPENAI_API_KEY or OPENAI_BASE_URL.",
        )
    return choice


async def _test(agent: Registration, settings: Settings) -> str:
    _model(agent, settings)
    return await test_model(agent, settings)


def _open(agent: Registration, resources: Resources) -> Backend:
    from agents.backends.langgraph import LangGraphBackend
    from agents.team.graph import build_chat_graph

    choice = _model(agent, resources.settings)
    return LangGraphBackend(build_chat_graph, agent.name, agent.instructions, choice, resources)


KIND = BackendKind(
    label="Chats without documents",
    help="One model answers from the conversation alone.",
    configuration=ChatConfiguration,
    secrets={"api_key": API_KEY},
    can=Capabilities(stream="yes", stop="yes"),
    open=_open,
    test=_test,
)
