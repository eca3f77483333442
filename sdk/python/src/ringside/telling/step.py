"""A step of an agent."""

from __future__ import annotations

from typing import Any

from ringside import events
from ringside.events import ActivityStatus, Kind
from ringside.telling.bracket import Bracket
from ringside.telling.scope import Scope
from ringside.values import count_of, fraction_of, said

_UNSET: Any = object()


class Step(Bracket):
    """Its ``output``, ``details`` and usage are told when it ends, and so is an ``input`` that is known only then."""

    def __init__(
        self,
        parent: Scope,
        action: str,
        agent: str | None,
        kind: Kind,
        input: Any,
        details: str | None,
        key: str | None,
    ) -> None:
        self._parent = parent
        agent = agent or parent.agent
        names = (said(agent), said(action)) if key is None else (said(key),)
        activity = parent.new_id(*names) if key is None else events.digest(parent._session, parent._run or "", key)
        super().__init__(parent._client, parent._session, parent._run, activity, agent)
        self.action, self.kind = action, kind
        self.details, self.input, self.output = details, input, _UNSET
        self._usage: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """The `activity_id` of its events."""
        return self._activity or ""

    def update(
        self, details: str | None = None, *, progress: float | None = None, status: ActivityStatus = "in-progress"
    ) -> None:
        """Say how it goes; ``progress``: 0 to 1; with the status "waiting", what it waits for."""
        self.details = self.details if details is None else details
        self._tell(status, details=details, progress=self._checked("progress", fraction_of, progress))

    def usage(
        self,
        model: str,
        input_tokens: int,
        output_tokens: int,
        *,
        cached_input_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        cost: float | None = None,
        currency: str | None = None,
    ) -> None:
        """The tokens of its call of a model, as the model's server counted them.

        Cached ones are some of the input, those of reasoning some of the output. A ``cost``, in units of the
        ``currency`` such as EUR, counts instead of the prices that Ringside knows.
        """
        given = self._checked("input_tokens", count_of, input_tokens or 0)
        made = self._checked("output_tokens", count_of, output_tokens or 0)
        if given is not None and made is not None:  # half of it would be a wrong figure
            self._usage = {"model": said(model), "input_tokens": given, "output_tokens": made}
            for name, count in (
                ("cached_input_tokens", cached_input_tokens),
                ("reasoning_tokens", reasoning_tokens),
            ):
                if count is not None and (counted := self._checked(name, count_of, count)) is not None:
                    self._usage[name] = counted
            if cost is not None and currency is not None:
                self._usage |= {"cost": cost, "currency": currency}

    def begin(self, time: str | None = None) -> Step:
        """Tell that it begins, where `with` cannot enclose it. Then `end` must follow. ``time``: ISO 8601, else now."""
        self._tell("started", details=self.details, data=self._given(), time=time)
        return self

    def end(
        self, error: BaseException | None = None, *, status: ActivityStatus | None = None, time: str | None = None
    ) -> None:
        """Tell that it has ended, once: failed or cancelled by an exception, or as ``status`` says."""
        found = self._close(error)
        if found is None:
            return
        data = (
            self._given() if self.output is _UNSET or self.output is None else {**self._given(), "output": self.output}
        )
        self._tell(status or found[0], details=found[1] or self.details, usage=self._usage, data=data, time=time)

    def _given(self) -> dict[str, Any]:
        """Its input, once: a large one is not kept for as long as the step takes."""
        given, self.input = self.input, None
        return {} if given is None else {"input": given}

    def _tell(self, status: ActivityStatus, **named: Any) -> None:
        self.tell(
            events.agent_activity, self._activity, self.agent, self.action, status,
            parent_id=self._parent._activity, kind=self.kind, **named,
        )  # fmt: skip

    def _contains(self, other: Scope) -> bool:
        here: Scope | None = other
        while isinstance(here, Step):
            if here is self:
                return True
            here = here._parent
        return False
