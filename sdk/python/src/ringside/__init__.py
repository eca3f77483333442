"""Tells a Ringside server, live, what your agents and scripts do.

    import ringside

    ringside.init("https://ringside.example.org", "ringside_…")
    with ringside.session("deploy-42", title="Deploy 42") as session:
        with session.step("Build", agent="Builder", kind="tool", input={"target": "all"}) as step:
            step.output = build()

Nothing that only tells raises into your program or makes it wait: events are sent in the background. Asking a person
(`run.ask`), and whether a tool may be called (`run.guard`), do both.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringside.telling.context import carry, current

if TYPE_CHECKING:
    from ringside.events import Kind
    from ringside.serving.job import Job
    from ringside.serving.service import Answering
    from ringside.serving.stopped import Paused, Stopped
    from ringside.telling.asking import NotAskedError
    from ringside.telling.client import Client
    from ringside.telling.decision import Decision, UndecidedError
    from ringside.telling.guarding import ToolRefusedError
    from ringside.telling.message import Message
    from ringside.telling.run import Run
    from ringside.telling.session import Session
    from ringside.telling.step import Step
    from ringside.telling.user_message import UserMessage
    from ringside.watching.stream import Stream

__all__ = [
    "Client", "Decision", "Job", "Message", "NotAskedError", "Paused", "Run", "Session", "Step", "Stopped",
    "ToolRefusedError", "UndecidedError", "UserMessage", "aflush", "afollow", "agent", "carry", "client", "flush",
    "follow", "init", "serve", "session", "step",
]  # fmt: skip
__version__ = "0.1.0"

_client: Client | None = None
_opening = threading.Lock()
# Loaded when they are used: the hook of a coding agent, which starts at each of its steps, does not.
_CLASSES = {
    "Client": "telling.client", "Job": "serving.job", "Message": "telling.message", "Run": "telling.run",
    "Session": "telling.session", "Step": "telling.step", "Stopped": "serving.stopped",
    "Paused": "serving.stopped", "UserMessage": "telling.user_message",
    "Decision": "telling.decision", "NotAskedError": "telling.asking", "UndecidedError": "telling.decision",
    "ToolRefusedError": "telling.guarding",
}  # fmt: skip
_answering: dict[str, Answering] = {}


def init(
    url: str | None = None,
    key: str | None = None,
    *,
    spool: str | Path | None = None,
    agent: str | None = None,
    exit_seconds: float = 5.0,
) -> Client:
    """Say where the server is, once, before the first session.

    Without arguments, RINGSIDE_URL and RINGSIDE_KEY say it. ``spool``: a folder in which events wait that could not be
    sent yet; they outlive the process. ``agent``: who does the steps that name nobody. ``exit_seconds``: how long the
    program's end may wait for the last events.
    """
    global _client
    from ringside.telling.client import Client

    with _opening:
        former, _client = _client, Client(url, key, spool=spool, agent=agent, exit_seconds=exit_seconds)
    if former is not None:
        former.close(0)
    return _client


def client() -> Client:
    """The one of `init`, or one of the environment's settings."""
    global _client
    from ringside.telling.client import Client

    with _opening:
        if _client is None:
            _client = Client()
        return _client


def session(name: str, title: str | None = None, *, agent: str | None = None) -> Session:
    """A session by its id, or by any name from which the id is made. Use it with `with`."""
    return client().session(name, title, agent=agent)


def step(action: str, *, agent: str | None = None, kind: Kind = "step", input: Any = None, **named: Any) -> Step:
    """A step of the session in which this code runs, wherever that was entered."""
    place = current() or client().default_session()
    return place.step(action, agent=agent, kind=kind, input=input, **named)


def agent(name: str) -> Callable[[Answering], Answering]:
    """The function, or coroutine function, answers questions to the registered agent of this name, or with this id.

    @ringside.agent("Weather crew")
    def answer(job):
        with job.step("Look at the sky", kind="tool") as step:
            step.output = look()
        return "It will rain."

    ringside.serve()

    It gets a `Job` and returns the answer as Markdown; None: what it has written with `job.write`.
    """

    def registered(answering: Answering) -> Answering:
        _answering[name] = answering
        return answering

    return registered


def serve(concurrency: int = 1, worker: str | None = None) -> None:
    """Answer the questions to the agents of this program, so many at a time, until SIGINT or SIGTERM.

    The key needs the scope work. ``worker``: how people see this program. Without settings, or when the server never
    gives this program work, the program ends with a line that says why (SystemExit). In another thread than the main
    one, which cannot end the program, SettingsError and RefusedError are raised.
    """
    from ringside.serving.service import Service
    from ringside.serving.work_api import RefusedError
    from ringside.settings import SettingsError, find_settings

    try:
        settings = (_client.settings if _client is not None else None) or find_settings()
        Service(settings, dict(_answering), worker).serve(concurrency)
    except (SettingsError, RefusedError) as error:
        if threading.current_thread() is not threading.main_thread():
            raise
        raise SystemExit(f"ringside.serve: {error}") from error


def flush(seconds: float = 5.0) -> bool:
    """Wait until everything is sent, at most so long. Whether it is."""
    return client().flush(seconds)


async def aflush(seconds: float = 5.0) -> bool:
    """The same for asyncio."""
    import asyncio

    return await asyncio.to_thread(flush, seconds)


def follow(session: str, *, after: int | None = None, last: int | None = None) -> Iterator[dict[str, Any]]:
    """The events of a session as they come, also over lost connections; the key needs the scope read.

    ``after``: begin after this number; ``last``: with so many of the newest; without either with the oldest. Raises
    SettingsError and StreamError, whose words say what to do.
    """
    return _stream(session, after, last).events()


def afollow(session: str, *, after: int | None = None, last: int | None = None) -> AsyncIterator[dict[str, Any]]:
    """The same for asyncio."""
    return _stream(session, after, last).async_events()


def _stream(session: str, after: int | None, last: int | None) -> Stream:
    from ringside.settings import find_settings
    from ringside.watching.stream import Stream

    return Stream(client().settings or find_settings(), session, after, last)


def __getattr__(name: str) -> Any:
    if name not in _CLASSES:
        raise AttributeError(f"module 'ringside' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"ringside.{_CLASSES[name]}"), name)
