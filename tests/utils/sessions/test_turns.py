"""Whose turn it is, without a database: tests/utils/sessions/test_run_queue.py has the same with one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from utils.sessions.turns import NO_LIMITS, AtWork, Candidate, Limits, Room, may_start, next_turn

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN = NOW - timedelta(minutes=3)
PATIENCE = 10  # minutes


def run(key: int, user: int = 1, agent: int = 1, team: int = 1, since: datetime = BEGIN) -> Candidate:
    return Candidate(key, team, user, agent, since)


def working(*runs: Candidate) -> AtWork:
    counts = AtWork()
    for one in runs:
        counts.add(one.team, one.user, one.agent)
    return counts


def chosen(candidates: list[Candidate], at_work: AtWork, limits: Limits = NO_LIMITS, room: Room = "any") -> int | None:
    found = next_turn(candidates, at_work, limits, room, NOW)
    return found and found.key


def test_the_oldest_goes_first_where_nothing_is_at_work() -> None:
    assert chosen([run(3, user=3), run(2, user=2), run(4, user=4)], AtWork()) == 2


@pytest.mark.parametrize(
    "fewer",
    [run(9, team=2, user=2, agent=2), run(9, user=2), run(9, agent=2)],
    ids=["team", "user", "agent"],
)
def test_who_has_fewer_at_work_goes_before_who_is_older(fewer: Candidate) -> None:
    assert chosen([run(2), fewer], working(run(1))) == 9


def test_what_waited_long_with_nothing_of_its_line_at_work_goes_before_all() -> None:
    long_ago = NOW - timedelta(minutes=PATIENCE)
    at_work = working(run(1, user=1, agent=9), run(2, user=9, agent=1))
    assert chosen([run(3, since=long_ago), run(4, user=4, agent=4)], at_work) == 3
    assert chosen([run(3, since=long_ago), run(4, user=4, agent=4)], working(run(1))) == 4, "one of its line works"


@pytest.mark.parametrize("limits", [Limits(team=1), Limits(agent=1), Limits(user=1)], ids=["team", "agent", "user"])
def test_who_is_at_a_limit_waits_and_what_is_only_to_end_does_not(limits: Limits) -> None:
    assert chosen([run(2)], working(run(1)), limits) is None
    assert chosen([Candidate(2, 1, 1, 1, BEGIN, ends=True)], working(run(1)), limits) == 2
    assert chosen([Candidate(2, None, None, None, BEGIN)], working(Candidate(1, None, None, None, BEGIN)), limits) == 2


@pytest.mark.parametrize(
    ("room", "who"),
    [("any", {"same", "user", "agent", "both"}), ("new", {"user", "agent", "both"}), ("new agent", {"agent", "both"})],
)
def test_the_reserve_is_for_who_has_nothing_at_work(room: Room, who: set[str]) -> None:
    candidates = {"same": run(2), "user": run(3, user=2), "agent": run(4, agent=2), "both": run(5, user=2, agent=2)}
    assert {name for name, one in candidates.items() if may_start(one, working(run(1)), NO_LIMITS, room)} == who


# A small server: each step is a minute, in which runs end, questions arrive, and free slots are taken.

MINUTES_OF_A_RUN = 2
Arrivals = list[list[tuple[int, int]]]


def served(arrivals: Arrivals, slots: int, limits: Limits, teams: Mapping[int, int]) -> dict[int, int]:
    """When each run began, by its key, which counts the arrivals. The last is followed by nothing."""
    waiting: list[Candidate] = []
    ends: list[tuple[int, Candidate]] = []
    began: dict[int, int] = {}
    started: dict[tuple[int | None, int | None], datetime] = {}
    count = 0
    for minute, asked in enumerate([*arrivals, *([[]] * 800)]):
        now = NOW + timedelta(minutes=minute)
        ends = [(end, one) for end, one in ends if end > minute]
        for user, agent in asked:
            waiting.append(Candidate(count, teams[user], user, agent, now))
            count += 1
        while len(ends) < slots:
            at_work = working(*(one for _, one in ends))
            able = [replace(one, since=max(one.since, started.get((one.user, one.agent), NOW))) for one in waiting]
            one = next_turn(able, at_work, limits, "any", now)
            if one is None:
                assert not any(may_start(other, at_work, limits) for other in waiting), "a slot stays free for nothing"
                break
            waiting = [other for other in waiting if other.key != one.key]
            ends.append((minute + MINUTES_OF_A_RUN, one))
            began[one.key], started[one.user, one.agent] = minute, now
        at_work = working(*(one for _, one in ends))
        assert not limits.agent or max(at_work.agent.values(), default=0) <= limits.agent
        assert not limits.user or max(at_work.user.values(), default=0) <= limits.user
        assert not limits.team or max(at_work.team.values(), default=0) <= limits.team
    assert not waiting, "all ended"
    return began


TEAMS = {1: 1, 2: 1, 3: 2, 4: 3}
LINES = 12
_others = st.sampled_from([(user, agent) for user in TEAMS for agent in (1, 2, 3) if (user, agent) != (1, 1)])
_flood = st.lists(st.lists(_others, min_size=1, max_size=3), min_size=120, max_size=120)


@hypothesis_settings(max_examples=60, deadline=None)
@given(_flood, st.integers(0, 40), st.integers(1, 3), st.integers(0, 2), st.integers(0, 2))
def test_no_question_waits_for_ever_whatever_others_ask(
    flood: Arrivals, at: int, slots: int, most_of_agent: int, most_of_user: int
) -> None:
    """Others, and its own user, ask far more than can be answered, before and after: lines take turns all the same."""
    arrivals = [*flood[:at], [(1, 1)], *flood[at:]]
    began = served(arrivals, slots, Limits(agent=most_of_agent, user=most_of_user), TEAMS)
    before = sum(len(asked) for asked in flood[:at])
    assert began[before] - at <= PATIENCE + LINES * MINUTES_OF_A_RUN


def test_a_flood_leaves_others_their_turns_also_where_there_is_one_slot() -> None:
    began = served([[(1, 1)] * 40, [(2, 2)]], 1, NO_LIMITS, {1: 1, 2: 1})
    assert began[40] <= 2 * MINUTES_OF_A_RUN
