"""Registered agents."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, StrictBool, StringConstraints

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Name
from utils.registry.configuration import Configuration


class Agent(ResponseBody):
    """A registered backend, as everybody of the team may see it."""

    id: str
    name: str
    description: str
    kind: Literal["documents", "chat"]
    enabled: bool = Field(description="Whether it may be chosen and asked.")
    built_in: bool = Field(description="It came with the team, and cannot be deleted.")
    avatar: str | None = Field(description="The address of its picture, another one with every picture.")
    configuration: Configuration | None = Field(
        default=None, exclude_if=lambda one: one is None, description="For administrators; left out for others."
    )


class AgentPage(ResponseBody):
    agents: list[Agent] = Field(description="The built-in one first, then by age.")
    next_cursor: str | None = Field(description="Pass as ?cursor= for the next page; null on the last.")


class AgentDetail(Agent):
    """The same with what only administrators see. Secrets are never told, only which of them are set."""

    configuration: Configuration
    system_prompt: str
    secrets: list[Literal["api_key"]] = Field(description="The names of those that are set.")
    created_at: datetime
    updated_at: datetime


def _one_word(key: SecretStr) -> SecretStr:
    """A key is sent in a header, where anything else would be refused at every question."""
    word = key.get_secret_value().strip()
    if not word or not all("!" <= character <= "~" for character in word):
        raise ValueError("must be one word of plain characters; there is something else in it")
    return SecretStr(word)


class AgentSecrets(RequestBody):
    api_key: Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_one_word)] | None = Field(
        default=None, description="The key of the agent's model server. null takes it away; left out, it stays."
    )


Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]
SystemPrompt = Annotated[
    str,
    Field(
        max_length=20_000,
        description="Told to the model before the agents' own instructions. Built-in extraction does without it.",
    ),
]


class NewAgent(RequestBody):
    name: Name
    description: Description = ""
    configuration: Configuration
    system_prompt: SystemPrompt = ""
    secrets: AgentSecrets = AgentSecrets()
    enabled: StrictBool = True


class AgentChange(RequestBody):
    """What is left out stays as it is."""

    name: Name | None = None
    description: Description | None = None
    configuration: Configuration | None = Field(
        default=None, description="The whole of it; the kind stays. With another address the key must be given again."
    )
    system_prompt: SystemPrompt | None = None
    secrets: AgentSecrets | None = None
    enabled: StrictBool | None = None
