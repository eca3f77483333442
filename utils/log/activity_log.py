"""The log: what happened in each session, durable, numbered 1, 2, 3 … without a hole. It is the truth.

The numbers of a session that is made again after it was deleted go on above those of the deleted one.

An append bumps the session's head and inserts in one transaction. SQLite's write lock, or on PostgreSQL the lock of the
session's row, is held from the bump to the commit, so commit order is seq order, whichever process wrote. After
the commit the events are told: the doorbell rings with the events themselves, and onlookers of this process hear them.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from blinker import signal
from sqlalchemy import Connection

from utils.doorbell.base import MOST_NEWS, NOTICES, SESSIONS, Doorbell
from utils.doorbell.news import Frame, pack, packed_size
from utils.log.events import ENDED_RUN, LoggedEvent, encode_body, read_event
from utils.log.frames import to_frame
from utils.log.new_usage import usages_of
from utils.log.newest_runs import Beginning, beginning
from utils.log.notable import noted_kind
from utils.log.store import Fence, LogStore, NewEvent, Position, StoredEvent

# For onlookers (metrics, logs). Sent with event= and seq= after the event is stored, in this process only.
event_emitted = signal("ringside.event-emitted")
# For onlookers (metrics): sent with seconds= when an append of its own has stored its events.
events_appended = signal("ringside.events-appended")

# The last seq of each session that whoever else needs the events has got; sessions of which it has none are missing.
PassedOn = Callable[[Sequence[int]], Mapping[int, int]]

_READ_ROWS = 1000
_RUN_ROWS = 100  # of a run that may be long, and whose events may be large
_ALL = 1 << 62
_MOST_RINGS = 4  # for one append: to read a longer batch from the log costs less than more rings
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Receipt:
    """What an append has stored, if anything: the session's key, its newest seq, the events, and their bytes."""

    key: int
    head: int
    events: Sequence[LoggedEvent]
    stored: Sequence[NewEvent]

    @property
    def session_id(self) -> str:
        return self.events[0].session_id

    @property
    def first(self) -> int:
        return self.head - len(self.events) + 1

    def frames(self) -> Iterator[Frame]:
        """Made one by one: of a long batch most are not needed."""
        numbered = enumerate(self.stored, self.first)
        return (to_frame(StoredEvent(seq, event.type, event.run_id, event.body)) for seq, event in numbered)


