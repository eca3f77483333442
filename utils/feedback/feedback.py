"""What people think of answers and steps: one judgement of each person, and comments.

These are rows and no events: they are changed and taken back, which the log never is; they are about runs that have
ended; and whoever only watches a session may judge, but nobody who watches writes into its log. Other dashboards learn
of them as of tags and titles, by a marker: see docs/decisions/0020-feedback.md.
"""

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import comments, feedback, judgements, users
from utils.feedback.author import answering, stepping, writing
from utils.feedback.opinion import MAX_COMMENTS, Comment, FeedbackError, NotTheAuthorError, Opinions, Subject, Verdict
from utils.feedback.opinion_rows import comments_of, judgements_of
from utils.sessions.changes import count_feedback

_f = feedback.c
_PAGE = (
    select(_f.key, _f.id, _f.run_id, _f.activity_id)
    .where(_f.session_key == bindparam("session"), _f.key > bindparam("above"))
    .order_by(_f.key)
    .limit(bindparam("limit"))
)
_OF_RUN = _PAGE.where(_f.run_id == bindparam("run"))
_ONE = select(_f.key, _f.agent_name).where(
    _f.session_key == bindparam("session"), _f.run_id == bindparam("run"), _f.activity_id == bindparam("activity")
)
_COMMENT = (
    select(*columns_of(Comment, comments, by=users.c.name, user_id=users.c.id))
    .join_from(comments, users, users.c.key == comments.c.user_key)
    .where(comments.c.id == bindparam("comment"))
)


