"""A document as a file for a child process. It has no name, so that nothing of it stays behind, however we end."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from utils.sessions.documents import Documents


@asynccontextmanager
async def unnamed_file(documents: Documents, document_id: str) -> AsyncIterator[Path]:
    """The bytes of a document at a path that only processes of this user can open, and only as long as the block runs.

    Raises DocumentError unknown_document.
    """
    with tempfile.TemporaryFile() as file:
        # By the file object, never by its path: if this is cancelled, the thread meets a closed file, and not
        # whatever file has got the same descriptor since.
        await asyncio.to_thread(documents.copy, document_id, file)
        yield Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
