"""How a registered agent answers: the configuration of its backend. Each kind has a class of its own."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


def _address(url: str) -> str:
    """An address that a secret may be sent to. The messages do not repeat it: it may contain a password."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("must be an address such as https://models.example.org/v1") from None
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or not c.isprintable() for c in url):
        raise ValueError("must be an address such as https://models.example.org/v1")
    if "@" in parts.netloc:
        raise ValueError("must not have a name or a password in it: give a key or a token as a secret of the agent")
    if "?" in url or "#" in url:
        raise ValueError("must end with its path: no ? and no #")
    return url.rstrip("/")


Address = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_address)
]


class ConfigurationPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class BackendConfiguration(ConfigurationPart):
    """The base of every kind's configuration. A subclass narrows ``kind`` to a Literal of its one name."""

    kind: str
    # Left out of what is stored where nobody set it: an older version that goes on beside this one refuses what it
    # does not know.
    run_seconds: int | None = Field(
        default=None,
        title="Time budget of a question",
        ge=1,
        le=31_536_000,
        description="How long a run may be worked on, in seconds. null: RUN_SECONDS; by workers outside, no limit.",
        exclude_if=lambda seconds: seconds is None,
        json_schema_extra={
            "x-placeholder": "Server default",
            "x-hint": "In seconds of work. Then the run fails, and what was written stays.",
        },
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """In the form, what only this kind has comes first."""
        schema = handler(core_schema)
        fields = handler.resolve_ref_schema(schema)["properties"]
        fields["run_seconds"] = fields.pop("run_seconds")
        return schema

    @property
    def own_address(self) -> str | None:
        """Where the agent's own secrets go, and nowhere else; None: they stay on this server."""
        return None

    @property
    def refuses_secrets(self) -> str | None:
        """Why an agent that is configured like this has no secrets, and what to do; None: it may have its kind's."""
        return None


Problem = Literal["unknown_kind", "invalid_configuration"]


class UnusableConfiguration(BackendConfiguration):
    """Of an agent whose kind this server does not have (any more), or takes only with other values than are stored."""

    problem: Problem

    @property
    def refuses_secrets(self) -> str:
        return "This agent cannot be used as it is, so it takes no secret. Configure it again."


def address_not_allowed() -> str:
    return (
        "Agents on this server may not use a server at that address. The operator of Ringside can name its host in "
        "AGENT_HOSTS."
    )
