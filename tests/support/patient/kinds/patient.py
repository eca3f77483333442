"""A kind of backend that starts work in a system outside once, waits for its call, or for a person, without a process,
and stops it.

The system is a tests/support/foreign_server.py: ``POST /start`` begins the work and names it, ``GET /kept`` is asked
when the name is kept, ``POST /stop`` ends it.
"""

from typing import Literal

from pydantic import Field

from agents.backends.base import Answer, Approval, Backend, BackendKind, Job, Registration, Resources, Stopped, Waiting
from agents.outgoing.client import Outgoing
from agents.telling.steps import TextRecord, step, write
from utils.registry.configuration import Address, BackendConfiguration
from utils.registry.kinds import Capabilities, Secret
from utils.sessions.approval import Question
from utils.settings import Settings


class PatientConfiguration(BackendConfiguration):
    """Waits for a call."""

    kind: Literal["patient"]
    address: Address = Field(title="Address")
    patience: float = Field(default=3600, title="Seconds between two looks")
    asks: str | None = Field(default=None, title="What it asks a person once the work is started")
    holds_on: bool = Field(default=False, title="Works for ever once the work is started")

    @property
    def own_address(self) -> str:
        return self.address


class PatientBackend:
    model_name = "The patient system"

    def __init__(self, agent: Registration, settings: Settings) -> None:
        assert isinstance(agent.configuration, PatientConfiguration)
        self.agent_name = agent.name
        self._own = agent.configuration
        token = agent.secret("token")
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"} if token is not None else {}
        self._system = Outgoing(self.model_name, self._own.address, settings, headers)

    async def answer(self, job: Job) -> Answer | Waiting:
        async with self._system as system:
            with step("Start the work", agent=self.agent_name, key="start"):
                if job.state is None:
                    sent = {"question": job.question, "callback": job.callback("done"), "metadata": dict(job.metadata)}
                    started = await system.ask("POST", "/start", json=sent)
                    await job.keep({"id": started.json()["id"]})
                    await system.ask("GET", "/kept")
            if self._own.asks is not None:
                return await self._asked(job, self._own.asks)
            with step("Wait for the result", agent=self.agent_name, key="wait") as this:
                done = [call for call in await job.calls() if call.name == "done"]
                if self._own.holds_on:
                    await system.ask("GET", "/for-ever")
                if not done:
                    this.stay_open()
                    return Waiting(self._own.patience, "The work goes on outside.")
        text = done[0].body.decode()
        write(TextRecord("answer", self.agent_name, delta=text, final=True))
        return Answer(text)

    async def _asked(self, job: Job, question: str) -> Answer | Waiting:
        decision = (await job.decisions()).get("sail")
        if decision is None:
            asked = Question("Set sail", question, expires_in=600)
            return Waiting(self._own.patience, "A person decides.", [Approval("sail", asked)])
        return Answer(f"{decision.status}: {decision.choice} by {decision.decided_by}")

    async def stop(self, job: Job) -> Stopped:
        assert job.state is not None
        async with self._system as system:
            outcome: Stopped = (await system.ask("POST", "/stop", json=dict(job.state))).json()
            return outcome


def _open(agent: Registration, resources: Resources) -> Backend:
    return PatientBackend(agent, resources.settings)


KIND = BackendKind(
    label="Waits for a call",
    help="For those who have time.",
    configuration=PatientConfiguration,
    secrets={"token": Secret("Token", "Sent with each request.")},
    can=Capabilities(stop="yes"),
    open=_open,
)
