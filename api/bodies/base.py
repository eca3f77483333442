"""What requests and responses have in common."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """An unknown field is an error: it may be a known one that is written wrongly."""

    model_config = ConfigDict(extra="forbid")


class ResponseBody(BaseModel):
    """Made from a record, whose fields of the same names it takes: ``User.model_validate(user)``."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
