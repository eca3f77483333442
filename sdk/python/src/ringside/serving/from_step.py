"""The step from which a question is to be answered again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FromStep:
    """A step of an earlier run of the session.

    ``input`` is what it was given; if ``edited``, what a person wants it to be given instead. ``state`` is what the
    earlier run kept last by ``job.keep``.
    """

    run_id: str
    agent: str
    action: str
    kind: str
    input: Any
    edited: bool
    state: dict[str, Any] | None

    @classmethod
    def of(cls, told: dict[str, Any] | None) -> FromStep | None:
        """As the server tells it; None also from a server that knows no such thing."""
        return cls(**{name: told[name] for name in cls.__dataclass_fields__}) if told is not None else None
