"""Runs of agents of any kind: registered, asked, worked on by real agent processes, and what the log says of them."""

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from agents.backends.kinds import KINDS
from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, Error, LoggedEvent
from utils.registry.agent_registry import AgentRecord, AgentRegistry
from utils.registry.server_key import ServerKey
from utils.sessions.messages import Messages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings

_OFTEN = frozenset({"in-progress", "waiting"})


class AgentRuns:
    """``output`` is the log of the agent processes."""

    def __init__(
        self, stack: ExitStack, settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell,
        ada: UserRecord, folder: Path,
    ) -> None:  # fmt: skip
        self.output = folder / "agents.log"
        self.messages = Messages(database)
        self._stack, self._settings, self._log, self._ada = stack, settings, log, ada
        self._runs, self._queue, self._sessions = Runs(database), RunQueue(database, log, doorbell), Sessions(database)
        self.registry = AgentRegistry(database, lambda: ServerKey.of(settings), KINDS)

    def start(self, **given_settings: object) -> Any:
        """An agent process, whose runs are taken over two seconds after it was killed."""
        given = environment(self._settings.data_path, lease_seconds=2, **given_settings)
        return self._stack.enter_context(agent_process(given, self.output))

    def agent(
        self, session_id: str, kind: str, configuration: Mapping[str, Any], secrets: Mapping[str, str] | None = None
    ) -> None:
        """A session whose questions go to a new agent."""
        self.session(session_id, self.register(f"Skipper of {session_id}", kind, configuration, secrets))

    def register(
        self, name: str, kind: str, configuration: Mapping[str, Any], secrets: Mapping[str, str] | None = None
    ) -> AgentRecord:
        given = KINDS[kind].configuration.model_validate({"kind": kind, **configuration})
        sealed = {name: SecretStr(value) for name, value in (secrets or {}).items()}
        return self.registry.create(
            self._ada.team_key, name=name, description=f"What {name} knows.", configuration=given, secrets_given=sealed
        )

    def session(self, session_id: str, agent: AgentRecord) -> None:
        self._sessions.create(session_id, owner=self._ada, agent_key=agent.key)

    def ask(self, session_id: str, question: str = "Who rebuilt the engine?") -> str:
        requested = self._queue.request(session_id, question)
        assert requested is not None
        return str(requested[1].id)

    def run(self, run_id: str) -> RunRecord:
        run = self._runs.get(run_id)
        assert run is not None
        return run

    def cancel(self, run_id: str) -> None:
        self._queue.cancel(run_id)

    def wait(self, run_id: str, status: str, seconds: float = 30) -> RunRecord:
        def reached() -> bool:
            run = self.run(run_id)
            assert run.status == status or not run.ended, f"{run.status}: {run.reason}\n{self.output.read_text()}"
            return run.status == status

        wait_until(reached, seconds, f"status {status}")
        return self.run(run_id)

    def events(self, run_id: str) -> list[LoggedEvent]:
        run = self.run(run_id)
        return list(self._log.run_events(run.session_id, run.id, run.first_seq))

    def steps(self, run_id: str, status: str = "completed") -> list[AgentActivity]:
        found = [event for event in self.events(run_id) if isinstance(event, AgentActivity)]
        return [step for step in found if step.status == status]

    def answer(self, run_id: str) -> str:
        """The stored answer, which is also what the log shows: each step told once, no draft left beside it."""
        events = self.events(run_id)
        told = Counter((one.activity_id, one.status) for one in events if isinstance(one, AgentActivity))
        again = [one for (one, status), times in told.items() if times > 1 and status not in _OFTEN]
        assert not again, [one for one in events if isinstance(one, AgentActivity) and one.activity_id in again]
        texts: dict[str, str] = {}
        for event in events:
            if isinstance(event, AgentMessage) and event.channel is None:
                texts.pop(event.replaces or "", None)
                texts[event.message_id] = texts.get(event.message_id, "") + event.delta
        stored = self.messages.answer_of(run_id)
        assert stored is not None
        assert list(texts.values()) == [stored.content]
        return str(stored.content)

    def errors(self, run_id: str) -> list[Error]:
        return [event for event in self.events(run_id) if isinstance(event, Error)]
