"""What a framework's callbacks tell: things with ids of their own, which begin and end on any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from ringside.events import ActivityStatus, Kind, digest
from ringside.telling.client import Client
from ringside.telling.context import current
from ringside.telling.run import Run
from ringside.telling.scope import Scope
from ringside.telling.session import Session
from ringside.telling.step import Step
from ringside.telling.waiting_runs import waiting_runs

S = TypeVar("S", bound=Scope)
_MOST = 10_000  # things that have begun and not ended: a framework may forget to end some


class Trace:
    """Its roots are runs of the session in which they begin, or steps of the run in which they do."""

    def __init__(self, client: Callable[[], Client], session: str | None = None, title: str | None = None) -> None:
        """``session``: where to, if the code runs in no session of its own."""
        self._client, self._session, self._title = client, session, title
        self._known: dict[Hashable, Scope] = {}
        self._folded: set[Hashable] = set()
        self._lock = threading.Lock()

    def find(self, id: Hashable) -> Scope | None:
        return self._known.get(id)

    def root(
        self,
        id: Hashable,
        name: str,
        question: str | None,
        session: str | None = None,
        *,
        conversation: Hashable = None,
        goes_on: bool = False,
    ) -> Scope:
        """Something that nothing encloses. ``session``: what the framework itself calls the conversation.

        ``conversation``: where a run may wait. It ``goes_on`` there, or something else is asked instead.
        """
        here = current()
        if here is not None and here._run is not None:
            return self.keep(id, here.step(name).begin())
        place = here if isinstance(here, Session) else self._own(session, name)
        waiting = None if conversation is None else waiting_runs.take(place, conversation)
        if waiting is not None and goes_on:
            return self.keep(id, waiting.go_on())
        if waiting is not None:
            waiting.give_up()
        return self.keep(id, place.run(question, agent=name).begin())

    def begin(
        self,
        id: Hashable,
        parent: Scope,
        action: str,
        *,
        agent: str | None = None,
        kind: Kind = "step",
        input: Any = None,
        time: str | None = None,
    ) -> Step:
        step = Step(parent, action, agent, kind, input, None, digest(parent._activity or parent._run, id))
        self.keep(id, step)
        return step.begin(time)

    def fold(self, id: Hashable, parent: Scope) -> Scope:
        """Something that is not shown: what is in it belongs to what encloses it, which its end does not end."""
        self._folded.add(id)
        return self.keep(id, parent)

    def keep(self, id: Hashable, scope: S) -> S:
        with self._lock:
            if len(self._known) >= _MOST:
                oldest = next(iter(self._known))
                self._known.pop(oldest)
                self._folded.discard(oldest)
            self._known[id] = scope
        return scope

    def take(self, id: Hashable) -> Scope | None:
        """What ends now, if it is known and shown."""
        with self._lock:
            scope = self._known.pop(id, None)
            if id in self._folded:
                self._folded.discard(id)
                return None
            return scope

    def end(
        self,
        id: Hashable,
        *,
        output: Any = None,
        error: BaseException | None = None,
        failure: str | None = None,
        status: ActivityStatus | None = None,
        reason: str | None = None,
        time: str | None = None,
    ) -> Scope | None:
        """``reason``: of the status."""
        scope = self.take(id)
        if scope is not None:
            scope._client.has_told(error)
        if isinstance(scope, Step):
            scope.output, scope.details = output, reason or scope.details
            if failure is not None:
                scope.fail(failure)
            scope.end(error, status=status, time=time)
        elif isinstance(scope, Run):
            if failure is not None:
                scope.fail(failure)
            scope.end(error, status="waiting" if status == "waiting" else None, reason=reason)
        return scope

    def _own(self, session: str | None, name: str) -> Session:
        client = self._client()
        wanted = session or self._session
        if wanted is None:
            return client.default_session()
        return client.session(wanted, self._title or name)
