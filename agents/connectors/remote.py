"""An agent in any program, also behind a firewall: it claims its runs over HTTP (docs/work.md)."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import RootModel

from agents.backends.base import BackendKind, RestartPoint
from agents.backends.outside import WorkedOutside
from utils.log.events import AgentActivity
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Capabilities


class RemoteConfiguration(BackendConfiguration):
    """A program that asks for work with an API key of the scope work."""

    kind: Literal["remote"]

    @property
    def refuses_secrets(self) -> str:
        return "A worker asks Ringside, and not the other way round, so the agent has no secret. Leave it out."


class AnyInput(RootModel[Any]):
    """Whatever its program makes of it."""


def _find_restart(run_id: str, chosen: AgentActivity, steps: Sequence[AgentActivity]) -> RestartPoint | str:
    del run_id, steps
    if chosen.parent_id is None:
        return "This step is the whole run: ask its question again instead."
    if chosen.kind == "approval":
        return "What people decided is no step of the program. Choose the step that asked."
    note = "Its program is told which step, what that was given and what the former run kept. It decides what it does."
    return RestartPoint("", note, AnyInput)


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
        approve="best-effort",
        rerun="best-effort",
        hold_tools="best-effort",
    ),
    instructions="The program gets them with each question as “instructions”.",
    works_outside="programs",
    open=WorkedOutside,
    restarts=_find_restart,
)
