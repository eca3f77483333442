"""The audit trail."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.bodies.base import ResponseBody
from api.bodies.parameters import LARGEST, PageQuery, QueryModel
from utils.accounts.audit import AuditFilter
from utils.validation_words import worded

Moment = Annotated[AwareDatetime | None, Field(description="Like `2026-01-31T00:00:00Z`.")]
_HASH = worded("^[0-9a-f]{64}$", "must have 64 characters, 0 to 9 and a to f")


class AuditFilterQuery(QueryModel):
    about: str | None = Field(default=None, max_length=300, description="Part of the actor or the subject.")
    action: str | None = Field(default=None, max_length=80)
    since: Moment = None
    until: Moment = None

    @property
    def which(self) -> AuditFilter:
        return AuditFilter(self.about, self.action, self.since, self.until)


class AuditQuery(AuditFilterQuery, PageQuery):
    pass


class AuditExportQuery(AuditFilterQuery):
    format: Literal["csv", "jsonl"] = Field(default="csv", description="jsonl: a JSON object a line.")


class AuditCheckQuery(QueryModel):
    seq: int | None = Field(default=None, ge=1, le=LARGEST, description="The number of a line that you have kept.")
    hash: str | None = Field(default=None, pattern=_HASH, description="The hash that it had then.")


class AuditEntry(ResponseBody):
    at: datetime
    action: str
    actor: str
    subject: str
    address: str | None
    request_id: str | None
    seq: int | None = Field(description="Its number in the chain; null: it gets one within a second or so.")
    hash: str | None = Field(description="Over this line and the hash of the one before it.")


class AuditPage(ResponseBody):
    entries: list[AuditEntry]
    next_cursor: str | None


class AuditChainCheck(ResponseBody):
    whole: bool = Field(description="Whether no line is missing, was changed or put in.")
    lines: int = Field(description="How many lines were found good, from the first on.")
    seq: int = Field(description="The number of the newest line; 0: there is none.")
    hash: str = Field(description="The hash of the newest line. Keep it elsewhere, and ask again with it.")
    cut_seq: int = Field(description="The number of the last line that was removed because of its age; 0: none was.")
    cut_at: datetime | None
    fault_seq: int | None = Field(description="The first line that is not good.")
    fault: str | None = Field(description="What is wrong, in words.")
    remark: str | None = Field(description="Something unusual that does not break the chain.")
