"""What can go wrong in an agent, in words for the person who asked."""

from typing import Final, Literal

INTERNAL: Final = "internal_error"
# What whoever asked can mend alone, with another question, another document or another agent.
_USERS_OWN = frozenset({"model_filtered", "model_too_long", "no_readable_document", "agent_disabled", "agent_deleted"})


class AgentError(Exception):
    """A failure whose message is for the user: plain words, and what to do next.

    ``code`` is a stable name for programs; ``retryable`` says whether asking again may help.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


def describe(error: BaseException) -> str:
    """The words of an error that a user may see. Anything that is not ours says nothing of its inside."""
    if isinstance(error, AgentError):
        return error.message
    return f"Something went wrong inside this step ({type(error).__name__}). The server's log has the details."


def internal_error(error: BaseException) -> AgentError:
    """What a run fails with after an exception that no code expected."""
    return AgentError(INTERNAL, describe(error), retryable=True)


def severity_of(error: AgentError) -> Literal["warning", "error"] | None:
    """How the error log keeps a failed run; None: it is its user's own matter. What passes by itself is a warning."""
    if error.code in _USERS_OWN:
        return None
    return "warning" if error.retryable and error.code != INTERNAL else "error"
