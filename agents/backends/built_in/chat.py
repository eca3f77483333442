"""One model that answers from the conversation alone. It goes by the name under which it is registered."""

from typing import Literal

from pydantic import Field

from agents.backends.base import Backend, BackendKind, Registration, Resources
from agents.backends.model_source import (
    API_KEY,
    OWN,
    SERVER,
    ModelConfiguration,
    needed_model,
    sources,
    test_needed_model,
)
from utils.registry.kinds import Capabilities


class ChatConfiguration(ModelConfiguration):
    """One model that answers from the conversation alone, without documents."""

    kind: Literal["chat"]
    source: Literal["server", "own"] = Field(
        default="server",
        title="Model server",
        description="server: this server's model. own: the model server at base_url with its own key.",
        json_schema_extra=sources(needed=True, server=SERVER, own=OWN),
    )


def _open(agent: Registration, resources: Resources) -> Backend:
    from agents.backends.langgraph import LangGraphBackend
    from agents.team.graph import build_chat_graph

    choice = needed_model(agent, resources.settings)
    return LangGraphBackend(build_chat_graph, agent.name, agent, choice, resources)


KIND = BackendKind(
    label="Chats without documents",
    help="One model answers from the conversation alone.",
    configuration=ChatConfiguration,
    secrets={"api_key": API_KEY},
    can=Capabilities(stream="yes", stop="yes", hold_tools="yes"),
    instructions="Sent to the model before each question.",
    open=_open,
    test=test_needed_model,
)
