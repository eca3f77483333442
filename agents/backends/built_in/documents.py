"""The multi-agent system over the documents of a session."""

from typing import Literal

from pydantic import Field

from agents.backends.base import Backend, BackendKind, Registration, Resources
from agents.backends.graph_restarts import find
from agents.backends.model_source import (
    API_KEY,
    OWN,
    SERVER,
    ModelConfiguration,
    chosen_model,
    sources,
    test_model,
)
from utils.registry.kinds import Capabilities


class DocumentsConfiguration(ModelConfiguration):
    """The multi-agent system over the session's documents."""

    kind: Literal["documents"]
    source: Literal["server", "own", "none"] = Field(
        default="server",
        title="Model server",
        description="server: this server's model, or built-in extraction where it has none. own: the model server at "
        "base_url with this agent's key. none: always built-in extraction.",
        json_schema_extra=sources(
            needed=False,
            without="Built-in extraction",
            server=SERVER,
            own=OWN,
            none="Built-in extraction, without a model",
        ),
    )


def _open(agent: Registration, resources: Resources) -> Backend:
    from agents.backends.langgraph import LangGraphBackend
    from agents.team.graph import build_graph
    from agents.team.supervisor import NAME

    return LangGraphBackend(build_graph, NAME, agent, chosen_model(agent, resources.settings), resources)


KIND = BackendKind(
    label="Answers from documents",
    help="Several agents read the documents, search, calculate, write and check. Every sentence cites its source.",
    configuration=DocumentsConfiguration,
    secrets={"api_key": API_KEY},
    can=Capabilities(
        stream="yes",
        stop="yes",
        pause="yes",
        steer="best-effort",
        read_documents="yes",
        rerun="yes",
        hold_tools="yes",
    ),
    instructions="Sent to the model before it writes an answer. Built-in extraction takes no instructions.",
    open=_open,
    test=test_model,
    restarts=find,
)
