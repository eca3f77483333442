"""An agent of a kind that works outside, and a way to ask it as the wrapper does."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import SecretStr

from agents.backends.base import Answer, Backend, BackendKind, Handoff, Job, Registration, Waiting
from agents.backends.kinds import KINDS
from agents.telling.steps import Record, StepRecord, TextRecord, TroubleRecord, listening
from tests.support.foreign_server import ForeignServer
from utils.settings import Settings

CANARIES = {name: f"canary-of-{name}-1234567890" for kind in KINDS.values() for name in kind.secrets}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def server() -> Iterator[ForeignServer]:
    with ForeignServer() as server:
        yield server


@dataclass
class Asked:
    """A run of an agent. ``kept`` are the states it stored, ``records`` all that it told over all its attempts."""

    kind: BackendKind
    registration: Registration
    settings: Settings
    job: Job
    records: list[Record] = field(default_factory=list)
    kept: list[Mapping[str, Any]] = field(default_factory=list)

    def backend(self) -> Backend:
        return self.kind.open(self.registration, _Resources(self.settings))  # type: ignore[arg-type]

    async def answer(self, state: Mapping[str, Any] | None = None, **job: Any) -> Answer | Waiting | Handoff:
        """As an attempt does that finds this state."""
        with listening(self.records.append):
            return await self.backend().answer(replace(self.job, state=state, **job))

    async def stop(self, state: Mapping[str, Any] | None) -> str:
        backend: Any = self.backend()
        return str(await backend.stop(replace(self.job, state=state)))

    async def test(self) -> str:
        assert self.kind.test is not None
        return await self.kind.test(self.registration, self.settings)

    def steps(self, *statuses: str) -> list[str]:
        """The actions of the steps that were told with one of these statuses, "completed" by default."""
        wanted = statuses or ("completed",)
        return [one.action for one in self.records if isinstance(one, StepRecord) and one.status in wanted]

    def step(self, action: str, status: str = "completed") -> StepRecord:
        [found] = [
            one for one in self.records if isinstance(one, StepRecord) and (one.action, one.status) == (action, status)
        ]
        return found

    @property
    def texts(self) -> list[TextRecord]:
        return [one for one in self.records if isinstance(one, TextRecord)]

    @property
    def troubles(self) -> list[str]:
        return [one.message for one in self.records if isinstance(one, TroubleRecord)]


@dataclass(frozen=True)
class _Resources:
    settings: Settings


class Asking:
    """Makes agents with the canaries as their secrets."""

    def __init__(self) -> None:
        self.made: list[Asked] = []

    def __call__(
        self,
        kind: str,
        configuration: Mapping[str, Any],
        *,
        secrets: tuple[str, ...] = (),
        question: str = "Who rebuilt the engine?",
        instructions: str = "",
        hosts: str | None = None,
        **job: Any,
    ) -> Asked:
        chosen = KINDS[kind]
        given = chosen.configuration.model_validate({"kind": kind, **configuration})
        registration = Registration(
            1, "Skipper", instructions, given, lambda name: SecretStr(CANARIES[name]) if name in secrets else None
        )
        kept: list[Mapping[str, Any]] = []

        async def keep(state: Mapping[str, Any]) -> None:
            kept.append(dict(state))

        async def nothing() -> Any:
            return []

        async def nobody() -> Any:
            return {}

        asked = Job(
            run_id="run-0123456789abcdef", session_id="session-1", question=question, history=[], metadata={},
            state=None, earlier=None, tell=lambda _: None, told=nothing, keep=keep, callback=lambda _: None,
            calls=nothing, decisions=nobody, messages=nothing, pause=asyncio.Event(),
        )  # fmt: skip
        settings = Settings(_env_file=None, agent_hosts=hosts)
        made = Asked(chosen, registration, settings, replace(asked, **job), kept=kept)
        self.made.append(made)
        return made


@pytest.fixture
async def asking(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Asking]:
    """No secret may be in what was told, kept or logged."""
    made = Asking()
    yield made
    said = "\n".join([repr(one.records) + repr(one.kept) for one in made.made] + [caplog.text])
    assert not [secret for secret in CANARIES.values() if secret in said]
