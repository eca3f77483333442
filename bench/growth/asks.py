"""How long a question takes: its POST, its run without a model and without documents, and many of them at once."""

import time
from collections.abc import Iterator
from statistics import median

from bench.asking import request
from bench.growth.places import Place
from bench.growth.reads import READ_BOUND, compared
from bench.measure import middle_ratio
from bench.report import Figure
from utils.log.events import ENDED_RUN

_WARM_UP = 6


def figures(full: Place, small: Place, where: str, rounds: int) -> Iterator[Figure]:
    places = (small, full)
    for place in places:
        for _ in range(_WARM_UP):  # the first run of each agent process loads what later ones find loaded
            _ask(place)
    posts: dict[Place, list[float]] = {place: [] for place in places}
    ends: dict[Place, list[float]] = {place: [] for place in places}
    speeds: dict[Place, list[float]] = {place: [] for place in places}
    for _ in range(rounds):
        for place in places:
            post, end = _ask(place)
            posts[place].append(post)
            ends[place].append(end)
    for _ in range(max(2, rounds // 5)):
        for place in places:
            speeds[place].append(_ask_everywhere(place))
    yield compared(f"POST of a question, {where}", posts[full], posts[small], READ_BOUND)
    yield compared(f"POST of a question to its run's end, {where}", ends[full], ends[small], READ_BOUND)
    yield Figure(
        f"runs a second, {len(full.asked)} asked at once, {where}",
        f"{median(speeds[full]):.1f}",
        f"≥ 0.5 × a small team, {median(speeds[small]):.1f}",
        middle_ratio(speeds[full], speeds[small]),
        1 / READ_BOUND,
        "at least",
    )


def _ask(place: Place) -> tuple[float, float]:
    """Milliseconds to the answer of the POST, and to the run's end."""
    session, stream = next(iter(place.asked.items()))
    began = time.monotonic()
    run = _post(place, session)
    posted = time.monotonic()
    return (posted - began) * 1000, (stream.moment(run, ENDED_RUN) - began) * 1000


def _ask_everywhere(place: Place) -> float:
    """Runs a second, from the first POST to the last end."""
    began = time.monotonic()
    runs = {session: _post(place, session) for session in place.asked}
    ended = max(stream.moment(runs[session], ENDED_RUN) for session, stream in place.asked.items())
    return len(runs) / (ended - began)


def _post(place: Place, session: str) -> str:
    body = {"content": "What do the documents say?"}
    return str(request(place.server, "POST", f"/api/sessions/{session}/messages", body)["run"]["id"])
