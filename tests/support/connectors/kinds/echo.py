"""A kind of backend in one file: it repeats the question. Nothing else in the tree knows of it."""

from typing import Literal

from pydantic import Field

from agents.backends.base import Answer, Backend, BackendKind, Job, Registration, Resources
from agents.telling.steps import TextRecord, step, write
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Capabilities, Secret


class EchoConfiguration(BackendConfiguration):
    """Repeats what was asked."""

    kind: Literal["echo"]
    prefix: str = Field(title="Prefix", min_length=1, max_length=20)
    times: int = Field(default=1, ge=1, le=3, title="Repetitions")
    shouts: bool = Field(default=False, title="In capital letters")

    @property
    def own_address(self) -> str:
        return "http://echo.example"


class EchoBackend:
    model_name = "echo"

    def __init__(self, agent: Registration) -> None:
        assert isinstance(agent.configuration, EchoConfiguration)
        self.agent_name = agent.name
        self._configuration = agent.configuration
        self._password = agent.secret("password")

    async def answer(self, job: Job) -> Answer:
        own = self._configuration
        words = f"{own.prefix} " + " ".join([job.question] * own.times)
        with step("Repeat the question", agent=self.agent_name, key="repeat") as repeating:
            text = words.upper() if own.shouts else words
            write(TextRecord("answer", self.agent_name, delta=text, final=True))
            known = len(self._password.get_secret_value()) if self._password is not None else 0
            repeating.details = f"with a password of {known} characters"
        return Answer(text)


def _open(agent: Registration, resources: Resources) -> Backend:
    return EchoBackend(agent)


KIND = BackendKind(
    label="Repeats the question",
    help="For those who like to hear themselves.",
    configuration=EchoConfiguration,
    secrets={"password": Secret("Password", "Nobody asks for it.")},
    can=Capabilities(stream="yes", stop="yes"),
    open=_open,
)
