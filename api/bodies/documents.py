"""Documents and their passages."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.bodies.base import ResponseBody


class Document(ResponseBody):
    id: str
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    status: Literal["uploaded", "read", "failed"]
    error: str | None = Field(description="Why it could not be read, in plain words.")
    pages: int | None
    rows: int | None
    created_at: datetime


class DocumentList(ResponseBody):
    documents: list[Document]


class Passage(ResponseBody):
    """A piece of a document, with its neighbours for context."""

    id: int
    document_id: str
    document_name: str
    reference: str = Field(description="'page 12', 'rows 2-41', 'Section 3'.")
    text: str
    before: str | None
    after: str | None
