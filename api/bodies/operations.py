"""The server: what it is, and whether it works."""

from typing import Literal

from pydantic import Field

from api.bodies.base import ResponseBody


class Info(ResponseBody):
    """What this server is."""

    version: str
    mode: Literal["model", "built-in"] = Field(description="Who answers: a model server, or built-in extraction.")
    model: str | None = Field(description="The model's name, in model mode.")
    max_document_bytes: int
    document_types: list[str] = Field(description="File name extensions that can be read, with the dot.")
    heartbeat_seconds: float
    package: str | None = Field(description="Where pip finds the package `ringside` on this server, if it has it.")
    puter: bool = Field(description="Whether the page Worker may use Puter.js.")


class Health(ResponseBody):
    status: Literal["ok"]


class Readiness(ResponseBody):
    """``ok``, or in plain words what is wrong. A runner ``elsewhere`` is on other machines."""

    status: Literal["ready", "not ready"]
    database: str
    log: str
    runner: str