class ActivityLog:
    """Appends to and reads from the log. One for a process, for all its threads."""

    def __init__(self, store: LogStore, doorbell: Doorbell) -> None:
        self._store = store
        self._doorbell = doorbell

    def append(
        self, session_id: str, events: Sequence[LoggedEvent], fence: Fence | None = None, key: int | None = None
    ) -> Receipt:
        """Store ``events`` in one transaction and tell of them; they are numbered consecutively.

        The session is made if it does not exist, in the way that open_log() was given; with a ``key``, the events are
        for the session that has it, and for no other. Raises a :class:`NotStoredError` when nothing was stored; one of
        them, StorageLostError, may not know (see there).
        """
        new = _encoded(events)
        began = time.perf_counter()
        receipt = Receipt(*self._store.append(session_id, new, fence, key, usages_of(events)), events, new)
        events_appended.send(self, seconds=time.perf_counter() - began)
        self.tell(receipt)
        return receipt

    def append_within(
        self, connection: Connection, session_id: str, events: Sequence[LoggedEvent], key: int | None = None
    ) -> Receipt:
        """Append as part of a caller's write transaction, who calls :meth:`tell` once it is committed."""
        new = _encoded(events)
        return Receipt(*self._store.append_within(connection, session_id, new, key, usages_of(events)), events, new)

    def tell(self, receipt: Receipt) -> None:
        """Tell watchers and onlookers what was stored. Never fails: the events are stored, whatever else goes wrong."""
        if not receipt.events:
            return
        if _log.isEnabledFor(logging.DEBUG):
            types = ", ".join(f"{n} {type}" for type, n in Counter(event.type for event in receipt.stored).items())
            _log.debug("Session %s: events %d to %d (%s)", receipt.session_id, receipt.first, receipt.head, types)
        for news in _news(receipt.frames()):
            self._doorbell.ring(SESSIONS, str(receipt.key), news)
        if any(event.noted for event in receipt.stored):
            self._doorbell.ring(NOTICES, str(receipt.key))
        for seq, event in enumerate(receipt.events, receipt.first):
            try:
                event_emitted.send(self, event=event, seq=seq)
            except Exception:  # whoever emitted it must not believe that it is not stored
                _log.exception("An onlooker of emitted events failed")

    def tell_gone(self, key: int) -> None:
        """Tell the watchers of a session that it is gone."""
        self._doorbell.ring(SESSIONS, str(key))

    def position(self, session_id: str) -> Position | None:
        """Where the session's log begins and ends; None for an unknown session."""
        return self._store.position(session_id)

    def positions(self, keys: Sequence[int]) -> dict[int, Position]:
        """The same for many sessions by key. Those that are gone are missing."""
        return self._store.positions(keys)

    def read(self, key: int, after: int, limit: int = _READ_ROWS, max_bytes: int | None = None) -> list[StoredEvent]:
        """The events that follow ``after``, oldest first, at most ``limit``.

        With ``max_bytes``, stops once their bodies have reached it; at least one event is returned if there is one.
        """
        return self._store.read(key, after, limit, max_bytes)

    def beginning(self, position: Position, newest: int) -> Beginning:
        """Where to begin reading so that the event ``newest`` is read, and every run from there on is whole."""
        if newest <= position.first:
            return Beginning(position.first, 0)
        return beginning(self._store.run_spans(position.key, position.first), newest)

    def run_events(self, session_id: str, run_id: str, first: int) -> Iterator[LoggedEvent]:
        """The events of one run so far, read piece by piece; ``first`` is the seq it began with."""
        position = self.position(session_id)
        if position is not None:
            stored = self.stored_of_run(position.key, run_id, first)
            yield from (event for one in stored if (event := read_event(one.data())) is not None)

    def stored_of_run(self, key: int, run_id: str, first: int = 1) -> Iterator[StoredEvent]:
        """The same as they are stored, of the session with this key."""
        after = first - 1
        while events := self._store.read_run(key, run_id, after, _RUN_ROWS):
            yield from events
            if len(events) < _RUN_ROWS:
                return
            after = events[-1].seq

    def stored(self) -> int:
        """How many events were ever stored, those since trimmed or deleted included."""
        return self._store.stored()

    def knows_run(self, key: int, run_id: str) -> bool:
        """Whether the session has an event of the run. Only one that never told its status is looked for everywhere."""
        return self._store.knows_run(key, run_id)

    def run_ended(self, key: int, run_id: str, by: int) -> bool:
        """Whether the last event of a run has a seq of at most ``by``."""
        body = self._store.last_update(key, run_id, by)
        return body is not None and json.loads(body)["status"] in ENDED_RUN

    def trim(self, session_id: str, first: int) -> bool:
        """Forget the events before ``first``. A cursor that is older gets a `reset`. False: they are forgotten."""
        begins = self._store.forget_before(session_id, first)
        if begins is not None:
            self._store.delete_events(*begins)
        return begins is not None

    def trim_all(self, keep: int, passed_on: PassedOn | None = None) -> list[str]:
        """Let every session keep its newest ``keep`` events, or some more: a tenth over is not worth the work.

        With ``passed_on``, what was not passed on yet is kept, too. Returns the ids of the sessions that have forgotten
        events.
        """
        longer = self._store.longer_than(keep + keep // 10)
        last = None if passed_on is None else passed_on([key for _, key, _ in longer])
        firsts = {
            session_id: head - keep + 1 if last is None else min(head - keep, last.get(key, 0)) + 1
            for session_id, key, head in longer
        }
        return [session_id for session_id, first in firsts.items() if self.trim(session_id, first)]

    def delete_events(self, key: int) -> None:
        """Delete all events of a session whose deletion has begun, in steps that hold up no other writer for long."""
        self._store.delete_events(key, _ALL)

    def changes(self) -> object:
        """Something that differs from the last one if any other connection has committed since. Cheap to ask."""
        return self._store.changes()


def _encoded(events: Sequence[LoggedEvent]) -> list[NewEvent]:
    return [NewEvent(event.type, event.run_id, encode_body(event), noted_kind(event)) for event in events]


def _news(frames: Iterable[Frame]) -> list[bytes]:
    """The frames as the news of a few rings; one ring without news where that does not do."""
    rings: list[list[Frame]] = [[]]
    size = 1
    for frame in frames:
        more = packed_size(frame)
        size += more
        if rings[-1] and size > MOST_NEWS:
            rings.append([])
            size = 1 + more
        if size > MOST_NEWS or len(rings) > _MOST_RINGS:
            return [b""]
        rings[-1].append(frame)
    return [pack(ring) for ring in rings]
