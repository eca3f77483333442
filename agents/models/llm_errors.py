"""What a model server can do wrong, in words for the person who waits for the answer. No server's own words, no key."""

from collections.abc import Mapping
from typing import Literal

from agents.errors import AgentError
from agents.models.refusals import TOOL_USE, Meaning, Said, meaning
from agents.outgoing.retry_after import retry_after

Owner = Literal["server", "agent"]  # whose address and key it is
# Where they are written down.
_PLACES: dict[Owner, dict[str, str]] = {
    "server": {"key": "OPENAI_API_KEY", "name": "OPENAI_MODEL", "address": "OPENAI_BASE_URL"},
    "agent": {"key": "the agent's API key", "name": "the agent's model", "address": "the agent's address"},
}
_TOO_LONG = (
    "model_too_long",
    "The question and its passages are longer than the model can take. Ask a narrower question, or use a model with a "
    "larger context.",
)
# What no second try can mend.
_FINAL: dict[Meaning, tuple[str, str]] = {
    "too_long": _TOO_LONG,
    "no_room": _TOO_LONG,
    "unauthorised": ("model_unauthorised", "The model server does not accept the API key. Check {key}."),
    "forbidden": ("model_forbidden", "The model server does not let this key use “{model}”. Check {key}."),
    "unknown_model": ("model_unknown", "The model server has no model “{model}”. Check {name} and {address}."),
    "quota": ("model_quota", "The account at the model server has no credit left. Top it up and ask again."),
    "filtered": (
        "model_filtered",
        "The model server's content filter stopped the answer. Put the question differently.",
    ),
}
_PASSING: dict[Meaning, tuple[str, str]] = {
    "busy": ("model_busy", "The model server is busy and took no more requests"),
    "loading": ("model_loading", "The model server is still loading the model"),
    "failed": ("model_server_error", "The model server failed (status {status})"),
}
# What a call may be asked without.
OPTIONS = ("stream_options", "temperature", "max_tokens", "response_format", "json_schema", "tools", "tool_choice")
_LOADING_WAIT = 5.0  # seconds
MOST_WAIT = 60.0  # Seconds: a server that asks for longer is as good as closed.


class ModelCallError(AgentError):
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
        super().__init__(error.code, error.message, retryable=error.retryable)
        self.error = error
        self.retry = retry and (wait is None or wait <= MOST_WAIT)
        self.wait = wait
        self.shown = shown  # Text of the failed call is already before the user.
        self.parameter = parameter  # What the server does not take, if it says so.
        self.written = ""  # What the model wrote, and the server refused to pass on in the form that was asked for.
        self.may_take_less = True  # Whether the request may be taken with fewer options.
        self.no_room = False  # What is too long may be only the answer that was asked for.


def refused(status: int, said: Said, model: str, headers: Mapping[str, str], owner: Owner = "server") -> ModelCallError:
    """The failure for an answer with an HTTP status of 300 or more."""
    places = _PLACES[owner]
    if status < 400:  # not followed: the key goes to the address it was given for, and nowhere else
        return _final("model_moved", f"The model server sends on to another address. Check {places['address']}.")
    meant = meaning(status, said)
    if final := _FINAL.get(meant):
        failure = _final(final[0], final[1].format(model=model, **places))
        failure.no_room = meant == "no_room"
        return failure
    if passing := _PASSING.get(meant):
        wait = retry_after(headers)
        if wait is None and meant == "loading":
            wait = _LOADING_WAIT
        return _passing(passing[0], passing[1].format(status=status), wait)
    check = f"Check that {places['name']} takes chat completions{', and its settings' if owner == 'agent' else ''}."
    failure = _final("model_refused", f"The model server refused the request (status {status}). {check}")
    failure.written = said.written
    failure.parameter = said.parameter or next((name for name in OPTIONS if name in said.words), None)
    if failure.parameter is None and TOOL_USE.search(said.words):
        failure.parameter = "tools"
    failure.may_take_less = status not in (403, 404, 405)  # That is said of the address, and not of what was asked.
    return failure


def silent(seconds: float) -> ModelCallError:
    return _passing("model_timeout", f"The model server said nothing for {seconds:.0f} seconds")


def unreachable(owner: Owner = "server", reason: str = "") -> ModelCallError:
    """``reason``: a clause, where it is known."""
    told, address = f": {reason}" if reason else "", _PLACES[owner]["address"]
    return _passing("model_unreachable", f"The model server cannot be reached{told} (check {address} and the network)")


def cut_off() -> ModelCallError:
    return _passing("model_cut_off", "The model server broke off in the middle of its answer")


def empty() -> ModelCallError:
    return _passing("model_empty", "The model server answered with nothing")


def garbage() -> ModelCallError:
    return _passing("model_garbage", "The model server's answer could not be understood")


def filtered() -> ModelCallError:
    return _final(*_FINAL["filtered"])


def only_reasoning() -> ModelCallError:
    return _final(
        "model_only_reasoning",
        "The model sent its reasoning, but no answer. Ask a narrower question, let the model write more, or switch "
        "its reasoning off.",
    )


def too_long() -> ModelCallError:
    return _final(*_TOO_LONG)


def web_page(owner: Owner = "server") -> ModelCallError:
    address = _PLACES[owner]["address"]
    return _final("model_moved", f"A web page answered instead of the model server. Check {address}.")


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
