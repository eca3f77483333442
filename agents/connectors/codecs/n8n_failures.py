"""What n8n can do wrong, in words for the person who waits for its answer. No I/O."""

import json
from collections.abc import Mapping
from typing import Any

from agents.connectors.codecs.answers import named_text, reason_text
from agents.connectors.codecs.n8n_execution import N8nExecution
from agents.connectors.codecs.n8n_said import NodeFailed
from agents.errors import AgentError
from agents.outgoing.failures import Failures

# Statuses that mean something else of n8n than of others.
EXPECTED = frozenset({*range(400, 500), 500, 502, 504, 522, 524}) - {401, 407, 408, 425, 429}
_MOST_WORDS = 500  # characters of a refusal
_MAY_RUN = (
    "The workflow may have run; it was not started again. With an n8n API key, the agent finds the execution and waits "
    "for its answer."
)


def refused(status: int, headers: Mapping[str, str], body: bytes, failures: Failures) -> NodeFailed | None:
    """What a status of the webhook means. Raises AgentError where the workflow did not run, or may run on.

    n8n's body is JSON with a message, a hint, and a stack trace that is for nobody.
    """
    if status < 300:
        return None
    words = _words(body)
    match status:
        case 403:
            raise AgentError(
                "n8n_unauthorised",
                "The webhook does not accept the token (403). Compare the agent's authentication with that of the "
                "Webhook node.",
            )
        case 404 if "registered for" in words:
            raise other_method()
        case 404 | 405 if words:
            raise not_active()
        case 500 if "workflow" in words:
            return NodeFailed("", "")
        case 502 | 504 | 522 | 524:  # of a proxy that waits less long than the workflow runs
            raise failures.cut_off()
    if said := _said(body):
        ends = "" if said[-1] in ".!?" else "."
        what = "failed" if status >= 500 else "refused the question"
        raise AgentError("n8n_refused", f"The n8n workflow {what} ({status}): {said}{ends}", retryable=status >= 500)
    raise failures.refused(status, headers)


def failed(failure: NodeFailed, execution: N8nExecution | None, *, has_key: bool) -> AgentError:
    """``failure`` is what the webhook said of it, ``execution`` what the API did; ``has_key``: it was asked."""
    node, reason = execution.failure if execution is not None else ("", "")
    node, reason = node or failure.node, (reason or failure.text).strip()
    if execution is not None and execution.status == "canceled":
        return AgentError("n8n_stopped", "The execution was stopped in n8n.")
    what = f"The n8n workflow failed at “{node}”" if node else "The n8n workflow failed"
    if reason:
        words = f"{what}: {reason}{'' if reason[-1] in '.!?' else '.'}"
    elif has_key:
        words = f"{what}. n8n gives no reason; look at its list of executions."
    else:
        words = (
            f"{what}. Its webhook gives no reason; n8n's list of executions has it. With an n8n API key, it is shown "
            "here."
        )
    return AgentError("n8n_failed", words, retryable=True)


def other_method() -> AgentError:
    return AgentError("n8n_method", "The webhook takes another method. Set its HTTP method to POST in n8n.")


def not_active() -> AgentError:
    return AgentError(
        "n8n_not_active",
        "n8n has no active workflow at this address. Activate the workflow, and enter the production URL of its "
        "Webhook node.",
    )


def lost(what: str) -> AgentError:
    """Nobody knows what became of the workflow."""
    return AgentError("n8n_lost", f"{what} {_MAY_RUN}", retryable=True)


def not_listed() -> AgentError:
    return AgentError(
        "n8n_lost",
        "n8n has no data of the execution that was to answer. The workflow may have run; it was not started again. "
        "Check that n8n saves its executions, and ask again.",
        retryable=True,
    )


def answers_at_once() -> AgentError:
    return AgentError(
        "n8n_answers_at_once",
        "The workflow was started, and its webhook does not wait for the answer. Set “Respond” of the Webhook node to "
        "“Streaming” or “When Last Node Finishes”, or give this agent an n8n API key.",
    )


def silent() -> AgentError:
    return AgentError(
        "n8n_silent",
        "The n8n workflow ended without an answer. Let its last node return a field “output” with the text.",
    )


def unreadable() -> AgentError:
    return AgentError(
        "n8n_garbage",
        "The answer of the n8n workflow is neither JSON nor text. Check that the address is that of a webhook, and "
        "what the workflow's last node returns.",
    )


def no_token() -> AgentError:
    return AgentError(
        "n8n_token_needed", "The webhook needs a token, and this agent has none. An administrator can enter it."
    )


def _said(body: bytes) -> str:
    """The workflow's own words, which its Respond to Webhook node gives as JSON or as text; "" for a page."""
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        said = body.decode(errors="replace")
    words = " ".join((reason_text(said) or named_text(said) or "").split())
    return "" if words.startswith("<") or "\ufffd" in words else words[:_MOST_WORDS]


def _words(body: bytes) -> str:
    try:
        said: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return f"{said.get('message')} {said.get('hint')}".lower() if isinstance(said, dict) else ""
