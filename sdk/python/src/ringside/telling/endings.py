"""How something ended, by the exception that left it."""

from typing import Literal

from ringside.values import words_of

Ending = Literal["completed", "failed", "cancelled"]
_CANCELLED = {"CancelledError", "Cancelled", "GeneratorExit"}  # of asyncio, trio, generators: none of them imported


def ending(error: BaseException | None) -> tuple[Ending, str | None]:
    """The status, and why."""
    if error is None:
        return "completed", None
    if isinstance(error, SystemExit):
        if error.code in (None, 0):
            return "completed", None
        return "failed", f"The program ended with the status {error.code}."
    if isinstance(error, KeyboardInterrupt):
        return "cancelled", "Interrupted from the keyboard."
    if type(error).__name__ == "Paused":
        return "cancelled", "Paused."
    if type(error).__name__ in _CANCELLED:
        return "cancelled", "Cancelled."
    return "failed", words_of(error)
