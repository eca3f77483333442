"""Path and query parameters that several views share."""

from functools import cache
from typing import Any

from pydantic import BaseModel, Field

LONGEST_WAIT = 120  # seconds that a request may wait for an answer
LARGEST = (1 << 53) - 1  # the largest integer that every JSON parser reads exactly


class SessionPath(BaseModel):
    session_id: str


class RunPath(BaseModel):
    run_id: str


class StepPath(RunPath):
    activity_id: str


class PackagePath(BaseModel):
    filename: str = Field(description="As `package` of `/api/info` names it.")


class AgentPath(BaseModel):
    agent_id: str


class DocumentPath(SessionPath):
    document_id: str


class PassagePath(SessionPath):
    passage_id: int = Field(ge=1, le=LARGEST)


class QueryModel(BaseModel):
    """The parameters of a query string, or of a form.

    flask-openapi3 reads their schema in every request and pydantic generates it anew each time, which took half of a
    request's time. So it is cached.
    """

    @classmethod
    def model_json_schema(cls, *arguments: Any, **options: Any) -> dict[str, Any]:
        if arguments or options:
            return super().model_json_schema(*arguments, **options)
        return _schema_of(cls)


@cache
def _schema_of(model: type[QueryModel]) -> dict[str, Any]:
    return super(QueryModel, model).model_json_schema()


class PageQuery(QueryModel):
    cursor: str | None = Field(default=None, max_length=200, description="From next_cursor of the page before.")
    limit: int = Field(default=50, ge=1, le=200)


class RunQuery(QueryModel):
    session_id: str | None = Field(
        default=None,
        max_length=100,
        description="The session of the run: programs may give runs of several sessions the same id.",
    )


class RunPageQuery(RunQuery, PageQuery):
    pass
