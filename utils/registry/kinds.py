"""Kinds of backends: what a kind declares, from which validation, the HTTP API and the dashboard's form follow."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Generic, Literal, TypeVar, Union

from pydantic import Field, TypeAdapter, ValidationError

from utils.registry.configuration import BackendConfiguration, UnusableConfiguration

Can = Literal["yes", "best-effort", "no"]
Workers = Literal["programs", "browsers"]


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that a backend of this kind must keep to itself: sealed when stored, and never told again."""

    label: str
    help: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend of this kind can do. The dashboard says what it cannot before somebody tries."""

    stream: Can = "no"  # its answer arrives as it is written
    stop: Can = "no"  # it stops working when a run is cancelled; "best-effort": we stop listening
    pause: Can = "no"  # it stops where it can go on; "best-effort": only where it waits; "no": once begun, to its end
    steer: Can = "no"  # it takes messages while it works
    approve: Can = "no"  # it asks people
    read_documents: Can = "no"  # it sees the documents of the session
    rerun: Can = "no"  # it begins again from a step of a run; "best-effort": its program does what it can
    hold_tools: Can = "no"  # the team's rules hold the calls of its tools; "best-effort": where its program asks


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of backend. ``secrets`` by name; ``help`` is one sentence for the person who chooses.

    ``instructions`` says what becomes of those of an agent, for the person who writes them. None: nothing.

    ``works_outside``: no agent process works on its runs, but somebody who claims them over HTTP: programs with a key,
    or the browsers of those who are signed in.
    """

    label: str
    help: str
    configuration: type[BackendConfiguration]
    secrets: Mapping[str, Secret]
    can: Capabilities
    instructions: str | None = field(default=None, kw_only=True)
    works_outside: Workers | None = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        [name] = self.configuration.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
        return str(name)


K = TypeVar("K", bound=Kind)


class Kinds(Mapping[str, K], Generic[K]):
    """The kinds that this program knows, by name."""

    def __init__(self, kinds: Iterable[K]) -> None:
        """Raises ValueError for two kinds of one name."""
        self._kinds: dict[str, K] = {}
        for kind in kinds:
            if self._kinds.setdefault(kind.name, kind) is not kind:
                raise ValueError(f"There are two kinds of backends with the name {kind.name}.")
        self._any: TypeAdapter[BackendConfiguration] = TypeAdapter(self.configuration)

    def __getitem__(self, name: str) -> K:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    @property
    def configuration(self) -> Any:
        """The type of any kind's configuration, for pydantic: a union that ``kind`` tells apart."""
        types = tuple(kind.configuration for kind in self._kinds.values())
        return Annotated[Union[types], Field(discriminator="kind")] if len(types) > 1 else types[0]  # noqa: UP007

    @property
    def secrets(self) -> dict[str, Secret]:
        """The secrets that some kind has, by name."""
        return {name: secret for kind in self._kinds.values() for name, secret in kind.secrets.items()}

    @property
    def outside(self) -> frozenset[str]:
        """The names of those that somebody outside works for."""
        return self.worked_by("programs") | self.worked_by("browsers")

    def worked_by(self, workers: Workers) -> frozenset[str]:
        return frozenset(name for name, kind in self._kinds.items() if kind.works_outside == workers)

    def stored_configuration(self, stored: str) -> BackendConfiguration:
        """The configuration as the database keeps it; an UnusableConfiguration where no kind takes it."""
        try:
            return self._any.validate_json(stored)
        except ValidationError:
            name = json.loads(stored)["kind"]
            return UnusableConfiguration(kind=name, problem="invalid_configuration" if name in self else "unknown_kind")
