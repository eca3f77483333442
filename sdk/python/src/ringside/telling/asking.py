"""A question to a person: asked until the server has it, then waited for, however long it takes.

Asking is safe to repeat: about the same step the server asks once. So a server that is away, restarts or cuts the
connection is asked again, and a program that is started again gets the answer to what it asked before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ringside.telling.decision import Decision, UndecidedError
from ringside.telling.questions import WAIT, Questions, error_of, object_of, seconds_of
from ringside.values import json_of, text_of

if TYPE_CHECKING:
    import httpx

    from ringside.settings import Settings

Choices = Mapping[str, str] | Sequence[str]


class NotAskedError(RuntimeError):
    """The server does not take the question. The message says why."""

    def __init__(self, status: int, message: str, code: str | None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Looking(Protocol):
    """One question that is put. Do :meth:`look` until there is a decision, with the pauses that it gives."""

    def look(self) -> Decision | float: ...

    def close(self) -> None: ...


class Asking:
    """One question of a program. Do :meth:`look` until there is a decision, with the pauses that it gives."""

    def __init__(self, settings: Settings, session: str, title: str | None, question: dict[str, Any]) -> None:
        """``question`` is the body of the request; ``title`` is for a session that is not there yet."""
        self._questions = Questions(settings, session, title)
        self._question = json.dumps(question, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        self._approval: str | None = None

    def look(self) -> Decision | float:
        """The decision, or the seconds until the next look. Raises UndecidedError and NotAskedError."""
        import httpx

        try:
            if self._approval is None:
                return self._taken(self._questions.post("approvals", self._question))
            answer = self._questions.get(f"/api/approvals/{self._approval}", wait=WAIT)
            if answer.status_code == 404:
                raise UndecidedError("withdrawn", "The session of this question was deleted, so nobody can decide.")
            return self._taken(answer)
        except httpx.HTTPError:
            return self._questions.pause_after(None) or 0.0

    def close(self) -> None:
        self._questions.close()

    def _taken(self, answer: httpx.Response) -> Decision | float:
        pause = self._questions.pause_after(answer)
        if pause is not None:
            return pause
        if answer.status_code not in (200, 201):
            code, words = error_of(answer)
            raise NotAskedError(answer.status_code, words, code)
        approval = object_of(answer, "id", "status")
        self._approval = str(approval["id"])
        self._questions.is_answered()
        match approval["status"]:
            case "open":
                return seconds_of(answer)
            case "decided":
                return Decision(approval)
            case "expired":
                raise UndecidedError("expired", f"Nobody decided in time: “{approval['question']}”.")
        raise UndecidedError(
            "withdrawn", f"Nobody can decide any more, for its run has ended: “{approval['question']}”."
        )


def question_of(
    activity: str,
    parent: str | None,
    run: str | None,
    agent: str,
    question: str,
    *,
    action: str,
    choices: Choices | None,
    form: Mapping[str, Any] | None,
    context: Any,
    deciders: Sequence[str],
    timeout: float | None,
    on_timeout: str | None,
) -> dict[str, Any]:
    """The body of the request; what is not given is left out."""
    given = {
        "activity_id": activity, "parent_id": parent, "run_id": run, "agent_name": text_of(agent, 200) or "Program",
        "action": text_of(action, 200), "question": question, "choices": _choices(choices),
        "form": dict(form) if form is not None else None,
        "context": json.loads(json_of(context)) if context is not None else None, "deciders": list(deciders) or None,
        "expires_in": max(1, round(timeout)) if timeout is not None else None, "on_expiry": on_timeout,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _choices(choices: Choices | None) -> list[dict[str, str]] | None:
    if choices is None:
        return None
    pairs = choices.items() if isinstance(choices, Mapping) else ((one, one) for one in choices)
    return [{"id": id, "label": label} for id, label in pairs]
