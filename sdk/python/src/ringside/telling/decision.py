"""What a person has decided."""

from __future__ import annotations

from typing import Any


class UndecidedError(RuntimeError):
    """There is no decision, and none will come: the message says why.

    ``status``: "expired", nobody decided in time; "withdrawn", its run has ended or its session was deleted.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Decision:
    """``choice`` is the id of what was chosen; ``values`` are what was filled in, and may be None although there is a
    form.

    ``decided_by`` is a name; None: nobody decided in time, and the choice is that of ``on_timeout``.
    """

    def __init__(self, approval: dict[str, Any]) -> None:
        self.choice: str = approval["choice"]
        self.values: dict[str, Any] | None = approval["values"]
        self.comment: str | None = approval["comment"]
        self.decided_by: str | None = approval["decided_by"]
        self.via: str | None = approval["via"]
        self.decided_at: str | None = approval["decided_at"]

    def __repr__(self) -> str:
        return f"Decision(choice={self.choice!r}, decided_by={self.decided_by!r})"
