"""API keys."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Name
from utils.accounts.principal import Scope


class ApiKey(ResponseBody):
    id: str
    name: str
    scopes: list[Scope]
    hint: str = Field(description="How the key begins.")
    user_id: str
    user_name: str
    user_is_service: bool
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None = Field(description="null: never.")


class ApiKeyList(ResponseBody):
    keys: list[ApiKey]


class ApiKeyWish(RequestBody):
    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=5)
    valid_days: Literal[7, 30, 90, 180, 365] | None = Field(default=90, description="null: until it is revoked.")
    user_id: str | None = Field(
        default=None, max_length=80, description="The service account that it is for, for administrators."
    )


class NewApiKey(ResponseBody):
    key: ApiKey
    secret: str = Field(description="Send it as `Authorization: Bearer …`. Nobody can read it again.")
