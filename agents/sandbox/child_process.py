"""Work that burns CPU or touches hostile files runs in a child process with limits, and dies with its parent.

The child, ``python -m <module>``, gets one JSON object on stdin and answers with JSON lines on stdout:
``{"error": {"code", "message"}}`` ends it as a failure in plain words, everything else is for the caller.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, cast

from agents.errors import AgentError
from utils.project import PROJECT

LONGEST_LINE = 32 * 1024 * 1024
# What is answered is kept here, where no limit on memory holds. The largest upload by default, 50 MiB of plain text,
# is answered in less, whatever its encoding; a file that becomes more repeats itself, as a bomb does.
MOST_ANSWERED = 128 * 1024 * 1024
MEMORY_MB = 1024
# What a child may know of the environment: where Python finds itself, never a key or an address.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "TMPDIR")


async def run_child(
    module: str,
    request: dict[str, Any],
    *,
    on_line: Callable[[dict[str, Any]], None],
    seconds: float,
    memory_mb: int = MEMORY_MB,
    whole_environment: bool = False,
) -> None:
    """Run a child to its end and hand each line of its answer to ``on_line``.

    Raises AgentError when the child reports an error, takes longer than ``seconds``, answers too much or dies; kills it
    on cancellation.
    ``whole_environment``: for our own work that asks other servers, and needs to know of proxies and certificates. All
    other children have no network, and no files but the one at the request's ``path``: agents/sandbox/isolation.py.
    """
    known = {
        name: os.environ[name] for name in (os.environ if whole_environment else _ENVIRONMENT) if name in os.environ
    }
    envelope = {"seconds": seconds, "memory_mb": memory_mb, "isolated": not whole_environment, "request": request}
    try:
        async with asyncio.timeout(seconds), aclosing(_lines(module, envelope, known)) as lines:
            async for line in lines:
                if error := line.get("error"):
                    raise AgentError(error["code"], error["message"])
                on_line(line)
    except TimeoutError:
        raise AgentError("took_too_long", f"This took longer than {seconds:.0f} seconds and was stopped.") from None


async def _lines(
    module: str, envelope: dict[str, Any], environment: dict[str, str]
) -> AsyncGenerator[dict[str, Any], None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE, cwd=PROJECT,
        env=environment,
    )  # fmt: skip
    request, answer = cast(asyncio.StreamWriter, process.stdin), cast(asyncio.StreamReader, process.stdout)
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # It died early: its exit code tells why.
            request.write(json.dumps(envelope).encode())
            await request.drain()
        request.close()
        answered = 0
        async for line in _whole(answer):
            answered += len(line)
            if answered > MOST_ANSWERED:
                raise _too_large()
            yield json.loads(line)
        code = await process.wait()
        if code:
            raise _death(code)
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _whole(answer: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    while True:
        try:
            line = await answer.readline()
        except ValueError:  # longer than LONGEST_LINE
            raise _too_large() from None
        if not line:
            return
        yield line


def _too_large() -> AgentError:
    return AgentError(
        "too_large",
        "What is in it becomes too large when it is read, so this was stopped. Split it into smaller files.",
    )


def _death(code: int) -> AgentError:
    if code == -signal.SIGXCPU:
        return AgentError("took_too_long", "This needed more computing time than is allowed and was stopped.")
    if code in (-signal.SIGKILL, -signal.SIGSEGV):
        return AgentError("too_much_memory", "This needed more memory than there is and was stopped.")
    return AgentError("child_failed", f"The helper process ended unexpectedly (exit code {code}).", retryable=True)
