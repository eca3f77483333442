"""The rows of judgements and comments, with the names of their authors."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import BindParameter, Connection, bindparam, select

from utils.database.records import columns_of, record
from utils.database.tables import comments, judgements, users
from utils.feedback.opinion import Comment, Judgement

_by = {"by": users.c.name, "user_id": users.c.id}
_about: BindParameter[list[int]] = bindparam("feedback", expanding=True)
_JUDGEMENTS = (
    select(judgements.c.feedback_key, *columns_of(Judgement, judgements, **_by))
    .join_from(judgements, users, users.c.key == judgements.c.user_key)
    .where(judgements.c.feedback_key.in_(_about))
    .order_by(judgements.c.at, judgements.c.user_key)
)
_COMMENTS = (
    select(comments.c.feedback_key, *columns_of(Comment, comments, **_by))
    .join_from(comments, users, users.c.key == comments.c.user_key)
    .where(comments.c.feedback_key.in_(_about))
    .order_by(comments.c.key)
)


def judgements_of(connection: Connection, feedback_keys: Collection[int]) -> defaultdict[int, list[Judgement]]:
    found = defaultdict[int, list[Judgement]](list)
    for row in connection.execute(_JUDGEMENTS, {"feedback": list(feedback_keys)}):
        found[row.feedback_key].append(record(Judgement, row))
    return found


def comments_of(connection: Connection, feedback_keys: Collection[int]) -> defaultdict[int, list[Comment]]:
    found = defaultdict[int, list[Comment]](list)
    for row in connection.execute(_COMMENTS, {"feedback": list(feedback_keys)}):
        found[row.feedback_key].append(record(Comment, row))
    return found
