"""A call of a tool in a job that waits until it is allowed. A job cannot go on without its server: it is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ringside.serving.stopped import Stopped
from ringside.serving.work_api import RefusedError
from ringside.telling.guarding import ToolRefusedError, verdict

if TYPE_CHECKING:
    from ringside.serving.work_api import WorkApi

_WAIT = 20  # seconds that the server holds an answer
_PAUSE = 2.0  # where it holds none, for too many wait
_OF_CALL = ("tool", "input", "call_id", "agent_name")


class JobGuarding:
    def __init__(
        self,
        api: WorkApi,
        work: dict[str, Any],
        call: dict[str, Any],
        timeout: float | None,
        cancel: Callable[[], None],
    ) -> None:
        """``cancel`` is called when the run shall stop."""
        self._api, self._work, self._cancel = api, work, cancel
        self._call = {name: call[name] for name in _OF_CALL if name in call}
        self._until = None if timeout is None else time.monotonic() + timeout

    def look(self) -> float | None:
        """None: the call may be made; else the seconds until the next look. Raises ToolRefusedError and Stopped."""
        began, tool = time.monotonic(), str(self._call["tool"])
        wait = _WAIT if self._until is None else max(0, min(_WAIT, int(self._until - began)))
        try:
            told = self._api.send("POST", self._work, "tool-calls", wait=wait, **self._call)
        except RefusedError as error:
            raise ToolRefusedError(tool, f"{tool} was not called: {error}") from error
        if told["cancel_requested"]:  # also of a call that is allowed: the run shall do nothing more
            self._cancel()
            raise Stopped("The run was stopped.")
        now = time.monotonic()
        pause = verdict(tool, told, 0.0 if now - began > _PAUSE else _PAUSE)
        if pause is None:
            return None
        if self._until is not None and now + pause >= self._until:
            raise ToolRefusedError(tool, f"Nobody has decided yet about this call of {tool}.")
        return pause

    def close(self) -> None:
        """Its connection is the job's."""
