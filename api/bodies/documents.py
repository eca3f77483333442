"""Documents and their passages."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from api.bodies.base import ResponseBody


class Document(ResponseBody):
    id: str
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    status: Literal["uploaded", "read", "failed"]
    error: str | None = Field(description="Why it cannot be read, in plain words: known soon after it was uploaded.")
    notes: list[str] = Field(description="What of it could not be read, a sentence each: known once it was read.")
    pages: int | None
    rows: int | None
    created_at: datetime

    @model_validator(mode="after")
    def _known_to_fail(self) -> Self:
        """One that was looked into is uploaded still: the run of the next question tells of it, too."""
        if self.error is not None:
            self.status = "failed"
        return self


class DocumentList(ResponseBody):
    documents: list[Document]


class Passage(ResponseBody):
    """A piece of a document, with its neighbours for context."""

    id: int
    document_id: str
    document_name: str
    reference: str = Field(description="'page 12', 'rows 2-41', 'Section 3'.")
    text: str
    before: str | None = Field(description="null at the beginning, and for a guest.")
    after: str | None = Field(description="null at the end, and for a guest.")
