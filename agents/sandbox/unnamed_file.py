"""Bytes as a file for a child process. It has no name, so that nothing of it stays behind, however we end."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from utils.sessions.documents import Documents


@asynccontextmanager
async def unnamed_file(documents: Documents, document_id: str) -> AsyncIterator[Path]:
    """The bytes of a document at a path that only processes of this user can open, and only as long as the block runs.

    Raises DocumentError unknown_document.
    """
    async with unnamed(lambda file: documents.copy(document_id, file)) as path:
        yield path


@asynccontextmanager
async def unnamed(write: Callable[[BinaryIO], None]) -> AsyncIterator[Path]:
    """What ``write`` writes, which happens in a thread, at a path as that of :func:`unnamed_file`."""
    with tempfile.TemporaryFile() as file:
        # By the file object, never by its path: if this is cancelled, the thread meets a closed file, and not
        # whatever file has got the same descriptor since.
        await asyncio.to_thread(write, file)
        file.flush()
        yield Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
