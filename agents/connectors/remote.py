"""An agent in any program, also behind a firewall: it claims its runs over HTTP (docs/work.md)."""

from typing import Literal

from agents.backends.base import BackendKind
from agents.backends.outside import WorkedOutside
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Capabilities


class RemoteConfiguration(BackendConfiguration):
    """A program that asks for work with an API key of the scope work."""

    kind: Literal["remote"]

    @property
    def refuses_secrets(self) -> str:
        return "A worker asks Ringside, and not the other way round, so the agent has no secret. Leave it out."


KIND = BackendKind(
    label="A program of yours",
    help="It asks Ringside for questions, so it may run anywhere, also behind a firewall.",
    configuration=RemoteConfiguration,
    secrets={},
    can=Capabilities(
        stream="yes",
        stop="best-effort",
        pause="best-effort",
        steer="best-effort",
        hold_tools="best-effort",
    ),
    instructions="The program gets them with each question as “instructions”.",
    works_outside="programs",
    open=WorkedOutside,
)
