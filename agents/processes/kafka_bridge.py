"""The bridge to Kafka: takes questions from it, and publishes answers and events to it. One process of each machine.

The keeper (agents/processes/keeper.py) starts it where KAFKA_BOOTSTRAP_SERVERS is set.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from agents.backends.kinds import KINDS
from agents.processes.lifetime import STOPS, die_with_parent, heed_stops
from agents.processes.pulse import PULSE_SECONDS, Pulse
from utils.accounts.quotas import Quotas
from utils.bridge.event_publisher import EventPublisher
from utils.bridge.questions import Questions
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.log.opening import open_log
from utils.logs import configure_logs
from utils.metrics.figures import measure_memory
from utils.metrics.onlookers import count_all
from utils.sessions.messages import Messages
from utils.sessions.new_session import emitted_session
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings, SettingsError, get_settings

_STOP_SECONDS = 5.0
_log = logging.getLogger(__name__)


class KafkaBridge:
    def __init__(self, settings: Settings, pulse: int | None = None) -> None:
        """``pulse``: a descriptor to which its parent listens."""
        self._pulse = None if pulse is None else Pulse(pulse)
        count_all()
        database = open_database(settings, "bridge")
        doorbell = open_doorbell(database)
        log = open_log(database, doorbell, emitted_session)
        quotas = Quotas.of(database, settings)
        queue = RunQueue(database, log, doorbell, outside_kinds=KINDS.outside, quotas=quotas)
        self._parts: list[Callable[[threading.Event], None]] = [
            Questions(settings, Sessions(database), queue).take,
            EventPublisher(settings, database, log, doorbell, Messages(database), Runs(database)).publish,
        ]
        self._stopping = threading.Event()

    def serve(self) -> None:
        """Until SIGTERM. When one part fails the process ends, and the keeper starts another."""
        for number in STOPS:
            signal.signal(number, self._on_stop)
        threads = [threading.Thread(target=self._work, args=(part,), daemon=True) for part in self._parts]
        for thread in threads:
            thread.start()
        while not self._stopping.wait(PULSE_SECONDS):
            if self._pulse is not None:
                self._pulse.beat()
            measure_memory("bridge")
        for thread in threads:
            thread.join(_STOP_SECONDS)

    def _work(self, part: Callable[[threading.Event], None]) -> None:
        try:
            part(self._stopping)
        except Exception:
            _log.exception("The bridge to Kafka failed; another takes its place")
            os._exit(1)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()


def main() -> None:
    heed_stops()
    parser = argparse.ArgumentParser(description="Run the bridge to Kafka.")
    parser.add_argument("--parent", type=int, help="End when this process ends.")
    parser.add_argument("--pulse", type=int, help="A descriptor to write to every second, as a sign of life.")
    options = parser.parse_args()
    if options.parent is not None:
        die_with_parent(options.parent)
    try:
        settings = get_settings()
    except SettingsError as error:
        sys.exit(f"ringside: {error}")
    configure_logs(settings.log_level, settings.log_format, "bridge")
    KafkaBridge(settings, options.pulse).serve()


if __name__ == "__main__":
    main()
