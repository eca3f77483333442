"""A question to a person: asked until the server has it, then waited for, however long it takes.

Asking is safe to repeat: about the same step the server asks once. So a server that is away, restarts or cuts the
connection is asked again, and a program that is started again gets the answer to what it asked before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ringside.sending.quiet_http import QuietClient
from ringside.telling.decision import Decision, UndecidedError
from ringside.values import json_of, text_of

if TYPE_CHECKING:
    import httpx

    from ringside.settings import Settings

Choices = Mapping[str, str] | Sequence[str]
_WAIT = 25  # seconds that the server holds an answer
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # between two tries
_LONGEST_WAIT = 300.0  # whatever Retry-After says
_MAY_PASS = {408, 425, 429}


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
        import httpx

        self._session, self._title = session, title
        self._question = json.dumps(question, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        self._approval: str | None = None
        self._pause = _FIRST_PAUSE
        self._client = QuietClient(
            base_url=settings.url,
            headers={"Authorization": f"Bearer {settings.key}", "User-Agent": "ringside-python"},
            timeout=httpx.Timeout(2 * _WAIT + 10, connect=5),
            follow_redirects=False,  # the key goes to no other address
        )

    def look(self) -> Decision | float:
        """The decision, or the seconds until the next look. Raises UndecidedError and NotAskedError."""
        import httpx

        try:
            if self._approval is None:
                return self._ask()
            answer = self._client.get(f"/api/approvals/{self._approval}", params={"wait": _WAIT})
            if answer.status_code == 404:
                raise UndecidedError("withdrawn", "The session of this question was deleted, so nobody can decide.")
            return self._taken(answer)
        except httpx.HTTPError:
            return self._longer()

    def close(self) -> None:
        self._client.close()

    def _ask(self) -> Decision | float:
        path, headers = f"/api/sessions/{self._session}/approvals", {"Content-Type": "application/json"}
        answer = self._client.post(path, content=self._question, headers=headers)
        if answer.status_code == 404 and self._make_session():
            answer = self._client.post(path, content=self._question, headers=headers)
        return self._taken(answer)

    def _make_session(self) -> bool:
        """Whether there was none. Of another's, the question is refused as before."""
        body = {"id": self._session, **({"title": self._title} if self._title else {})}
        return self._client.post("/api/sessions", json=body).status_code == 201

    def _taken(self, answer: httpx.Response) -> Decision | float:
        status = answer.status_code
        if status in _MAY_PASS or status >= 500:
            return max(self._longer(), _seconds(answer))
        if status not in (200, 201):
            code, words = _error_of(answer)
            raise NotAskedError(status, words, code)
        approval = _object(answer)
        self._approval, self._pause = str(approval["id"]), _FIRST_PAUSE
        match approval["status"]:
            case "open":
                return _seconds(answer)
            case "decided":
                return Decision(approval)
            case "expired":
                raise UndecidedError("expired", f"Nobody decided in time: “{approval['question']}”.")
        raise UndecidedError(
            "withdrawn", f"Nobody can decide any more, for its run has ended: “{approval['question']}”."
        )

    def _longer(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        return pause


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


def _object(answer: httpx.Response) -> dict[str, Any]:
    """Raises httpx.DecodingError, as when the server is away: something else answers in its place."""
    import httpx

    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or "id" not in found or "status" not in found:
        raise httpx.DecodingError("The answer is not that of a Ringside server.", request=answer.request)
    return found


def _seconds(answer: httpx.Response) -> float:
    """What Retry-After says in seconds; a date is none."""
    said = answer.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_WAIT) if said.isdecimal() else 0.0


def _error_of(answer: httpx.Response) -> tuple[str | None, str]:
    try:
        error = answer.json()["error"]
        return str(error["code"]), text_of(error["message"], 1_000)
    except (ValueError, LookupError, TypeError):
        return None, f"The server answered with status {answer.status_code}."
