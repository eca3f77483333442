"""Failed requests, and the error log."""

from datetime import datetime
from functools import cache
from typing import Any, Literal

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

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return _schema(cls, *args, **kwargs)


@cache
def _schema(model: type[ErrorBody], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Made once: each operation asks for it several times as a server starts, which was an eighth of its work then."""
    return super(ErrorBody, model).model_json_schema(*args, **kwargs)


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
