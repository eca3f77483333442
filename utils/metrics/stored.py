"""The figures that only the database knows: what waits in the queue, whoever counts the rest."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import distinct, func, select

from utils.bridge.audit_positions import AuditPositions
from utils.database.base import Database
from utils.database.moment import now
from utils.database.server_capacity import server_capacity
from utils.database.tables import agents, live, runs, sessions
from utils.log.activity_log import ActivityLog
from utils.metrics.probe import Probe
from utils.sessions.runs import own

_SECONDS = 1.5
_OPEN = ("queued", "running", "waiting")
_of_queue = (own, runs.c.status.in_(_OPEN), live)
_COUNTED = (
    select(runs.c.status, agents.c.configuration, func.count())
    .join_from(runs, sessions, sessions.c.key == runs.c.session_key)
    .join(agents, agents.c.key == runs.c.agent_key, isouter=True)
    .where(*_of_queue)
    .group_by(runs.c.status, agents.c.configuration)
)
_ACTIVE = (
    select(func.count(distinct(runs.c.session_key)))
    .join_from(runs, sessions, sessions.c.key == runs.c.session_key)
    .where(*_of_queue)
)
_OLDEST = (
    select(func.min(runs.c.created_at))
    .join_from(runs, sessions, sessions.c.key == runs.c.session_key)
    .where(own, runs.c.status == "queued", live)
)


class StoredFigures(Collector):
    """Left out, but for ``ringside_database_up 0``, when the database does not answer in time."""

    def __init__(self, database: Database, log: ActivityLog, audit_targets: Sequence[str] = ()) -> None:
        self._audit = {target: AuditPositions(database, target) for target in audit_targets}
        self._database = database
        self._log = log
        self._probe = Probe("metrics", self._read)

    def collect(self) -> Iterator[Metric]:
        found: Sequence[Metric] = ()
        self._probe.begin()
        with suppress(Exception):  # whatever is wrong, the rest is told
            found = self._probe.look(_SECONDS)
        up = 1.0 if found else 0.0
        yield GaugeMetricFamily("ringside_database_up", "Whether the database answers this server: 1 or 0.", up)
        yield from found

    def _read(self) -> list[Metric]:
        server = server_capacity(self._database)
        emitted = CounterMetricFamily(
            "ringside_events_emitted", "Events stored, by whichever process.", self._log.stored()
        )
        with self._database.read() as connection:
            rows = connection.execute(_COUNTED).all()
            active = connection.scalar(_ACTIVE) or 0
            oldest = connection.scalar(_OLDEST)
        by_kind: Counter[tuple[str, str]] = Counter()
        for status, configuration, count in rows:
            by_kind[status, json.loads(configuration)["kind"] if configuration else "documents"] += count
        of_runs = GaugeMetricFamily("ringside_runs", "Runs that have not ended.", labels=["status", "kind"])
        for labels, count in by_kind.items():
            of_runs.add_metric(labels, count)
        unstreamed = GaugeMetricFamily(
            "ringside_audit_unstreamed", "Entries of the audit trail that a target has not taken.", labels=["target"]
        )
        for target, positions in self._audit.items():
            unstreamed.add_metric([target], sum(team.entries for team in positions.behind()))
        queued = sum(count for (status, _), count in by_kind.items() if status == "queued")
        age = max(0.0, (now() - oldest).total_seconds()) if oldest is not None else 0.0
        return [
            emitted,
            GaugeMetricFamily(
                "ringside_database_server_connections",
                "Connections of the PostgreSQL server, of all programs.",
                server.taken if server is not None else None,
            ),
            GaugeMetricFamily(
                "ringside_database_server_connections_allowed",
                "How many connections the PostgreSQL server allows.",
                server.allowed if server is not None else None,
            ),
            of_runs,
            unstreamed,
            GaugeMetricFamily("ringside_queue_length", "Runs that wait for somebody to begin.", queued),
            GaugeMetricFamily("ringside_queue_oldest_seconds", "How long the oldest of them has waited.", age),
            GaugeMetricFamily("ringside_sessions_active", "Sessions with a run that has not ended.", active),
        ]
