"""What steps and texts can be told in: a session, a run, or a step."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ringside import events
from ringside.events import AgentStatus, Kind
from ringside.telling import context
from ringside.telling.beats import beats
from ringside.values import json_of, said

if TYPE_CHECKING:
    from contextvars import Token

    from ringside.telling.asking import Choices, Looking
    from ringside.telling.client import Client
    from ringside.telling.decision import Decision
    from ringside.telling.guarding import Guard, WhenAway
    from ringside.telling.message import Message
    from ringside.telling.step import Step

S = TypeVar("S", bound="Scope")
T = TypeVar("T")
_log = logging.getLogger("ringside")
_MOST_COUNTED = 2_000  # different steps of one scope that are counted separately


class _Process:
    """A name for this process: what has none of its own is told apart by it. A fork gets another one."""

    def __init__(self) -> None:
        self.name, self.forked = os.urandom(6).hex(), ""

    def fork(self) -> None:
        self.name = self.forked = os.urandom(6).hex()


process = _Process()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=process.fork)


class Scope:
    """Use it with `with` or `async with`; what happens inside belongs to it."""

    def __init__(self, client: Client, session: str, run: str | None, activity: str | None, agent: str) -> None:
        self._client = client
        self._session, self._run, self._activity = session, run, activity
        self.agent = agent
        self._counts: dict[tuple[str, ...], int] = {}
        self._counting = threading.Lock()
        self._token: Token[Scope | None] | None = None

    # What can be told in it.

    def step(
        self,
        action: str,
        *,
        agent: str | None = None,
        kind: Kind = "step",
        input: Any = None,
        details: str | None = None,
        key: str | None = None,
    ) -> Step:
        """A step of an agent, which begins with `with` and ends with it; by an exception it fails.

        ``key`` names it where its place in the program does not: a step with the same key in the same run is the same
        step, also when the program is started again.
        """
        from ringside.telling.step import Step

        return Step(self._place(), action, agent, kind, input, details, key)

    def say(self, text: str, *, agent: str | None = None) -> None:
        """A whole text for whoever watches: an answer, a remark."""
        self.message(agent=agent).end(text)

    def message(self, *, agent: str | None = None, reasoning: bool = False) -> Message:
        """A text that is written piece by piece, with `with`."""
        from ringside.telling.message import Message

        return Message(self._place(), agent, reasoning)

    def error(self, message: str, *, code: str = "error", agent: str | None = None) -> None:
        """Something went wrong that no step tells of."""
        place = self._place()
        place.tell(events.error, code, message, agent, place._activity)

    def agent_status(self, agent: str, status: AgentStatus, details: str | None = None) -> None:
        self._place().tell(events.agent_status, agent, status, details)

    def ask(
        self,
        question: str,
        *,
        choices: Choices | None = None,
        form: Mapping[str, Any] | None = None,
        context: Any = None,
        timeout: float | None = None,
        on_timeout: str | None = None,
        deciders: Sequence[str] = (),
        action: str = "Ask a person",
        agent: str | None = None,
        key: str | None = None,
    ) -> Decision:
        """Ask a person, and wait for the decision, however long that takes.

        ``choices``: labels by their ids, or ids that are their own labels; left out, approve and reject. ``form``: the
        JSON schema of what may be filled in. ``context``: what is to be approved. After ``timeout`` seconds the choice
        ``on_timeout`` counts. ``deciders``: ids of users. ``key`` names the question where its place in the program
        does not: asked again in the same run, also by a program that was started again, it is asked once.

        Unlike what is only told, this raises: UndecidedError when nobody decided in time or the run has ended,
        NotAskedError when the server refuses the question, SettingsError without a server. A server that is away is
        waited for.
        """
        asking = self._asking(
            question, action, agent, key, choices=choices, form=form, context=context, timeout=timeout,
            on_timeout=on_timeout, deciders=deciders,
        )  # fmt: skip
        try:
            while isinstance(found := asking.look(), float):
                time.sleep(found)
            return found
        finally:
            asking.close()

    async def aask(self, question: str, **named: Any) -> Decision:
        """The same for asyncio."""
        import asyncio

        action, agent, key = named.pop("action", "Ask a person"), named.pop("agent", None), named.pop("key", None)
        asking = await asyncio.to_thread(self._asking, question, action, agent, key, **named)
        try:
            while True:
                found = await asyncio.to_thread(asking.look)
                if not isinstance(found, float):
                    return found
                await asyncio.sleep(found)
        finally:
            asking.close()

    def guard(
        self,
        tool: str,
        input: Any = None,
        *,
        timeout: float | None = None,
        patience: float = 30.0,
        when_away: WhenAway | None = None,
        agent: str | None = None,
        key: str | None = None,
    ) -> None:
        """Return when the tool may be called with this input, as the team's rules say; where a rule asks a person, wait
        for the decision.

        Otherwise ToolRefusedError is raised, whose words are fit for the agent. ``timeout``: for how many seconds a
        person is waited for, through every restart of the server; None: for ever. Before one is asked, a server
        that does not answer is asked again for ``patience`` seconds; then ``when_away`` counts, "refuse" or "allow", or
        RINGSIDE_WHEN_AWAY, and refuse where neither is given.
        ``key`` names the call where its place in the program does not: the same call in the same run is asked about
        once, also by a program that was started again. Without settings of a server SettingsError is raised.
        """
        guarding = self._guarding(tool, input, agent, key, timeout, patience, when_away)
        try:
            while (pause := guarding.look()) is not None:
                time.sleep(pause)
        finally:
            guarding.close()

    async def aguard(
        self,
        tool: str,
        input: Any = None,
        *,
        timeout: float | None = None,
        patience: float = 30.0,
        when_away: WhenAway | None = None,
        agent: str | None = None,
        key: str | None = None,
    ) -> None:
        """The same for asyncio."""
        import asyncio

        given = (tool, input, agent, key, timeout, patience, when_away)
        guarding = await asyncio.to_thread(self._guarding, *given)
        try:
            while True:
                pause = await asyncio.to_thread(guarding.look)
                if pause is None:
                    return
                await asyncio.sleep(pause)
        finally:
            guarding.close()

    # How it is done.

    def _guarding(
        self,
        tool: str,
        input: Any,
        agent: str | None,
        key: str | None,
        timeout: float | None,
        patience: float,
        when_away: WhenAway | None,
    ) -> Guard:
        from ringside.telling.tool_call import call_of

        place, name = self._place(), said(tool)
        call = call_of(name, input, "", agent or place.agent, place._run, place._activity)
        if key is None:
            call["call_id"] = place.new_id("guard", name, events.digest(json_of(call.get("input"))))
        else:
            call["call_id"] = events.digest(place._session, place._run or "", "guard", key)
        return self._client.guarding(place._session, call, timeout=timeout, patience=patience, when_away=when_away)

    def _asking(self, question: str, action: str, agent: str | None, key: str | None, **named: Any) -> Looking:
        from ringside.telling.asking import question_of

        place = self._place()
        names = ("ask", said(action), said(question)) if key is None else (said(key),)
        step = place.new_id(*names) if key is None else events.digest(place._session, place._run or "", "ask", key)
        given = {"choices": None, "form": None, "context": None, "timeout": None, "on_timeout": None, "deciders": ()}
        body = question_of(
            step, place._activity, place._run, agent or place.agent, question, action=action, **{**given, **named}
        )
        return self._client.asking(place._session, body)

    def _place(self) -> Scope:
        """Where something new belongs: the innermost step that runs here, if it is within this."""
        here = context.current()
        return here if here is not None and self._contains(here) else self

    def _contains(self, other: Scope) -> bool:
        raise NotImplementedError

    def tell(self, event: Any, *arguments: Any, **named: Any) -> None:
        """Queue an event about this. Never raises."""
        if self._run is not None:
            beats.note(self._session, self._run)
        self._send(event, *arguments, **named)

    def _send(self, event: Any, *arguments: Any, **named: Any) -> None:
        if self._client.is_silent:
            return  # a program without a server does not pay for what nobody reads
        try:
            self._client.put(self._session, event(self._session, self._run, *arguments, **named))
        except Exception as error:
            self._client.complain(error)

    def _checked(self, field: str, convert: Callable[[Any], T], value: Any) -> T | None:
        """The value as the field takes it. Never raises: what it does not take is left out."""
        try:
            return None if value is None else convert(value)
        except Exception as error:
            self._client.leave_out(field, error)
            return None

    def new_id(self, *names: str) -> str:
        """An id that is the same whenever the program does the same in the same run."""
        with self._counting:
            if len(self._counts) >= _MOST_COUNTED and names not in self._counts:
                names = ()
            number = self._counts[names] = self._counts.get(names, 0) + 1
        return events.digest(*self._origin(), *names, number)

    def _origin(self) -> tuple[str, ...]:
        return (self._session, self._run or process.name, process.forked, self._activity or "")

    def __enter__(self: S) -> S:
        self._token = context.enter(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._token is not None:
            context.leave(self._token)
            self._token = None

    async def __aenter__(self: S) -> S:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
