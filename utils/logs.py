"""The server's log: one stream and one format for all its processes, one line an entry.

For people at a terminal the entries are text, with tracebacks below them; elsewhere each is one JSON object.
"""

import logging
import os
import re
import sys
import threading
from typing import Any, Literal, TextIO

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

Process = Literal["master", "web", "agent", "supervisor", "bridge", "program"]
# A secret of ours (utils/accounts/secret.py, utils/registry/server_key.py), with whatever is before it, or a JWT.
_SECRET = re.compile(r"(ringside_)?[\w-]{43}|eyJ[\w-]+")
# The same in the midst of other words, where 43 letters alone may be anything, and what other systems call secrets.
_SAID_SECRET = re.compile(
    r"(ringside_)[\w-]{43}|(eyJ[\w-]{3})[\w-]*\.[\w-]+\.[\w-]+|(\bsk-)[\w-]{12,}"
    r"|((?:Bearer|Basic) )[\w.~+/=-]{8,}|(://[^\s/:@\"]*:)[^\s/@\"]+(?=@)"
)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the time: who captures it replaces it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure_logs(level: str, form: Literal["json", "text"] | None = None, process: Process = "program") -> None:
    """Send this process's log to standard error. ``form`` None: text on a terminal, else JSON."""
    text = form == "text" or (form is None and sys.stderr.isatty())
    named: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    shown: list[structlog.types.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback, timestamp_key="time")]
        if text
        else [_in_order(process), structlog.processors.JSONRenderer()]
    )
    handler = _StandardError(sys.stderr)
    handler.setFormatter(
        _WithoutSecrets(
            foreign_pre_chain=named, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def log_the_uncaught() -> None:
    """Warnings, and what ends a thread or the process, go to the log of this process, too."""
    logging.captureWarnings(True)
    log = logging.getLogger("ringside.uncaught")

    def ended(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, traceback)
        else:
            log.critical("The process ends: %s", error, exc_info=(kind, error, traceback))

    def thread_ended(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
            exc_info = (told.exc_type, told.exc_value, told.exc_traceback)
            log.error("The thread %s ends", told.thread.name if told.thread else "?", exc_info=exc_info)

    sys.excepthook, threading.excepthook = ended, thread_ended


def log_as(*, request_id: str | None = None, session_id: str | None = None, run_id: str | None = None) -> None:
    """What the entries of this request, or of this task, are about from now on."""
    known = {"request_id": request_id, "session_id": session_id, "run_id": run_id}
    clear_contextvars()
    bind_contextvars(**{name: without_secrets(value) for name, value in known.items() if value is not None})


def _in_order(process: Process) -> structlog.types.Processor:
    def ordered(_: Any, __: str, entry: structlog.types.EventDict) -> structlog.types.EventDict:
        first = {name: entry.pop(name) for name in ("time", "level", "logger")}
        return {**first, "message": entry.pop("event"), "process": f"{process}/{os.getpid()}", **entry}

    return ordered


class _WithoutSecrets(structlog.stdlib.ProcessorFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return _SAID_SECRET.sub(lambda found: f"{next(filter(None, found.groups()))}…", super().format(record))


def without_secrets(path: str) -> str:
    """A path for a log, shortened where it has a secret: it belongs there, or a client has put a key in the place of an
    id."""
    bare, mark, query = path.partition("?")
    parts = [f"{part[:4]}…" if _SECRET.fullmatch(part.partition(".")[0]) else part for part in bare.split("/")]
    return "/".join(parts) + mark + query
