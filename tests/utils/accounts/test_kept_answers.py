"""Answers that are kept for the same request sent again."""

import pytest

from utils.accounts.kept_answers import AlreadyAnsweredError, KeptAnswer, KeptAnswers, keep_answer
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.deletion import SessionDeletion
from utils.sessions.sessions import Sessions


def keep(database: Database, *answers: KeptAnswer) -> None:
    with database.write() as connection:
        for answer in answers:
            keep_answer(connection, answer)


def test_the_first_answer_stays_and_the_second_takes_its_transaction_back(
    database: Database, sessions: Sessions
) -> None:
    key = sessions.create("s1").key
    first, second = KeptAnswer("n", "a", key, 201, "{}"), KeptAnswer("n", "b", key, 202, "[]")
    keep(database, first)
    with pytest.raises(AlreadyAnsweredError):
        keep(database, KeptAnswer("other", "a", key, 201, "{}"), second)
    kept = KeptAnswers(database)
    assert kept.find("n") == first
    assert kept.find("other") is None


def test_an_answer_goes_with_its_session(database: Database, log: ActivityLog, sessions: Sessions) -> None:
    gone, left = sessions.create("gone"), sessions.create("left")
    for number in range(450):  # more than one step of the deletion
        keep(database, KeptAnswer(f"gone {number}", "a", gone.key, 201, '{"question": "Why?"}'))
    keep(database, KeptAnswer("left", "a", left.key, 201, "{}"))
    SessionDeletion(database, log).delete("gone")
    kept = KeptAnswers(database)
    assert [kept.find(name) is None for name in ("gone 0", "gone 449", "left")] == [True, True, False]
