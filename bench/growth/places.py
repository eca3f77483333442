"""Two servers on one kind of database: a team with years of data, and one that has just begun."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from bench.asking import Watch, in_stream, request, until_ready
from bench.growth.filling import fill
from bench.server import Server, data_directory, make_account, ringside
from utils.log.events import ENDED_RUN

# What a page shows is there in either, so that a difference is one of what lies behind it.
FULL, SMALL = {"users": 200, "agents": 500, "sessions": 20_000}, {"users": 4, "agents": 50, "sessions": 100}
_ASKED = 20
_FIRST_PAGE, _PAGE = 50, 200


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """``sample`` is a session with documents and an answered question; ``asked`` are sessions with their streams."""

    server: Server
    sample: str
    asked: dict[str, Watch]
    middle: str  # the cursor of a page in the middle of the list of sessions


def full_and_small(stack: ExitStack, database: Callable[[str], str] | None) -> tuple[Place, Place]:
    """``database`` makes one of PostgreSQL by its name, and tells its address; None: on SQLite."""
    full = _place(stack, database("full") if database else None, **FULL)
    return full, _place(stack, database("small") if database else None, **SMALL)


def _place(stack: ExitStack, url: str | None, users: int, agents: int, sessions: int) -> Place:
    data = stack.enter_context(data_directory())
    make_account(data, url)
    fill(data, url, users, agents, sessions)
    given = {"database_url": url} if url else {}
    server = stack.enter_context(ringside(data, agent_processes=2, ratelimit_enabled=0, **given))
    until_ready(server)
    names = [f"bench-{number}" for number in range(_ASKED)]
    for name in names:
        request(server, "POST", "/api/sessions", {"id": name})
    asked = {name: Watch(in_stream(server, name)) for name in names}
    return Place(server, _sample(server), asked, _middle(server))


def _sample(server: Server) -> str:
    """The id of a session whose documents are read, and whose question is answered."""
    made = request(server, "POST", "/api/sessions/sample")
    session = str(made["session"]["id"])
    stream = Watch(in_stream(server, session))
    run = request(server, "POST", f"/api/sessions/{session}/messages", {"content": made["question"]})["run"]["id"]
    stream.moment(run, ENDED_RUN)
    return session


def _middle(server: Server) -> str:
    """Pages until the end of the list; the first one is short, for a small team has no more than two."""
    cursors: list[str] = []
    cursor = ""
    while True:
        query = f"limit={_PAGE if cursors else _FIRST_PAGE}" + (f"&cursor={cursor}" if cursor else "")
        cursor = request(server, "GET", f"/api/sessions?{query}")["next_cursor"]
        if cursor is None:
            return cursors[len(cursors) // 2]
        cursors.append(cursor)
