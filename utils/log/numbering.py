"""Where the numbers of a session's log begin: those of a session that is made again go on above the deleted one's."""

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from utils.database.tables import deleted_sessions


def beginning(session_id: str) -> dict[str, ColumnElement[int]]:
    """``first`` and ``head`` of a new session.

    One number is left out after the deleted log's head: no cursor of that log is one of the new log, and each gets its
    `reset` instead of a hole that nobody tells of.
    """
    past = select(func.coalesce(func.max(deleted_sessions.c.head) + 1, 0)).where(deleted_sessions.c.id == session_id)
    return {"first": past.scalar_subquery() + 1, "head": past.scalar_subquery()}


def remember(connection: Connection, session_id: str, head: int) -> None:
    """As part of the transaction that marks a session as deleted."""
    if head > 0:
        connection.execute(delete(deleted_sessions).where(deleted_sessions.c.id == session_id))
        connection.execute(insert(deleted_sessions).values(id=session_id, head=head))
