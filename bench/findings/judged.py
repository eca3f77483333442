"""The figures of what looks stuck: on made-up runs with a clock of their own, and with a real database."""

import time
from collections.abc import Iterator
from statistics import quantiles

from bench.findings.faulty import FAULTS, faulty_run, hanging_run
from bench.findings.healthy import healthy_run
from bench.findings.told import ToldRun
from bench.report import Figure
from bench.server import data_directory
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.findings.findings import Findings
from utils.findings.run_fold import RunFold
from utils.findings.usual import Usual
from utils.findings.watch import FindingsTurn
from utils.log.events import AgentActivity, AgentMessage, RunUpdate
from utils.log.opening import open_log
from utils.sessions.new_session import emitted_session
from utils.settings import Settings

_LOOK_SECONDS = 2.0
_SETTLE_SECONDS = 10.0
_UNKNOWN_SECONDS = 300.0
_START = 1e9
_FRESH = int(time.time())  # other runs each time: nothing can be tuned on them
_SESSIONS, _EVENTS = 500, 10  # at once, and of each in a second
_LOOPS = 25
_SOON = 30.0


def figures(quick: bool) -> Iterator[Figure]:
    usual = _learnt(100 if quick else 300)
    healthy = 200 if quick else 1000
    alarms = [seed for seed in range(_FRESH, _FRESH + healthy) if _found(healthy_run(seed), usual) is not None]
    yield Figure(f"false alarms in {healthy:,} healthy runs", f"{len(alarms)}", "≤ 1 %", len(alarms) / healthy / 0.01)
    each, soon, every = (20 if quick else 200), 0, 0
    for name, fault in FAULTS.items():
        waits = []
        for seed in range(_FRESH, _FRESH + each):
            run, wrong_at = faulty_run(seed, fault)
            found_at = _found(run, usual, wrong_at)
            waits.append(found_at - wrong_at if found_at is not None else float("inf"))
        soon, every = soon + sum(wait <= _SOON for wait in waits), every + each
        yield Figure(f"  {name}: found after", _spread(waits))
    name, share = f"found within 30 s in {every:,} runs that repeat themselves", soon / every
    yield Figure(name, f"{share:.1%}", "≥ 95 %", share / 0.95, side="at least")
    yield from _hanging(usual, each)
    yield from _with_a_database(quick)


def _learnt(runs: int) -> Usual:
    """What a team would know after so many runs. They are others than those that are judged."""
    usual = Usual(_UNKNOWN_SECONDS)
    for seed in range(runs):
        run, fold = healthy_run(seed), RunFold("r", _START)
        for seq, (at, event) in enumerate(run.events, 1):
            fold.take(seq, event, _START + at)
        for one in fold.ended:
            usual.learn(*one)
        for silence in fold.between:
            usual.learn_between(silence)
    return usual


def _found(run: ToldRun, usual: Usual, after: float = 0.0, until: float = 0.0) -> float | None:
    """When something was found first, by who looks every two seconds and begins at some moment in between."""
    fold, look_at = RunFold("r", _START), run.random.uniform(0, _LOOK_SECONDS)
    for seq, (at, event) in enumerate([*run.events, (max(run.at, until), None)], 1):
        while look_at < at:
            if look_at >= after and fold.found(_START + look_at, usual, _SETTLE_SECONDS):
                return look_at
            look_at += _LOOK_SECONDS
        if event is not None:
            fold.take(seq, event, _START + look_at)  # it is read when somebody looks
    return None


def _hanging(usual: Usual, runs: int) -> Iterator[Figure]:
    """A step that hangs cannot be told from one that is slow before it is slower than it ever was."""
    late, waits = [], []
    for seed in range(_FRESH, _FRESH + runs):
        run, step = hanging_run(seed)
        patience = usual.patience(step["agent_name"], step["action"], step["kind"]).seconds
        began = run.at
        found_at = _found(run, usual, began, until=began + patience + 120)
        late.append(found_at - began - patience if found_at is not None else float("inf"))
        waits.append(found_at - began if found_at is not None else float("inf"))
    soon = sum(0 <= wait <= _SOON for wait in late)
    yield Figure("  a step that hangs: found after", _spread(waits))
    name, share = f"hanging steps found within 30 s of what is unusual, of {runs}", soon / runs
    yield Figure(name, f"{share:.1%}", "≥ 95 %", share / 0.95, side="at least")


