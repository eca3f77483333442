"""Findings: what makes runs look stuck."""

from datetime import datetime

from pydantic import Field

from api.bodies.base import ResponseBody
from utils.findings.finding import Code


class Evidence(ResponseBody):
    seq: int = Field(description="An event of the session that shows it.")
    quote: str


class SessionFinding(ResponseBody):
    """What makes a session look stuck, in the lists of sessions."""

    id: str
    run_id: str | None
    code: Code
    sentence: str = Field(description="Without what tools were given, for a spectator who may not see it.")
    found_at: datetime


class Finding(SessionFinding):
    session_id: str
    session_title: str
    activity_id: str | None = Field(description="The step that it is about.")
    agent_name: str | None
    evidence: list[Evidence]
    over_at: datetime | None = Field(description="When the run went on; null: it still is so.")
    dismissed_at: datetime | None = Field(description="When somebody said that it is fine.")
    dismissed_by: str | None = Field(description="Their name.")
    may_dismiss: bool = Field(description="Whether you may say so, and stop the run.")
    stoppable: bool = Field(description="Whether there is a run that can be stopped.")


class FindingList(ResponseBody):
    findings: list[Finding] = Field(description="The oldest first, at most 200.")
