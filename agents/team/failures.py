"""What an agent could not do, while the others go on."""

from agents.errors import AgentError
from agents.telling.steps import Step
from agents.text.answer_state import AnswerState, Failure

# The model answers, but its answers are of no use: what it was asked for can be done without it.
UNUSABLE = frozenset({"model_garbage", "model_only_reasoning", "model_too_much", "model_empty"})


def failed(what: str, error: AgentError, this: Step) -> Failure:
    """Tell it in the step, and keep it for the answer."""
    this.trouble(error.code, error.message)
    return {"what": what, "code": error.code, "message": error.message, "retryable": error.retryable}


def check_evidence(state: AnswerState) -> None:
    """Raises AgentError when something failed and nothing was found to answer from."""
    failures = state.get("failures", [])
    if failures and not state.get("evidence") and not state.get("findings"):
        first = failures[0]
        raise AgentError(first["code"], first["message"], retryable=first["retryable"])


def missing(failures: list[Failure]) -> str:
    """What is missing, for the end of an answer, in Markdown; empty where nothing is."""
    if not failures:
        return ""
    listed = "\n".join(f"- {failure['what']}: {failure['message']}" for failure in failures)
    return f"**Missing in this answer:**\n{listed}"
