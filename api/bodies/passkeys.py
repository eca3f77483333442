"""Passkeys, and what browsers are asked for and answer (W3C Web Authentication, section 5.1.8)."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Name


class Passkey(ResponseBody):
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


class PasskeyList(ResponseBody):
    passkeys: list[Passkey]


class PasskeyOptions(ResponseBody):
    options: dict[str, Any] = Field(description="For navigator.credentials, as JSON. Good for five minutes, once.")


class NewPasskey(RequestBody):
    name: Name
    credential: dict[str, Any] = Field(description="What navigator.credentials.create has made, as JSON.")


class PasskeyAnswer(RequestBody):
    credential: dict[str, Any] = Field(description="What navigator.credentials.get has answered, as JSON.")
