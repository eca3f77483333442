"""What a model server can do wrong, in words for the person who waits for the answer. No server's own words, no key."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from agents.errors import AgentError

MOST_WAIT = 60.0  # Seconds: a server that asks for longer is as good as closed.


class ModelFailure(Exception):
    """One failed call: the error to show, whether it is worth another try, and how long the server asks to wait."""

    def __init__(self, error: AgentError, *, retry: bool, wait: float | None = None, shown: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.retry = retry and (wait is None or wait <= MOST_WAIT)
        self.wait = wait
        self.shown = shown  # Text of the failed call is already before the user.


def refused(status: int, code: str | None, model: str, headers: Mapping[str, str]) -> ModelFailure:
    """The failure for an answer with an HTTP status of 400 or more. ``code`` is the server's own error code."""
    if status == 401:
        return _final("model_unauthorised", "The model server does not accept the API key. Check OPENAI_API_KEY.")
    if status == 403:
        message = "The model server does not allow this key to use the model. Check OPENAI_API_KEY and OPENAI_MODEL."
        return _final("model_forbidden", message)
    if status == 404:
        message = f"The model server has no model “{model}”. Check OPENAI_MODEL and OPENAI_BASE_URL."
        return _final("model_unknown", message)
    if status == 429:
        if code == "insufficient_quota":
            return _final("model_quota", "The account at the model server has no credit left. Top it up, then ask again.")
        return _passing("model_busy", "The model server is busy and took no more requests", retry_after(headers))
    if code == "context_length_exceeded" or status == 413:
        message = "The question and its passages are longer than the model can take. Ask a narrower question."
        return _final("model_too_long", message)
    if status >= 500:
        return _passing("model_server_error", f"The model server failed (status {status})", retry_after(headers))
    if status in (408, 409):
        return _passing("model_server_error", f"The model server gave up (status {status})", retry_after(headers))
    message = f"The model server refused the request (status {status}). Check that OPENAI_MODEL takes chat completions."
    return _final("model_refused", message)


def silent(seconds: float) -> ModelFailure:
    return _passing("model_timeout", f"The model server said nothing for {seconds:.0f} seconds")


def unreachable() -> ModelFailure:
    return _passing("model_unreachable", "The model server cannot be reached (check OPENAI_BASE_URL and the network)")


def cut_off() -> ModelFailure:
    return _passing("model_cut_off", "The model server broke off in the middle of its answer")


def empty() -> ModelFailure:
    return _passing("model_empty", "The model server answered with nothing")


def garbage() -> ModelFailure:
    return _passing("model_garbage", "The model server's answer could not be understood")


def filtered() -> ModelFailure:
    return _final("model_filtered", "The model server's content filter stopped the answer. Put the question differently.")


def _final(code: str, message: str) -> ModelFailure:
    return ModelFailure(AgentError(code, message), retry=False)


def _passing(code: str, what: str, wait: float | None = None) -> ModelFailure:
    return ModelFailure(AgentError(code, f"{what}. Ask again in a little while.", retryable=True), retry=True, wait=wait)


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
