"""What requests and responses have in common."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """Unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class ResponseBody(BaseModel):
    """Takes its fields from the attributes of a record: ``User.model_validate(user)``."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
