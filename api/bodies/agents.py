"""Registered agents."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StrictBool, StringConstraints

from api.bodies.backend_kinds import AgentSecrets, Configuration, KindCapabilities, SecretName
from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Name
from utils.registry.configuration import Problem


class AgentWorkers(ResponseBody):
    """Who outside works for the agent."""

    connected: list[str] = Field(description="The names of those that ask for its questions, or answer one.")
    last_seen_at: datetime | None = Field(description="When one was there; null: never, or not for a day.")


class Agent(ResponseBody):
    """A registered backend, as everybody of the team may see it."""

    id: str
    name: str
    description: str
    kind: str = Field(description="One of `GET /api/agents/kinds`, unless this server does not know it.")
    unavailable: Problem | None = Field(
        default=None,
        exclude_if=lambda one: one is None,
        description="Why it cannot be used until it is configured again; left out if it can.",
    )
    enabled: bool = Field(description="Whether it may be chosen and asked.")
    built_in: bool = Field(description="It came with the team, and cannot be deleted.")
    avatar: str | None = Field(description="The address of its picture, another one with every picture.")
    workers: AgentWorkers | None = Field(
        default=None,
        exclude_if=lambda one: one is None,
        description="Of an agent that works outside Ringside: programs and browsers that claim its questions.",
    )
    can: KindCapabilities | None = Field(
        default=None,
        exclude_if=lambda one: one is None,
        description="What agents of its kind can do; left out for a kind that this server does not know.",
    )
    configuration: Configuration | None = Field(
        default=None,
        exclude_if=lambda one: one is None,
        description="For administrators; left out for others, and for an agent that is unavailable.",
    )


class AgentPage(ResponseBody):
    agents: list[Agent] = Field(description="The built-in one first, then by age.")
    next_cursor: str | None = Field(description="Pass as ?cursor= for the next page; null on the last.")


class AgentDetail(Agent):
    """The same with what only administrators see. Secrets are never told, only which of them are set."""

    system_prompt: str
    secrets: list[SecretName] = Field(description="The names of those that are set.")
    created_at: datetime
    updated_at: datetime


Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
SystemPrompt = Annotated[
    str,
    Field(
        max_length=20_000,
        description="The instructions. What becomes of them, the `instructions` of its kind say.",
    ),
]


class NewAgent(RequestBody):
    name: Name
    description: Description = ""
    configuration: Configuration
    system_prompt: SystemPrompt = ""
    secrets: AgentSecrets = Field(default_factory=AgentSecrets)
    enabled: StrictBool = True


class AgentTrial(RequestBody):
    """An agent as a form has it, before it is registered."""

    configuration: Configuration
    secrets: AgentSecrets = Field(default_factory=AgentSecrets)


class AgentTest(ResponseBody):
    """What a test of an agent found."""

    works: bool | None = Field(
        description="With the suggestions, if there are any. null: an agent of this kind cannot be tested."
    )
    message: str = Field(description="What was found, or what is wrong and what to do, in plain words.")
    suggestions: dict[str, Any] | None = Field(
        default=None,
        exclude_if=lambda one: one is None,
        description="Other values for members of the configuration, as the system outside tells them: its inputs. They "
        "are not stored. Left out if there are none.",
    )


class AgentChange(RequestBody):
    """What is left out stays as it is."""

    name: Name | None = None
    description: Description | None = None
    configuration: Configuration | None = Field(
        default=None,
        description="The whole of it; the kind stays, unless it is unknown. With another address, give the key again.",
    )
    system_prompt: SystemPrompt | None = None
    secrets: AgentSecrets | None = None
    enabled: StrictBool | None = None
