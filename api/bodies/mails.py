"""Mail: what has not been sent, and who has forgotten a password."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Email


class ForgottenPassword(RequestBody):
    email: Email


class Mail(ResponseBody):
    id: str
    recipient: str
    subject: str
    status: Literal["waiting", "failed"]
    attempts: int
    created_at: datetime
    due_at: datetime = Field(description="When it is tried next, while it is waiting.")
    error: str | None = Field(description="Why it has not been sent, in words; null: it was not tried yet.")
    can_be_sent: bool = Field(description="false: what it says is out of date, such as a link that has expired.")


class MailState(ResponseBody):
    on: bool = Field(description="Whether mail is set up: SMTP_HOST.")
    sender: str | None
    mails: list[Mail] = Field(description="What has not been sent, newest first, 50 at most.")
