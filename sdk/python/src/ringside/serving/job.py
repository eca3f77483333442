"""One question that this program answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ringside.serving.from_step import FromStep
from ringside.serving.stopped import Paused, Stopped
from ringside.telling.scope import Scope
from ringside.telling.user_message import UserMessage
from ringside.values import fraction_of, said

if TYPE_CHECKING:
    from ringside.serving.reporter import Reporter
    from ringside.serving.work_api import WorkApi


class Job(Scope):
    """What is told in it (`job.step`, or `ringside.step` anywhere below) are steps of the run.

    When the run is stopped, a coroutine is cancelled; a function is ended by `Stopped` at the next step that it begins
    or updates, the next piece that it writes, or by `check`.
    """

    def __init__(self, api: WorkApi, work: dict[str, Any], reporter: Reporter) -> None:
        super().__init__(reporter, work["session_id"], work["run_id"], None, work["agent"]["name"])  # type: ignore[arg-type]
        self._api, self._work, self._reporter = api, work, reporter
        self.question: str = work["question"]
        self.history: list[dict[str, str]] = work["history"]
        self.instructions: str = work["instructions"]
        self.metadata: dict[str, Any] = work["metadata"]
        self.state: dict[str, Any] | None = work["state"]
        self.earlier: dict[str, Any] | None = work["earlier"]
        # A person wants to begin from this step of an earlier run. None: begin at the beginning.
        self.from_step: FromStep | None = FromStep.of(work.get("from_step"))
        self.session_id: str = work["session_id"]
        self.run_id: str = work["run_id"]
        self.attempt: int = work["attempt"]
        self._read: dict[str, None] = {}  # ids of messages, in their order

    def write(self, piece: str) -> None:
        """The next piece of the answer, as it is written."""
        self.check()
        self._reporter.add({"type": "text", "delta": said(piece)})

    def keep(self, state: dict[str, Any]) -> None:
        """Store a small JSON object for whoever goes on if this program is lost: an id, not contents.

        When it returns, it is stored, and so is what was told before. Raises Stopped when the run is ours no more, and
        Paused when somebody has paused it: then the function is called again with this state, once it is resumed.
        """
        self._reporter.flush()
        self._reporter.note(self._api.send("PUT", self._work, "state", state=state))
        self.state = state
        self.check()
        if self.pause_requested:
            raise Paused("The run was paused.")

    @property
    def pause_requested(self) -> bool:
        """Whether somebody has paused the run. Call `keep` where you can go on from: the job ends there, for now."""
        return self._reporter.pause_requested

    def messages(self) -> list[UserMessage]:
        """What people have said to this agent since you last asked, oldest first.

        Ask where you can make use of it, right before you call a model: people see that you have read it. What you
        never ask for becomes the next question of the session. Whoever goes on with a run gets all of it again.
        Raises Stopped when the run is ours no more.
        """
        after = f"?after={quote(next(reversed(self._read)))}" if self._read else ""
        answer = self._api.send("POST", self._work, f"messages{after}")
        self._reporter.note(answer)
        found = [UserMessage.of(one) for one in answer["messages"]]
        new = [one for one in found if one.id not in self._read]  # an older server gives all of them again
        self._read |= dict.fromkeys(one.id for one in new)
        return new

    def phase(self, phase: str, progress: float) -> None:
        """What the run does as a whole, and how far it is: 0 to 1."""
        share = self._checked("progress", fraction_of, progress)
        if share is not None:
            self._reporter.add({"type": "phase", "phase": said(phase), "progress": share})

    def check(self) -> None:
        """Raises Stopped when there is no reason to go on."""
        if self._reporter.stopped:
            raise Stopped(self._reporter.stopped)

    def _contains(self, other: Scope) -> bool:
        return other._client is self._client
