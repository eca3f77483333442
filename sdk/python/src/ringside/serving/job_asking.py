"""A question to a person in a job: put and waited for by the same request, until there is a decision."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ringside.serving.stopped import Stopped
from ringside.serving.work_api import RefusedError
from ringside.telling.asking import NotAskedError
from ringside.telling.decision import Decision, UndecidedError

if TYPE_CHECKING:
    from ringside.serving.work_api import WorkApi

_WAIT = 20  # seconds that the server holds an answer
_PAUSE = 2.0  # where it holds none, for too many wait
_OF_RUN = ("activity_id", "parent_id", "run_id", "agent_name")


class JobAsking:
    def __init__(
        self, api: WorkApi, work: dict[str, Any], question: dict[str, Any], cancel: Callable[[], None]
    ) -> None:
        """``cancel`` is called when the run shall stop."""
        self._api, self._work, self._cancel = api, work, cancel
        asked = {name: value for name, value in question.items() if name not in _OF_RUN}
        self._body = {"key": question["activity_id"], "wait": _WAIT, **asked}

    def look(self) -> Decision | float:
        """The decision, or the seconds until the next look. Raises UndecidedError, NotAskedError and Stopped."""
        began = time.monotonic()
        try:
            answer = self._api.send("POST", self._work, "ask", **self._body)
        except RefusedError as error:
            raise NotAskedError(error.status, str(error), error.code) from error
        if answer["status"] == "decided":
            return Decision(answer)
        if answer["cancel_requested"]:
            self._cancel()
            raise Stopped("The run was stopped.")
        if answer["status"] == "open":
            return 0.0 if time.monotonic() - began > _PAUSE else _PAUSE
        raise UndecidedError(answer["status"], f"Nobody decided in time: “{self._body['question']}”.")

    def close(self) -> None:
        """Its connection is the job's."""
