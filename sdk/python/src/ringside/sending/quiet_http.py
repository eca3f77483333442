"""Clients of httpx without its line in the log for each request: a program's log is for what the program does.

Its own clients, and its loggers' levels, stay as they are.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import httpx

_ours: ContextVar[bool] = ContextVar("ringside_request", default=False)


class QuietClient(httpx.Client):
    def send(self, *given: Any, **named: Any) -> httpx.Response:
        with _request():
            return super().send(*given, **named)


class QuietAsyncClient(httpx.AsyncClient):
    async def send(self, *given: Any, **named: Any) -> httpx.Response:
        with _request():
            return await super().send(*given, **named)


@contextlib.contextmanager
def _request() -> Iterator[None]:
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


class _NotOurs(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not _ours.get()


logging.getLogger("httpx").addFilter(_NotOurs())
