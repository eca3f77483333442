"""The traces of programs that speak OpenTelemetry: they are told in sessions, as they arrive."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, bindparam, delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import Principal
from utils.accounts.quotas import Quotas
from utils.database.base import Database, DatabaseLostError
from utils.database.moment import now
from utils.database.tables import live, sessions, spans
from utils.database.tables import traces as rows
from utils.log.activity_log import ActivityLog, Receipt
from utils.sessions.reported_runs import ReportedRuns
from utils.traces.ingest import Ingest, Refused, told_values
from utils.traces.step import Step
from utils.traces.trace import MOST_ENTRIES, tell_silent, trace_json

HELD = timedelta(minutes=5)
SENT_AGAIN = timedelta(days=1)
_MOST_AT_ONCE = 2000  # spans in one transaction: other writers wait for it
_MOST_ENDED_AT_ONCE = 100
_MOST_FORGOTTEN_AT_ONCE = 5000  # spans, and of no more than so many traces:
_MOST_TRACES_AT_ONCE = 100
_TRIES = 3
_log = logging.getLogger(__name__)
_around = spans.alias("around")
_TOPMOST = (
    select(spans.c.span_id)
    .where(spans.c.trace_key == bindparam("trace"), spans.c.parent_id.is_not(None))
    .where(~exists().where(_around.c.trace_key == spans.c.trace_key, _around.c.span_id == spans.c.parent_id))
    .limit(MOST_ENTRIES + 1)
)


class Traces:
    def __init__(self, database: Database, log: ActivityLog, quotas: Quotas | None = None) -> None:
        self._database = database
        self._log = log
        self._quotas = quotas or Quotas(database)
        self._reported_runs = ReportedRuns(database, log)

    def take(self, who: Principal, steps: Sequence[Step]) -> Refused:
        """Tell of the steps that are new. Raises NotStoredError; what is sent again then is told once."""
        refused = Refused()
        for start in range(0, len(steps), _MOST_AT_ONCE):
            receipts, more = self._take(who, steps[start : start + _MOST_AT_ONCE])
            refused.add(more)
            for receipt in receipts:
                self._log.tell(receipt)
        return refused

    def forget_held(self) -> None:
        """Forget the traces that have turned out to be nothing but calls of HTTP, databases and the like."""
        with self._database.write() as connection:
            connection.execute(delete(rows).where(rows.c.status == "held", rows.c.seen_at < now() - HELD))

    def end_silent(self, silence: timedelta) -> None:
        """End the runs of the traces of which nothing has arrived for so long."""
        silent = and_(rows.c.status == "open", rows.c.seen_at < now() - silence)
        with self._database.read() as connection:
            found = connection.execute(select(rows.c.key).where(silent).limit(_MOST_ENDED_AT_ONCE)).scalars().all()
        for key in found:
            try:
                receipt = self._end_silent(key, silence)
            except DatabaseLostError:
                raise
            except Exception:  # what is wrong with one trace is no other's matter
                _log.exception("The silent trace with the key %d was not ended; trying again in a minute", key)
                continue
            if receipt is not None:
                self._log.tell(receipt)

    def forget_spans(self) -> None:
        """Forget the spans of traces of which nothing has arrived for a day: no program sends them again.

        Where what comes late is to be told stays known.
        """
        while self._forget_some_spans():
            pass

    def _forget_some_spans(self) -> bool:
        old = and_(rows.c.status.in_(("ended", "silent")), rows.c.seen_at < now() - SENT_AGAIN)
        found = select(rows.c.key).where(old).order_by(rows.c.key).limit(_MOST_TRACES_AT_ONCE)
        with self._database.write() as connection:
            keys = connection.execute(found.with_for_update()).scalars().all()
            left = _MOST_FORGOTTEN_AT_ONCE
            for key in keys:
                some = select(spans.c.span_id).where(spans.c.trace_key == key).limit(left)
                gone = delete(spans).where(spans.c.trace_key == key, spans.c.span_id.in_(some))
                left -= connection.execute(gone).rowcount
                if not left:
                    break
                # What it was like is in what was told; so it is not found here again.
                connection.execute(update(rows).where(rows.c.key == key).values(status="forgotten"))
        return bool(keys)

    def _end_silent(self, key: int, silence: timedelta) -> Receipt | None:
        silent = and_(rows.c.key == key, rows.c.status == "open", rows.c.seen_at < now() - silence)
        wanted = select(rows.c.told, rows.c.session_key, sessions.c.id).join_from(rows, sessions).where(silent, live)
        with self._database.write() as connection:
            row = connection.execute(wanted.with_for_update(of=rows)).first()
            if row is None:
                return None
            trace = trace_json.validate_json(row.told)
            topmost = connection.execute(_TOPMOST, {"trace": key}).scalars().all()
            told = tell_silent(trace, row.id, topmost)
            receipt = self._reported_runs.append_within(connection, row.id, row.session_key, told)
            connection.execute(update(rows).where(rows.c.key == key).values(**told_values(trace)))
        return receipt

    def _take(self, who: Principal, steps: Sequence[Step]) -> tuple[list[Receipt], Refused]:
        for left in reversed(range(_TRIES)):
            try:
                with self._database.write() as connection:
                    ingest = Ingest(connection, self._reported_runs, self._quotas, who)
                    return ingest.take(steps), ingest.refused
            except IntegrityError:  # another request made the same trace or session a moment earlier
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")
