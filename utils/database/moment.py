"""Moments: aware datetimes in UTC, to the millisecond; the tables keep them as milliseconds since 1970."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Moment(TypeDecorator[datetime]):
    """The type of a column that keeps a moment: the same number on every database.

    Statements of SQLAlchemy Core take and give datetimes; ``text()`` statements see the number.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        return None if value is None else from_ms(value)


def now() -> datetime:
    """The present moment."""
    return from_ms(to_ms(datetime.now(UTC)))


def now_ms() -> int:
    """The same as ``text()`` statements see it."""
    return time.time_ns() // 1_000_000


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970; what is finer is cut off. Raises TypeError for a datetime without time zone."""
    return (moment - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    return _EPOCH + milliseconds * _MILLISECOND
