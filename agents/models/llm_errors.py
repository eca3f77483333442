"""What a model server can do wrong, in words for the person who waits for the answer. No server's own words, no key."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from agents.errors import AgentError

Owner = Literal["server", "agent"]  # whose address and key it is
# Where they are written down.
_PLACES: dict[Owner, dict[str, str]] = {
    "server": {"key": "OPENAI_API_KEY", "name": "OPENAI_MODEL", "address": "OPENAI_BASE_URL"},
    "agent": {"key": "the agent's API key", "name": "the agent's model", "address": "the agent's address"},
}
_TOO_LONG = "The question and its passages are longer than the model can take. Ask a narrower question."
# By the server's own error code or by HTTP status: what no second try can mend.
_FINAL: dict[str, tuple[str, str]] = {
    "401": ("model_unauthorised", "The model server does not accept the API key. Check {key}."),
    "403": ("model_forbidden", "The model server does not let this key use “{model}”. Check {key}."),
    "404": ("model_unknown", "The model server has no model “{model}”. Check {name} and {address}."),
    "413": ("model_too_long", _TOO_LONG),
    "context_length_exceeded": ("model_too_long", _TOO_LONG),
    "insufficient_quota": (
        "model_quota",
        "The account at the model server has no credit left. Top it up and ask again.",
    ),
}
MOST_WAIT = 60.0  # Seconds: a server that asks for longer is as good as closed.


class ModelCallError(Exception):
    """One failed call: the error to show, whether it is worth another try, and how long the server asks to wait."""

    def __init__(
        self,
        error: AgentError,
        *,
        retry: bool,
        wait: float | None = None,
        shown: bool = False,
        parameter: str | None = None,
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry = retry and (wait is None or wait <= MOST_WAIT)
        self.wait = wait
        self.shown = shown  # Text of the failed call is already before the user.
        self.parameter = parameter  # What the server does not take, if it says so.


def refused(
    status: int,
    code: str | None,
    model: str,
    headers: Mapping[str, str],
    owner: Owner = "server",
    parameter: str | None = None,
) -> ModelCallError:
    """The failure for an answer with an HTTP status of 300 or more. ``code`` and ``parameter`` are the server's own."""
    places = _PLACES[owner]
    final = _FINAL.get(code or "") or _FINAL.get(str(status))
    if final:
        return _final(final[0], final[1].format(model=model, **places))
    if status < 400:  # not followed: the key goes to the address it was given for, and nowhere else
        return _final("model_moved", f"The model server sends on to another address. Check {places['address']}.")
    if status == 429:
        return _passing("model_busy", "The model server is busy and took no more requests", retry_after(headers))
    if status >= 500 or status in (408, 409):
        return _passing("model_server_error", f"The model server failed (status {status})", retry_after(headers))
    check = f"Check that {places['name']} takes chat completions{', and its settings' if owner == 'agent' else ''}."
    failure = _final("model_refused", f"The model server refused the request (status {status}). {check}")
    failure.parameter = parameter
    return failure


def silent(seconds: float) -> ModelCallError:
    return _passing("model_timeout", f"The model server said nothing for {seconds:.0f} seconds")


def unreachable(owner: Owner = "server") -> ModelCallError:
    address = _PLACES[owner]["address"]
    return _passing("model_unreachable", f"The model server cannot be reached (check {address} and the network)")


def cut_off() -> ModelCallError:
    return _passing("model_cut_off", "The model server broke off in the middle of its answer")


def empty() -> ModelCallError:
    return _passing("model_empty", "The model server answered with nothing")


def garbage() -> ModelCallError:
    return _passing("model_garbage", "The model server's answer could not be understood")


def filtered() -> ModelCallError:
    return _final(
        "model_filtered", "The model server's content filter stopped the answer. Put the question differently."
    )


def too_much() -> ModelCallError:
    return _final("model_too_much", "The model's answer does not end. Ask a narrower question, or use another model.")


def too_slow(seconds: float) -> ModelCallError:
    limit = f"{seconds / 60:.0f} minutes"
    return _final(
        "model_too_slow",
        f"The model server had not finished its answer after {limit}. Ask a narrower question, or use another model.",
    )


def _final(code: str, message: str) -> ModelCallError:
    return ModelCallError(AgentError(code, message), retry=False)


def _passing(code: str, what: str, wait: float | None = None) -> ModelCallError:
    return ModelCallError(
        AgentError(code, f"{what}. Ask again in a little while.", retryable=True), retry=True, wait=wait
    )


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that a Retry-After header asks to wait, as a number or a date; None without a sensible one."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
