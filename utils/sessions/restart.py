"""A run that begins again from a step of another one, perhaps with another input."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from utils.log.events import FromStep


@dataclass(frozen=True, slots=True)
class Restart:
    """From which step, and what it is given.

    ``input`` is what the step was given, or, if ``edited``, what it is given instead. ``begin`` is the backend's own
    name for where it begins; ``state`` is what the former run kept last.
    """

    former: str  # the id of the run that the step belongs to
    activity_id: str
    agent_name: str
    action: str
    kind: str
    input: Any
    edited: bool
    begin: str
    former_input: Any = None  # of an edited one: what it was given before
    state: Mapping[str, Any] | None = None

    @property
    def told(self) -> FromStep:
        return FromStep(activity_id=self.activity_id, action=self.action, edited=self.edited or None)

    def stored(self) -> dict[str, Any]:
        """What the run's row keeps: the other row has the rest."""
        return {name: value for name, value in asdict(self).items() if name not in ("former", "state")}
