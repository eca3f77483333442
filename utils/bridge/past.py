"""What the topic of events has, compared with the log.

The log may be an older one: that of a backup that was put back, or of a server that took over and had not got the last
transactions. Its new events then have numbers under which the topic has others, and count as published only when they
are found there themselves.
"""

from collections.abc import Iterable, Iterator

from utils.kafka.records import TOO_LARGE, EventRecord
from utils.log.activity_log import ActivityLog

_RECORDS, _BYTES = 500, 16 * 1024 * 1024  # compared at once


class Past:
    """For one reading of the topic, from an earlier place to a later one."""

    def __init__(self, log: ActivityLog) -> None:
        self._log = log
        self.differ: dict[int, int] = {}  # session key → the first seq under which the topic has another event

    def published(self, records: Iterable[EventRecord]) -> Iterator[EventRecord]:
        """Of the records of sessions that there are, up to their heads, those whose event is the log's."""
        for some in _pieces(records):
            events = self._events(some)
            for record in some:
                if self._counts(record, events.get((record.session_key, record.seq))):
                    yield record

    def _events(self, records: list[EventRecord]) -> dict[tuple[int, int], bytes]:
        """By session key and seq; what the log keeps no more is missing."""
        ranges: dict[int, tuple[int, int]] = {}
        for record in records:
            first, last = ranges.get(record.session_key, (record.seq, record.seq))
            ranges[record.session_key] = min(first, record.seq), max(last, record.seq)
        found: dict[tuple[int, int], bytes] = {}
        for key, (first, last) in ranges.items():
            events = self._log.read(key, first - 1, min(last - first + 1, _RECORDS), _BYTES)
            found.update(((key, event.seq), event.data()) for event in events)
        for record in records:  # where they are far from each other, or large
            if (record.session_key, record.seq) not in found:
                for event in self._log.read(record.session_key, record.seq - 1, 1):
                    found[record.session_key, event.seq] = event.data()
        return found

    def _counts(self, record: EventRecord, event: bytes | None) -> bool:
        """What follows the first difference is of another past, until the event itself is found, sent since then."""
        key, seq, differs = record.session_key, record.seq, self.differ.get(record.session_key)
        if event is not None and record.type != TOO_LARGE and record.data != event:
            self.differ[key] = seq if differs is None else min(seq, differs)
            return False
        if differs == seq:
            del self.differ[key]
        return differs is None or seq <= differs


def _pieces(records: Iterable[EventRecord]) -> Iterator[list[EventRecord]]:
    some: list[EventRecord] = []
    size = 0
    for record in records:
        some.append(record)
        size += len(record.data)
        if len(some) == _RECORDS or size >= _BYTES:
            yield some
            some, size = [], 0
    yield some
