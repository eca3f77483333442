"""What can go wrong in an agent, in words for the person who asked."""

from utils.database import DatabaseLostError


class AgentError(Exception):
    """A failure whose message is for the user: plain words, and what to do next.

    ``code`` is a stable name for programs; ``retryable`` says whether asking again may help.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


def describe(error: Exception) -> str:
    """The words of an error that a user may see. Anything that is not ours says nothing of its inside."""
    if isinstance(error, AgentError):
        return error.message
    return f"Something went wrong inside this step ({type(error).__name__}). The server's log has the details."


def database_lost(error: BaseException) -> DatabaseLostError | None:
    """The loss of the database among what went wrong, also in steps side by side: it is no failure of the run."""
    if isinstance(error, BaseExceptionGroup):
        return next((lost for inner in error.exceptions if (lost := database_lost(inner))), None)
    return error if isinstance(error, DatabaseLostError) else None
