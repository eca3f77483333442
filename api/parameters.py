"""Path and query parameters that several views share."""

from pydantic import BaseModel, Field


class SessionPath(BaseModel):
    session_id: str


class RunPath(BaseModel):
    run_id: str


class DocumentPath(SessionPath):
    document_id: str


class PassagePath(SessionPath):
    passage_id: int = Field(ge=1, lt=1 << 62)


class PageQuery(BaseModel):
    cursor: str | None = Field(default=None, max_length=200, description="From next_cursor of the page before.")
    limit: int = Field(default=50, ge=1, le=200)
