"""Failed requests, and the error log."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.bodies.base import ResponseBody
from utils.accounts.error_log import Severity


class ErrorDetail(ResponseBody):
    code: str = Field(description="A stable name for programs.")
    message: str = Field(description="Plain words: what is wrong and what to do.")


class ErrorBody(ResponseBody):
    """Every failed request answers with this shape."""

    error: ErrorDetail
    status: Literal["error"] | None = Field(
        default=None, exclude_if=lambda one: one is None, description="Of `POST /api/process` alone."
    )


class ErrorEntry(ResponseBody):
    """Something that went wrong and was not the user's own doing."""

    at: datetime
    severity: Severity
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
