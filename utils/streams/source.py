"""What the streams of a process need: the log, the doorbell, and a check of permits."""

from dataclasses import dataclass

from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.streams.board import Board
from utils.streams.permits import Ended

STREAM_SOURCE = "ringside.streams"  # where the application keeps it among its extensions, for the worker it runs in


@dataclass(frozen=True, slots=True)
class StreamSource:
    """``ended_permits`` says which permits are no longer valid; None: none ends."""

    log: ActivityLog
    doorbell: Doorbell
    heartbeat_seconds: float
    ended_permits: Ended | None = None
    board: Board | None = None
