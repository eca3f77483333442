"""The server's log: one line an entry, for people at a terminal, as JSON where nobody is at one."""

import logging
import re
import sys

import structlog

# A secret of ours (utils/accounts/secret.py, utils/registry/server_key.py), with whatever is before it, or a JWT.
_SECRET = re.compile(r"(ringside_)?[\w-]{43}|eyJ[\w-]+")


def configure_logs(level: str) -> None:
    """Send this process's log to standard error. Libraries that log through `logging` go the same way."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def without_secrets(path: str) -> str:
    """A path for a log, shortened where it has a secret: it belongs there, or a client has put a key in the place of an
    id."""
    bare, mark, query = path.partition("?")
    parts = [f"{part[:4]}…" if _SECRET.fullmatch(part.partition(".")[0]) else part for part in bare.split("/")]
    return "/".join(parts) + mark + query
