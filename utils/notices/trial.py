"""Notices that try whether anything arrives: sent as all others are, and at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from utils.database.moment import now
from utils.notices.outbox import Channel, NewNotice, NoticeOutbox
from utils.notices.rules import RuleRecord

_THING = "test"


def try_person(
    outbox: NoticeOutbox, user_key: int, browsers: Iterable[int], mail: bool
) -> list[Literal["browser", "mail"]]:
    """By which ways; none: there is no way to them."""
    at, added = now(), []
    for key in browsers:
        added.append(_test(f"push-{key}", "push", at, user_key=user_key, subscription_key=key))
    sent_to: list[Literal["browser", "mail"]] = ["browser"] if added else []
    if mail:
        added.append(_test(f"mail-{user_key}", "mail", at, user_key=user_key))
        sent_to.append("mail")
    outbox.add(added)
    return sent_to


def try_rule(outbox: NoticeOutbox, rule: RuleRecord) -> None:
    outbox.add([_test(f"rule-{rule.key}", rule.channel, now(), rule_key=rule.key)])


def _test(
    target: str,
    channel: Channel,
    at: datetime,
    *,
    rule_key: int | None = None,
    user_key: int | None = None,
    subscription_key: int | None = None,
) -> NewNotice:
    return NewNotice(
        target, channel, "test", _THING, at, at, rule_key=rule_key, user_key=user_key,
        subscription_key=subscription_key,
    )  # fmt: skip
