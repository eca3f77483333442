"""Documents that were just uploaded and that somebody looks into, so that what is wrong is known before anybody asks.

The document stays to be read by the run of the next question, which then tells of it in its steps.
"""

from datetime import timedelta

from sqlalchemy import bindparam, select, update

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import documents, live, sessions
from utils.sessions.documents import DocumentRecord

_PAUSE = timedelta(seconds=1)  # who asks at once has it read by the run, and it need not be read twice
_WAITING = documents.c.unchecked, documents.c.created_at <= bindparam("before")
_ANY = select(documents.c.key).where(*_WAITING).limit(1)
_OLDEST = select(documents.c.key).where(*_WAITING).order_by(documents.c.key).limit(1).with_for_update(skip_locked=True)
_ONE = select(*columns_of(DocumentRecord, documents, session_id=sessions.c.id)).join(sessions).where(live)


class DocumentChecks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def next(self) -> DocumentRecord | None:
        """The oldest document that is waiting to be looked into, which is the caller's from now on.

        None: there is none, or it was deleted or read meanwhile, and others may wait.
        """
        values = {"before": now() - _PAUSE}
        with self._database.read() as connection:
            if connection.execute(_ANY, values).first() is None:
                return None
        with self._database.write() as connection:
            key = connection.execute(_OLDEST, values).scalar()
            taken = update(documents).where(documents.c.key == key).values(unchecked=False)
            connection.execute(taken)
            row = connection.execute(_ONE.where(documents.c.key == key, documents.c.status == "uploaded")).first()
        return record(DocumentRecord, row) if row else None

    def fail(self, document_id: str, error: str) -> None:
        """It cannot be read; ``error`` says why in plain words. Nothing, if somebody else has read it meanwhile."""
        uploaded = documents.c.id == document_id, documents.c.status == "uploaded"
        with self._database.write() as connection:
            connection.execute(update(documents).where(*uploaded).values(error=error))
