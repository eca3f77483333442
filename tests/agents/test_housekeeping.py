"""What is left behind is tidied up, and nothing else."""

from agents.housekeeping import Housekeeping
from tests.support.events import fill
from utils.activity_log import ActivityLog
from utils.database import Database
from utils.runs import Runs
from utils.sessions import Sessions
from utils.settings import Settings


def _tidy(settings: Settings, log: ActivityLog, runs: Runs, **changes: object) -> None:
    Housekeeping(settings.model_copy(update=changes), log, runs).tidy()


def test_a_long_session_keeps_its_newest_events(settings: Settings, log: ActivityLog, runs: Runs) -> None:
    fill(log, "long", 60)
    fill(log, "short", 20)
    _tidy(settings, log, runs, max_session_events=20)
    long, short = log.position("long"), log.position("short")
    assert long is not None
    assert short is not None
    assert (long.first, long.head) == (41, 60)
    assert [event.seq for event in log.read(long.key, 0)] == list(range(41, 61))
    assert (short.first, short.head) == (1, 20)


def test_without_a_limit_nothing_is_forgotten(settings: Settings, log: ActivityLog, runs: Runs) -> None:
    fill(log, "long", 60)
    _tidy(settings, log, runs)
    position = log.position("long")
    assert position is not None
    assert (position.first, position.head) == (1, 60)


def test_a_deletion_that_was_cut_off_is_finished(
    settings: Settings, database: Database, log: ActivityLog, runs: Runs, sessions: Sessions
) -> None:
    fill(log, "gone", 10)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET id = 'deleted/' || key")
    _tidy(settings, log, runs)
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar() == 0


def test_checkpoints_go_with_the_end_of_their_run(
    settings: Settings, log: ActivityLog, runs: Runs, sessions: Sessions
) -> None:
    sessions.create("s")
    sessions.create("t")
    waiting, ended = runs.request("s", "Why?"), runs.request("t", "Why?")
    assert waiting
    assert ended
    runs.cancel(ended[1].id)
    folder = settings.data_path / "checkpoints"
    folder.mkdir()
    for name in (waiting[1].id, ended[1].id, "run-unknown"):
        (folder / f"{name}.db").touch()
        (folder / f"{name}.db-wal").touch()
    _tidy(settings, log, runs)
    assert {path.name.partition(".")[0] for path in folder.iterdir()} == {waiting[1].id}
