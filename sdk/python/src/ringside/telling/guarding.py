"""A call of a tool that waits until it is allowed: by the team's rules, or by a person whom a rule asks.

It fails closed. A server that is away is asked again for as long as the program has said; then the call is refused, and
the words say why. What was asked about a call is asked once, also by a program that was started again.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from ringside.telling.questions import WAIT, Questions, error_of, object_of, seconds_of

if TYPE_CHECKING:
    from ringside.settings import Settings

WhenAway = Literal["refuse", "allow"]
WHEN_AWAY = "RINGSIDE_WHEN_AWAY"
PATIENCE = 30.0  # seconds
_AWAY = (502, 503, 504)  # what answers where the server itself does not
_LEAST_PAUSE = 0.5  # seconds between two requests of which the server has not held the first


class ToolRefusedError(RuntimeError):
    """The tool is not to be called. The message says why, and is fit for the agent that wanted to call it.

    ``rule`` is the name of the rule that refuses; None: a person has refused, or ``away``: nobody could be asked.
    """

    def __init__(self, tool: str, message: str, rule: str | None = None, *, away: bool = False) -> None:
        super().__init__(message)
        self.tool, self.rule, self.away = tool, rule, away


class Guard(Protocol):
    """One call that is asked about. Do :meth:`look` until it gives None, with the pauses that it gives."""

    def look(self) -> float | None: ...

    def close(self) -> None: ...


class Guarding:
    """One call of a program."""

    def __init__(
        self,
        settings: Settings,
        session: str,
        title: str | None,
        call: dict[str, Any],
        *,
        timeout: float | None = None,
        patience: float = PATIENCE,
        when_away: WhenAway | None = None,
    ) -> None:
        """``call`` is the body of the request.

        ``timeout``: for how many seconds a person is waited for; None: for ever. ``patience``: for how many seconds a
        server that does not answer is asked again; then ``when_away`` counts, unless the server has answered meanwhile
        that it is too busy: it is there. Once it has said that it asks a person, it is asked again as long as the
        person is waited for. Raises ValueError for a ``when_away`` that is none.
        """
        self._questions = Questions(settings, session, title)
        self._call, self._tool = call, str(call["tool"])
        self._patience, self._when_away = patience, _when_away(when_away)
        self._until = None if timeout is None else time.monotonic() + timeout
        self._trouble_since: float | None = None
        self._is_there = False  # the server has answered: from then on its silence allows nothing
        self._asks = False
        self.approved = False  # whether a person has allowed this very call: no rule, and no time that has run out

    def look(self) -> float | None:
        """None: the call may be made. Otherwise the seconds until the next look. Raises ToolRefusedError."""
        import httpx

        began = time.monotonic()
        left = None if self._until is None else max(0.0, self._until - began)
        # At first it does not wait: it is to know that a person is asked before the server may be away.
        wait = 0 if not self._asks else WAIT if left is None else min(WAIT, int(left))
        body = json.dumps({**self._call, "wait": wait}, ensure_ascii=False, allow_nan=False)
        longest = wait + max(1.0, min(self._patience, 10.0))  # a server that hangs is as one that is away
        try:
            answer = self._questions.post("tool-calls", body.encode("utf-8", "replace"), longest)
            pause = self._questions.pause_after(answer)
            if pause is not None:
                return self._again(f"status {answer.status_code}", pause, away=answer.status_code in _AWAY)
            if answer.status_code != 200:
                raise ToolRefusedError(self._tool, f"{self._tool} was not called: {error_of(answer)[1]}")
            told = object_of(answer, "status", "words", "rule")
        except httpx.HTTPError as error:
            pause, away = self._questions.pause_after(None) or 0.0, isinstance(error, httpx.TransportError)
            return self._again(type(error).__name__, pause, away=away)
        self._trouble_since = None
        self._questions.is_answered()
        now = time.monotonic()
        pause = verdict(self._tool, told, max(seconds_of(answer), 0.0 if now - began > _LEAST_PAUSE else _LEAST_PAUSE))
        if pause is None:
            self.approved = told.get("decided_by") is not None
            return None
        self._is_there = self._asks = True
        if self._until is not None and now + pause >= self._until:
            raise self._undecided()
        return pause

    def close(self) -> None:
        self._questions.close()

    def _again(self, why: str, pause: float, *, away: bool) -> float | None:
        """The seconds until another try, after one that gave no answer; None: the call may be made without."""
        now = time.monotonic()
        self._is_there = self._is_there or not away
        if self._asks:
            return self._until_decided(now, pause)
        self._trouble_since = self._trouble_since or now
        patient = self._trouble_since + self._patience
        until = patient if self._until is None else min(patient, self._until)
        if now < until:
            return min(pause, until - now)
        if self._when_away == "allow" and not self._is_there and now >= patient:
            return None
        words = f"Ringside, which must allow it, {'cannot be reached' if away else 'gave no answer'} ({why})."
        raise ToolRefusedError(self._tool, f"{self._tool} was not called: {words}", away=away)

    def _until_decided(self, now: float, pause: float) -> float:
        """A person has been asked, and may decide while the server is away: what was asked is not lost with it."""
        if self._until is None:
            return pause
        if now >= self._until:
            raise self._undecided()
        return min(pause, self._until - now)

    def _undecided(self) -> ToolRefusedError:
        return ToolRefusedError(self._tool, f"Nobody has decided yet about this call of {self._tool}.")


def verdict(tool: str, told: dict[str, Any], pause: float) -> float | None:
    """What the answer to a call means: None, the pause, or a ToolRefusedError."""
    if told["status"] == "allowed":
        return None
    if told["status"] == "asks":
        return pause
    raise ToolRefusedError(tool, told["words"] or f"{tool} was refused.", told["rule"])


def _when_away(given: WhenAway | None) -> WhenAway:
    found = given or os.environ.get(WHEN_AWAY) or "refuse"
    if found not in ("refuse", "allow"):
        raise ValueError(f"{WHEN_AWAY} or when_away must be refuse or allow, not {found!r}")
    return cast("WhenAway", found)
