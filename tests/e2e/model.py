"""A model server whose words a test lets out one by one, so that a run can be watched in the middle of it."""

import threading
from contextlib import suppress
from typing import Any

from tests.model_server import Answer, ModelServer, Request, kind_of


class GatedModelServer(ModelServer):
    """While it is held, each piece of a written answer waits until the test lets it out. Plans and searches do not."""

    def __init__(self) -> None:
        super().__init__()
        self._held = False
        self._let_out = 0
        self._changed = threading.Condition()
        self._call = threading.local()
        self._http.RequestHandlerClass = self._gated(self._http.RequestHandlerClass)

    def hold(self) -> None:
        """From now on nothing written passes."""
        with self._changed:
            self._held, self._let_out = True, 0

    def let_out(self, pieces: int) -> None:
        """Let so many pieces pass, of seven characters each."""
        with self._changed:
            self._let_out += pieces
            self._changed.notify_all()

    def release(self) -> None:
        """Let everything pass, and forget what was scripted but not asked for."""
        with self._changed:
            self._held = False
            self._changed.notify_all()

    def forget(self) -> None:
        """Nothing is held and nothing is scripted any more."""
        self._script.clear()
        self.release()

    def next(self, request: Request, headers: dict[str, str]) -> Answer:
        self._call.kind = kind_of(request)
        return super().next(request, headers)

    def pass_gate(self) -> None:
        """Called before each piece is sent."""
        if self._call.kind != "text":
            return
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._let_out > 0 or self.stopping.is_set(), 60)
            self._let_out = max(0, self._let_out - 1)

    def _gated(self, handler: Any) -> Any:
        server = self

        class Gated(handler):  # type: ignore[misc]
            def handle(self) -> None:
                with suppress(ConnectionResetError):  # An agent process that was killed says no goodbye.
                    super().handle()

            def _delta(self, delta: Request, finish: str | None = None) -> None:
                server.pass_gate()
                super()._delta(delta, finish)

        return Gated
