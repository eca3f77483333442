"""The server: what it is, and whether it works."""

from typing import Literal

from pydantic import Field

from api.bodies.base import ResponseBody


class SignInProvider(ResponseBody):
    """With whom people sign in by OpenID Connect."""

    name: str
    address: str = Field(description="Where a browser begins; `?next=/sessions/…` is where it goes on afterwards.")


class Info(ResponseBody):
    """What this server is."""

    version: str
    mode: Literal["model", "built-in"] = Field(description="Who answers: a model server, or built-in extraction.")
    model: str | None = Field(description="The model's name, in model mode.")
    max_document_bytes: int
    document_types: list[str] = Field(description="File name extensions that can be read, with the dot.")
    heartbeat_seconds: float
    package: str | None = Field(description="Where pip finds the package `ringside` on this server, if it has it.")
    provider: SignInProvider | None = Field(description="null: people sign in with passwords only.")
    passwords: Literal["all", "administrators", "none"] = Field(description="Who may sign in with a password.")
    puter: bool = Field(description="Whether the page Worker may use Puter.js.")
    passkeys: bool = Field(description="Whether one can sign in with a passkey here.")
    mail: bool = Field(description="Whether the server sends mail, so that a forgotten password can be set by it.")


class Health(ResponseBody):
    status: Literal["ok"]


class Readiness(ResponseBody):
    """Each part is ``ok``, or what is wrong in plain words. A runner ``elsewhere`` is on other machines."""

    status: Literal["ready", "limited", "not ready"] = Field(
        description="limited: requests are answered, but something else does not work."
    )
    cannot: list[Literal["database", "log", "disk", "runner", "doorbell", "audit"]] = Field(
        description="The parts that do not work."
    )
    database: str
    log: str
    disk: str
    runner: str
    doorbell: str
    audit: str = Field(description="The stream of the audit trail; `elsewhere` where there is none.")
