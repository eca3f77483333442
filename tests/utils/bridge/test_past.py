"""What the topic has counts as published if the log has the same under that number, and from no difference on."""

import pytest

from tests.support.events import activity
from utils.bridge.past import Past
from utils.kafka.records import TOO_LARGE, EventRecord
from utils.log.activity_log import ActivityLog


@pytest.fixture
def there(log: ActivityLog) -> list[EventRecord]:
    """The log of one session as the topic would have it."""
    log.append("s1", [activity("s1", details=f"{number}") for number in range(1300)])
    position = log.position("s1")
    assert position is not None
    events = log.read(position.key, 0, 1300)
    return [EventRecord(position.key, event.seq, event.type, data=event.data()) for event in events]


def other(record: EventRecord) -> EventRecord:
    return EventRecord(record.session_key, record.seq, record.type, data=record.data + b" ")


def counted(log: ActivityLog, records: list[EventRecord]) -> tuple[list[int], list[int]]:
    past = Past(log)
    return [record.seq for record in past.published(records)], [*past.differ.values()]


def test_what_is_the_same_counts(log: ActivityLog, there: list[EventRecord]) -> None:
    assert counted(log, there) == ([*range(1, 1301)], [])
    assert counted(log, []) == ([], [])


def test_nothing_counts_from_the_first_difference_on_also_what_happens_to_be_the_same(
    log: ActivityLog, there: list[EventRecord]
) -> None:
    assert counted(log, [*there[:5], other(there[5]), *there[6:10]]) == ([1, 2, 3, 4, 5], [6])


def test_what_was_published_again_since_then_counts(log: ActivityLog, there: list[EventRecord]) -> None:
    before = [*there[:5], *map(other, there[5:1200])]
    assert counted(log, [*before, *there[5:8]]) == ([*range(1, 9)], [])


def test_what_cannot_be_compared_counts(log: ActivityLog, there: list[EventRecord]) -> None:
    large = EventRecord(there[1].session_key, 2, TOO_LARGE)
    log.trim("s1", 2)
    assert counted(log, [other(there[0]), large, there[2]]) == ([1, 2, 3], [])
