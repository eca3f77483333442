"""Looks into documents as they are uploaded, one at a time: whoever added a broken one learns it before asking.

What is found is thrown away. The run of the next question reads the document again, for those who watch it, and a
document that takes long is left to it altogether.
"""

import asyncio
import logging

from agents.errors import AgentError
from agents.reading.document_parser import parse
from agents.sandbox.unnamed_file import unnamed_file
from utils.database.base import Database, DatabaseLostError
from utils.sessions.document_checks import DocumentChecks
from utils.sessions.documents import DocumentError, DocumentRecord, Documents
from utils.settings import Settings

_SECONDS = 20.0
_TOOK_TOO_LONG = "took_too_long"
_log = logging.getLogger(__name__)


class DocumentCheck:
    def __init__(self, settings: Settings, database: Database, documents: Documents) -> None:
        self._settings = settings
        self._checks = DocumentChecks(database)
        self._documents = documents

    async def look(self) -> None:
        """Until nothing is waiting. Raises DatabaseLostError."""
        while (document := await asyncio.to_thread(self._checks.next)) is not None:
            try:
                await self._look_into(document)
            except DatabaseLostError:
                raise
            except Exception:
                _log.exception("Document %s could not be looked into", document.id)

    async def _look_into(self, document: DocumentRecord) -> None:
        seconds, memory_mb = min(_SECONDS, self._settings.parse_seconds), self._settings.parse_memory_mb
        try:
            async with unnamed_file(self._documents, document.id) as path:
                await parse(path, document.name, seconds=seconds, memory_mb=memory_mb)
        except DocumentError:  # deleted meanwhile
            return
        except AgentError as error:
            if not error.retryable and (error.code != _TOOK_TOO_LONG or seconds == self._settings.parse_seconds):
                await asyncio.to_thread(self._checks.fail, document.id, error.message)