def _with_a_database(quick: bool) -> Iterator[Figure]:
    with data_directory() as folder:
        settings = Settings(_env_file=None, data_dir=folder, sqlite_synchronous="NORMAL")
        database = open_database(settings)
        database.migrate()
        log = open_log(database, open_doorbell(database), emitted_session)
        turn = FindingsTurn(settings, database, log)
        turn.begin()
        for number in range(_SESSIONS):
            session = f"bench-{number}"
            log.append(session, [RunUpdate(session_id=session, run_id="r", status="running")])
        looks = []
        for second in range(5 if quick else 15):
            for number in range(_SESSIONS):
                _append(log, f"bench-{number}", 2 * second)
            before = time.process_time()
            turn.look()
            looks.append(time.process_time() - before)
        share = sum(looks[1:]) / len(looks[1:]) / _LOOK_SECONDS
        name = f"share of a core for {_SESSIONS} active sessions with {_EVENTS} events a second"
        yield Figure(name, f"{share:.1%}", "≤ 10 %", share / 0.10)
        waits = _loops(log, turn, Findings(database, log))
        soon = sum(wait <= _SOON for wait in waits) / len(waits)
        name = f"found within 30 s in {_LOOPS} loops beside them, with a real database and clock"
        yield Figure(name, f"{soon:.0%}, {_spread(waits)}", "≥ 95 %", soon / 0.95, side="at least")
        database.close()


def _append(log: object, session: str, turn: int) -> None:
    """Two seconds of a model that writes between two calls of a tool."""
    told = {"session_id": session, "run_id": "r", "agent_name": "A"}
    call = {**told, "activity_id": f"c{turn}", "action": "search", "kind": "tool"}
    text = [
        AgentMessage(**told, message_id=f"m{turn}", delta=f"piece {number} of a text of {turn}, ")  # type: ignore[arg-type]
        for number in range(2 * _EVENTS - 2)
    ]
    began = AgentActivity(**call, status="started", input={"q": f"tide {turn}"})  # type: ignore[arg-type]
    ended = AgentActivity(**call, status="completed", output={"found": turn})  # type: ignore[arg-type]
    log.append(session, [began, *text, ended])  # type: ignore[attr-defined]


def _loops(log: object, turn: FindingsTurn, findings: Findings) -> list[float]:
    began: dict[str, float] = {}
    for number in range(_LOOPS):
        session = f"loop-{number}"
        told = {"session_id": session, "run_id": "r"}
        call = {**told, "agent_name": "A", "action": "search", "kind": "tool"}
        events = [RunUpdate(**told, status="running")]  # type: ignore[arg-type]
        for again in range(3):
            events.append(AgentActivity(**call, activity_id=f"{again}", status="started", input="tide"))  # type: ignore[arg-type]
            events.append(AgentActivity(**call, activity_id=f"{again}", status="completed", output="high"))  # type: ignore[arg-type]
        log.append(session, events)  # type: ignore[attr-defined]
        began[session] = time.monotonic()
    waits: dict[str, float] = {}
    deadline = time.monotonic() + _SOON + 5
    while len(waits) < _LOOPS and time.monotonic() < deadline:
        turn.look()
        for kept in findings.all_open():
            if kept.place.session_id in began:
                waits.setdefault(kept.place.session_id, time.monotonic() - began[kept.place.session_id])
        time.sleep(_LOOK_SECONDS)
    return [waits.get(session, float("inf")) for session in began]


def _spread(waits: list[float]) -> str:
    cuts = quantiles(waits, n=20, method="inclusive")
    return f"p50 {cuts[9]:.1f} s, p95 {cuts[18]:.1f} s"
