"""Bodies that follow from the kinds of backends: a new kind changes them without a line here."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, create_model

from agents.backends.kinds import KINDS
from api.bodies.base import RequestBody, ResponseBody
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Can

if TYPE_CHECKING:
    Configuration: TypeAlias = BackendConfiguration
    KindName: TypeAlias = str
    SecretName: TypeAlias = str
else:
    Configuration = KINDS.configuration
    KindName = Literal[tuple(KINDS)]
    SecretName = Literal[tuple(KINDS.secrets)]


def _one_word(key: SecretStr) -> SecretStr:
    """A key is sent in a header, where anything else would be refused at every question."""
    word = key.get_secret_value().strip()
    if not word or not all("!" <= character <= "~" for character in word):
        raise ValueError("must be one word of plain characters, without spaces or line breaks")
    return SecretStr(word)


_Given = Annotated[SecretStr, Field(min_length=1, max_length=1000), AfterValidator(_one_word)]

AgentSecrets = create_model(
    "AgentSecrets",
    __base__=RequestBody,
    **{
        name: (_Given | None, Field(default=None, description=f"{secret.help} null removes it; left out, it stays."))
        for name, secret in KINDS.secrets.items()
    },  # type: ignore[call-overload]
)


class KindSecret(ResponseBody):
    name: SecretName
    label: str
    help: str


class KindCapabilities(ResponseBody):
    """What a backend of the kind can do: `yes`, `best-effort` or `no`."""

    stream: Can = Field(description="Its answer arrives as it is written.")
    stop: Can = Field(description="It stops when a run is cancelled; best-effort: Ringside stops listening.")
    pause: Can = Field(
        description="A run that is paused stops at its next safe point; best-effort: only where it waits, or as the "
        "system outside lets it; no: once it has begun, it goes on to its end."
    )
    steer: Can = Field(description="It takes messages while it works.")
    approve: Can = Field(description="It can ask people.")
    read_documents: Can = Field(description="It sees the documents of the session.")
    rerun: Can = Field(
        description="A run begins again from a step of an earlier one, also with another input; best-effort: its "
        "program is told which step, and does what it can; no: only the whole question can be asked again."
    )
    hold_tools: Can = Field(
        description="Rules of the team hold the calls of its tools; best-effort: if its program asks before each call; "
        "no: it calls them out of Ringside's sight."
    )


class BackendKind(ResponseBody):
    """A kind of agent that can be registered."""

    name: KindName
    label: str
    help: str
    configuration: dict[str, Any] = Field(
        description="The JSON Schema of its configuration; members that begin with `x-` say how a form shows a field."
    )
    secrets: list[KindSecret]
    can: KindCapabilities
    instructions: str | None = Field(
        description="What becomes of the instructions of an agent, in words. null: agents of this kind take none."
    )


class BackendKindList(ResponseBody):
    kinds: list[BackendKind]


def kind_bodies() -> list[BackendKind]:
    return [
        BackendKind(
            name=name,
            label=kind.label,
            help=kind.help,
            configuration=kind.configuration.model_json_schema(),
            secrets=[
                KindSecret(name=one, label=secret.label, help=secret.help) for one, secret in kind.secrets.items()
            ],
            can=kind.can,
            instructions=kind.instructions,
        )
        for name, kind in KINDS.items()
    ]
