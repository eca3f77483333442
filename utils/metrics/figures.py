"""Every figure that a process counts for itself. A scrape adds up those of all processes of the machine.

The processes share a folder of memory-mapped files, which gunicorn.conf.py names in PROMETHEUS_MULTIPROC_DIR; agent
processes and their supervisor inherit it. docs/operations.md documents these figures; a test compares the two.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def make_folder() -> None:
    """A log-out of the user may have swept /dev/shm (systemd's RemoveIPC): no process could start without it."""
    if _SHARED:
        Path(_SHARED).mkdir(mode=0o700, exist_ok=True)


make_folder()

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram  # noqa: E402
from prometheus_client.metrics_core import Metric  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)

REQUESTS = Counter("ringside_http_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram("ringside_http_request_seconds", "Time to answer a request.", ["route"])

STREAMS = Gauge("ringside_streams_open", "Streams that are open.", multiprocess_mode="livesum")
WATCHED = Gauge("ringside_sessions_watched", "Sessions with an open stream.", multiprocess_mode="livesum")
DELIVERED = Counter("ringside_stream_events_delivered_total", "Events written to streams.")
STREAM_SECONDS = Histogram("ringside_stream_seconds", "How long streams were open that have ended.", buckets=_LONG)

APPEND_SECONDS = Histogram("ringside_log_append_seconds", "Time to store events in the log.", buckets=_SHORT)
TRANSACTION_SECONDS = Histogram(
    "ringside_database_transaction_seconds",
    "Time of a transaction, with the wait for a connection and for the turn to write.",
    ["access"],
    buckets=_SHORT,
)
CONNECTIONS = Gauge(
    "ringside_database_connections", "Connections to the database.", ["state"], multiprocess_mode="livesum"
)
OUTAGES = Counter("ringside_outages_total", "Outages that have begun.", ["part"])
OUTAGES_OPEN = Gauge("ringside_outages_open", "Outages that go on.", ["part"], multiprocess_mode="livesum")

RUNS_ENDED = Counter("ringside_runs_ended_total", "Runs of this server's queue that have ended.", ["outcome"])
LEASES_LOST = Counter("ringside_leases_lost_total", "Runs taken back from an owner without a sign of life.", ["owner"])
SLOTS = Gauge("ringside_agent_slots", "Runs that agent processes can work on.", multiprocess_mode="livesum")
SLOTS_USED = Gauge("ringside_agent_slots_used", "Runs that they work on.", multiprocess_mode="livesum")
BACKEND_SECONDS = Histogram(
    "ringside_backend_seconds", "Time that a backend has worked on a run.", ["kind", "outcome"], buckets=_LONG
)
FIRST_EVENT_SECONDS = Histogram(
    "ringside_run_first_event_seconds",
    "Time from a question to the first event of the agent that answers.",
    ["kind"],
    buckets=_LONG,
)
TOKENS = Counter("ringside_tokens_total", "Tokens that models have counted, each of one sort.", ["kind", "direction"])
COST = Counter("ringside_cost_total", "What models have cost, in units of the currency.", ["kind", "currency"])
MODEL_SECONDS = Histogram("ringside_model_seconds", "Time of a call of a model.", ["model", "outcome"], buckets=_LONG)
PARSE_FAILURES = Counter(
    "ringside_model_parse_failures_total", "Answers and tool calls of models that could not be read.", ["part"]
)
ERRORS = Counter("ringside_errors_total", "Failures that users did not cause.", ["severity", "code"])
QUOTA_REFUSALS = Counter("ringside_quota_refusals_total", "Requests refused by a team's quota.", ["quota"])
MEMORY = Gauge("ringside_process_resident_memory_bytes", "Memory of a process.", ["role"], multiprocess_mode="liveall")


def counted() -> CollectorRegistry:
    """The figures of all processes where they share a folder, else this process's."""
    folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or "/nonexistent")
    if not folder.is_dir():
        return REGISTRY
    for left in _of_ended(folder):
        left.unlink(missing_ok=True)
    registry = CollectorRegistry()
    _FilledFiles(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry


class _FilledFiles(MultiProcessCollector):
    """All files but those that another process has created and is about to fill: the library fails on an empty one."""

    def collect(self) -> Iterable[Metric]:
        families: Iterable[Metric] = self.merge([str(file) for file in self._filled()])  # type: ignore[no-untyped-call]
        return families

    def _filled(self) -> Iterator[Path]:
        for file in Path(self._path).glob("*.db"):
            with suppress(FileNotFoundError):  # of a process that has ended, removed by another scrape
                if file.stat().st_size:
                    yield file


def total(name: str) -> float:
    """The sum of a figure over all its labels and all processes."""
    families = [family for family in counted().collect() if family.name == name]
    return sum(sample.value for family in families for sample in family.samples)


def _of_ended(folder: Path) -> Iterator[Path]:
    """The gauges of processes that have ended, however they did: what was open there is no longer."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            yield file


def measure_memory(role: str) -> None:
    """Of this process, now."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        MEMORY.labels(role).set(pages * os.sysconf("SC_PAGE_SIZE"))
