"""Failed requests, and the error log."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.bodies.base import ResponseBody


class ErrorDetail(ResponseBody):
    code: str = Field(description="A stable name for programs.")
    message: str = Field(description="Plain words: what is wrong and what to do.")


class ErrorBody(ResponseBody):
    """Every failed request answers with this shape."""

    error: ErrorDetail


class ErrorEntry(ResponseBody):
    """Something that went wrong and was not the user's own doing."""

    at: datetime
    severity: Literal["warning", "error"]
    code: str
    message: str
    user_id: str | None
    session_id: str | None
    session_readable: bool = Field(description="Whether you may open that session.")
    run_id: str | None
    request_id: str | None


class ErrorPage(ResponseBody):
    entries: list[ErrorEntry]
    next_cursor: str | None
