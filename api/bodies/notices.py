"""Notices: what a person or a team is told of, and how."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.fields import Name
from utils.log.notable import NotedKind
from utils.notices.outbox import Channel, NoticeKind, NoticeStatus
from utils.notices.preference import Choice, Digest, Preferences, Whose
from utils.notices.rules import RuleChannel
from utils.validation_words import worded

_DAY = 24 * 60  # minutes
Minute = Annotated[int, Field(ge=0, lt=_DAY)]
_Base64Url = Annotated[str, StringConstraints(max_length=200, pattern=worded(r"^[\w-]+=*$", "must be base64url"))]
_Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Kinds = Annotated[Sequence[NotedKind], Field(min_length=1, max_length=10)]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone such as Europe/Berlin") from None
    return name


class NoticeChoice(RequestBody):
    whose: Whose = Field(
        description="`mine`: runs that you asked for, approvals that you may decide; `team`: all you may read."
    )
    browser: bool = True
    mail: bool = False


class QuietHours(RequestBody):
    """Nothing comes between two minutes of the day; over midnight, too."""

    begins: Minute = Field(description="Minutes since midnight.")
    ends: Minute

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("ends: must be another time than begins")
        return self


class NoticePreferencesBody(RequestBody):
    kinds: Mapping[NotedKind, NoticeChoice]
    quiet: QuietHours | None = None
    time_zone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_known_zone)] = "UTC"
    urgent_passes: bool = Field(default=True, description="Approvals come at once, in quiet hours and beside a digest.")
    digest: Digest = "none"

    def chosen(self) -> Preferences:
        kinds = {kind: Choice(one.whose, one.browser, one.mail) for kind, one in self.kinds.items()}
        quiet = (self.quiet.begins, self.quiet.ends) if self.quiet is not None else None
        return Preferences(kinds, quiet, self.time_zone, self.urgent_passes, self.digest)


class NoticeBrowser(ResponseBody):
    id: str
    browser: str
    fingerprint: str = Field(description="SHA-256 of its endpoint, in hexadecimal digits.")
    created_at: datetime


class NoticeDelivery(ResponseBody):
    id: str
    channel: Channel
    kind: NoticeKind
    count: int = Field(description="Of how many things, where there were too many to keep them one by one.")
    at: datetime
    status: NoticeStatus = Field(description="`needless`: when it was to be sent, it was decided, or not to be told.")
    attempts: int
    due_at: datetime = Field(description="When it is tried next, while it is waiting.")
    ended_at: datetime | None
    answer_status: int | None
    answer: str | None = Field(description="How the last answer begins.")
    took_ms: int | None
    error: str | None = Field(description="Why the last attempt failed, in words.")


class NoticeSettings(ResponseBody):
    preferences: NoticePreferencesBody
    push_key: str = Field(description="The server's public key for `PushManager.subscribe`, base64url.")
    mail: bool = Field(description="Whether this server sends mail.")
    browsers: list[NoticeBrowser]
    lately: list[NoticeDelivery] = Field(description="What was sent to you, or waits, newest first, 20 at most.")


class PushKeys(RequestBody):
    p256dh: _Base64Url
    auth: _Base64Url


class NewNoticeBrowser(RequestBody):
    """As `PushSubscription.toJSON()` gives it."""

    endpoint: _Address
    keys: PushKeys
    expirationTime: float | None = None  # noqa: N815 (the Push API's own name)


class NewNoticeRule(RequestBody):
    name: Name
    channel: RuleChannel
    url: _Address = Field(
        description="Where to: of a `webhook` an address with https; of a `chat` one of Apprise, such as slack://…"
    )
    kinds: Kinds
    agent_id: str | None = Field(default=None, max_length=80, description="Of this agent's runs alone.")


class NoticeRuleChange(RequestBody):
    name: Name | None = None
    url: _Address | None = None
    kinds: Kinds | None = None
    agent_id: str | None = Field(default=None, max_length=80, description="Empty: of all agents.")
    enabled: bool | None = None


class NoticeRule(ResponseBody):
    id: str
    name: str
    channel: RuleChannel
    kinds: list[NotedKind]
    agent_id: str | None
    place: str = Field(description="What of its address is no secret.")
    enabled: bool
    failing_since: datetime | None = Field(description="null: the last notice arrived.")
    disabled_reason: str | None = Field(description="Why the server has switched it off.")
    left_out: int = Field(description="Notices that were too many to keep while they could not be sent.")
    waiting: int
    created_at: datetime


class NoticeRuleList(ResponseBody):
    rules: list[NoticeRule]


class NewNoticeRuleAnswer(ResponseBody):
    rule: NoticeRule
    secret: str | None = Field(description="What requests are signed with; it is shown this once. null: of a chat.")


class NoticeRuleSecret(ResponseBody):
    secret: str


class NoticeDeliveryPage(ResponseBody):
    deliveries: list[NoticeDelivery]
    next_cursor: str | None


class NoticeTest(ResponseBody):
    sent_to: list[Literal["browser", "mail"]]
