"""API keys."""

from datetime import datetime

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
    created_at: datetime
    last_used_at: datetime | None


class ApiKeyList(ResponseBody):
    keys: list[ApiKey]


class ApiKeyWish(RequestBody):
    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=4)


class NewApiKey(ResponseBody):
    key: ApiKey
    secret: str = Field(description="Send it as `Authorization: Bearer …`. Nobody can read it again.")
