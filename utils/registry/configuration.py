"""How a registered agent answers: its backend's configuration, one class for each kind, one tagged union."""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

OPENAI_ADDRESS = "https://api.openai.com/v1"


def _address(url: str) -> str:
    """An address that a key may be sent to. The messages do not repeat it: there may be a password in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be an address such as https://models.example.org/v1") from None
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("must be an address such as https://models.example.org/v1")
    if "@" in parts.netloc:
        raise ValueError("must not have a name or a password in it: give the key as the secret api_key")
    if "?" in url or "#" in url:
        raise ValueError("must end with its path: no ? and no #")
    return url.rstrip("/")


Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_address)
]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class ModelSettings(_Part):
    """What is left out is up to the server and the model. They are for the answer; plans and reviews go without."""

    name: ModelName | None = Field(default=None, description="Needed for the source own. null: OPENAI_MODEL.")
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, ge=1, le=10_000_000, description="The longest answer.")


class _Configuration(_Part):
    base_url: Address | None = Field(
        default=None,
        description="For the source own: the address of an OpenAI-compatible server, null for OpenAI's own. Else null.",
    )
    model: ModelSettings = ModelSettings()

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
        """Where the agent's own key goes; None: it has no server of its own."""
        return (self.base_url or OPENAI_ADDRESS) if getattr(self, "source", None) == "own" else None


class DocumentsConfiguration(_Configuration):
    """The multi-agent system over the session's documents."""

    kind: Literal["documents"]
    source: Literal["server", "own", "none"] = Field(
        default="server",
        description="server: this server's model, or built-in extraction where it has none. own: the model server at "
        "base_url with this agent's key. none: always built-in extraction.",
    )


class ChatConfiguration(_Configuration):
    """One model that answers from the conversation alone, without documents."""

    kind: Literal["chat"]
    source: Literal["server", "own"] = Field(
        default="server", description="server: this server's model. own: the model server at base_url with its own key."
    )


Configuration = Annotated[DocumentsConfiguration | ChatConfiguration, Field(discriminator="kind")]
_configuration: TypeAdapter[DocumentsConfiguration | ChatConfiguration] = TypeAdapter(Configuration)


def address_not_allowed() -> str:
    return (
        "This server does not let agents have a model server at that address. Whoever runs Ringside can name its host "
        "in AGENT_HOSTS."
    )


def stored_configuration(json: str) -> Any:
    """The configuration as the database keeps it."""
    return _configuration.validate_json(json)