class Feedback:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = (postgresql if database.dialect == "postgresql" else sqlite).insert

    def page(
        self, session_key: int, run_id: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Opinions]:
        """What is thought of the answers and steps of a session, or of one of its runs."""
        values = {"session": session_key, "above": decode_cursor(cursor, 1)[0] if cursor else 0, "limit": limit + 1}
        query = _PAGE if run_id is None else _OF_RUN
        with self._database.read() as connection:
            rows = connection.execute(query, values | ({} if run_id is None else {"run": run_id})).all()
            found = _opinions(connection, rows[:limit])
        return Page(found, encode_cursor(rows[limit - 1].key) if len(rows) > limit else None)

    def judge(self, subject: Subject, user: UserRecord, verdict: Verdict) -> bool:
        """The person's judgement, instead of the one they gave before. False: there is no such step, or session."""
        row, values = self._row(subject, user), {"verdict": verdict, "at": now()}
        if row is None:
            return False
        one = [judgements.c.feedback_key, judgements.c.user_key]
        try:
            with self._database.write() as connection:
                key = self._made(connection, row)
                given = self._insert(judgements).values(feedback_key=key, user_key=user.key, **values)
                connection.execute(given.on_conflict_do_update(index_elements=one, set_=values))
                self._tell(connection, key, user)
        except IntegrityError:  # its session was deleted meanwhile
            return False
        return True

    def withdraw(self, subject: Subject, user: UserRecord) -> None:
        """Of what they did not judge, nothing."""
        with self._database.write() as connection:
            key = connection.scalar(_ONE, _place(subject))
            own = judgements.c.feedback_key == key, judgements.c.user_key == user.key
            if key is not None and connection.execute(delete(judgements).where(*own)).rowcount:
                self._tell(connection, key, user)

    def comment(self, subject: Subject, user: UserRecord, text: str) -> Comment | None:
        """None: there is no such step, or session. Raises FeedbackError where too much was said."""
        row = self._row(subject, user)
        if row is None:
            return None
        values = {
            "id": f"comment-{secrets.token_hex(8)}", "user_key": user.key, "text": text, "created_at": now()
        }  # fmt: skip
        try:
            with self._database.write() as connection:
                key = self._made(connection, row)
                said = select(func.count()).where(comments.c.feedback_key == key)
                if (connection.scalar(said) or 0) >= MAX_COMMENTS:
                    raise FeedbackError(f"There are {MAX_COMMENTS} comments already, and no more can be added.")
                connection.execute(insert(comments).values(feedback_key=key, **values))
                self._tell(connection, key, user)
                return record(Comment, connection.execute(_COMMENT, {"comment": values["id"]}).one())
        except IntegrityError:  # its session was deleted meanwhile
            return None

    def change_comment(self, subject: Subject, comment_id: str, user: UserRecord, text: str) -> Comment | None:
        """None: there is no such comment about the run. Raises NotTheAuthorError."""
        with self._database.write() as connection:
            key = self._own_comment(connection, subject, comment_id, user)
            if key is None:
                return None
            changed = update(comments).where(comments.c.id == comment_id).values(text=text, changed_at=now())
            connection.execute(changed)
            self._tell(connection, key, user)
            return record(Comment, connection.execute(_COMMENT, {"comment": comment_id}).one())

    def delete_comment(self, subject: Subject, comment_id: str, user: UserRecord) -> bool:
        """False: there is no such comment about the run. Raises NotTheAuthorError."""
        with self._database.write() as connection:
            key = self._own_comment(connection, subject, comment_id, user)
            if key is None:
                return False
            connection.execute(delete(comments).where(comments.c.id == comment_id))
            self._tell(connection, key, user)
            return True

    def _own_comment(self, connection: Connection, subject: Subject, comment_id: str, user: UserRecord) -> int | None:
        """The key of what it is about."""
        query = select(_f.key, comments.c.user_key).join_from(comments, feedback)
        about = _f.session_key == subject.session_key, _f.run_id == subject.run_id
        row = connection.execute(query.where(comments.c.id == comment_id, *about)).first()
        if row is None:
            return None
        if row.user_key != user.key:
            raise NotTheAuthorError("Only its author may change or delete a comment.")
        key: int = row.key
        return key

    def _row(self, subject: Subject, user: UserRecord) -> dict[str, Any] | None:
        """The subject's row as the first opinion makes it; None: there is no such step."""
        with self._database.read() as connection:
            known = connection.execute(_ONE, _place(subject)).first()
            agent = answering(connection, user.team_key, subject.run_id) if subject.activity_id is None else None
        if known is not None:
            agent = known.agent_name
        elif subject.activity_id is not None:
            agent = stepping(self._database, subject)
            if agent is None:
                return None
        elif agent is None:
            agent = writing(self._database, subject)
        return {
            "id": f"feedback-{secrets.token_hex(8)}", "team_key": user.team_key, "session_key": subject.session_key,
            "run_id": subject.run_id, "activity_id": subject.activity_id or "", "agent_name": agent or "",
            "changed_at": now(),
        }  # fmt: skip

    def _made(self, connection: Connection, row: dict[str, Any]) -> int:
        """The key of the subject's row, which stays until the transaction ends."""
        place, stays = [_f.session_key, _f.run_id, _f.activity_id], {"changed_at": row["changed_at"]}
        made = self._insert(feedback).values(row).on_conflict_do_update(index_elements=place, set_=stays)
        key: int = connection.scalars(made.returning(_f.key)).one()
        return key

    def _tell(self, connection: Connection, key: int, user: UserRecord) -> None:
        """Data sets have it again, and dashboards ask for it."""
        connection.execute(update(feedback).where(_f.key == key).values(changed_at=now()))
        count_feedback(connection, user.team_key)


def _place(subject: Subject) -> dict[str, object]:
    return {"session": subject.session_key, "run": subject.run_id, "activity": subject.activity_id or ""}


def _opinions(connection: Connection, rows: Sequence[AnyRow]) -> list[Opinions]:
    keys = [row.key for row in rows]
    judged, said = judgements_of(connection, keys), comments_of(connection, keys)
    return [
        Opinions(row.key, row.id, row.run_id, row.activity_id or None, judged[row.key], said[row.key])
        for row in rows
        if judged[row.key] or said[row.key]
    ]
