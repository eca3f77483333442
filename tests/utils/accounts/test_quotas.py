"""Quotas: a team may store and do so much, whichever machine it asks, and no other team is touched."""

import io
from collections.abc import Callable

import pytest

from tests.support.account import HASHED
from tests.support.at_once import at_once
from tests.support.clock import Clock
from tests.support.usages import use
from utils.accounts.api_keys import ApiKeys
from utils.accounts.event_meter import EventMeter
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.quotas import QUOTAS, Quota, QuotaExceededError, Quotas
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.spending.bookkeeping import Bookkeeping


@pytest.fixture
def quotas(database: Database, clock: Clock) -> Quotas:
    clock.stop()
    return Quotas(database, dict.fromkeys(QUOTAS, 3) | {"storage": 10})


@pytest.fixture
def stranger(database: Database) -> UserRecord:
    """Of another team, whose quotas are the same."""
    with database.write() as connection:
        team = add_team(connection, "Pier")
        return add_user(connection, team.key, "fay@example.org", "Fay", "administrator", HASHED)


def used(quotas: Quotas, team: TeamRecord | UserRecord, quota: Quota) -> int:
    return quotas.one(team.team_key if isinstance(team, UserRecord) else team.key, quota).used


def test_sessions_end_at_the_quota_and_go_on_when_one_is_deleted(
    database: Database, quotas: Quotas, ada: UserRecord, stranger: UserRecord, deletion: SessionDeletion
) -> None:
    sessions = Sessions(database, quotas)
    first, *_ = [sessions.create(owner=ada) for _ in range(3)]
    with pytest.raises(QuotaExceededError, match=r"may have 3 sessions and has 3.*Ask whoever runs this server"):
        sessions.create(owner=ada)
    sessions.create(owner=stranger)
    deletion.delete(first.id)
    sessions.create(owner=ada)


def test_many_at_once_do_not_pass_the_quota(database: Database, quotas: Quotas, ada: UserRecord) -> None:
    sessions = Sessions(database, quotas)
    made = at_once(*[lambda: sessions.create(owner=ada)] * 8)
    assert sum(not isinstance(one, Exception) for one in made) == 3
    assert all(isinstance(one, QuotaExceededError) for one in made if isinstance(one, Exception))
    assert used(quotas, ada, "sessions") == 3


def test_documents_that_do_not_fit_leave_nothing_behind(
    database: Database, quotas: Quotas, ada: UserRecord, stranger: UserRecord
) -> None:
    documents, sessions = Documents(database, quotas=quotas), Sessions(database, quotas)
    own, other = sessions.create(owner=ada), sessions.create(owner=stranger)
    kept = documents.add(own.id, "a.txt", io.BytesIO(b"12345678"))
    with pytest.raises(QuotaExceededError, match=r"storage|may take 0.0 MiB"):
        documents.add_all(own.id, [("b.txt", io.BytesIO(b"1")), ("c.txt", io.BytesIO(b"12"))])
    assert used(quotas, ada, "storage") == 8
    assert [one.name for one in documents.list(own.id)] == ["a.txt"]
    documents.add(other.id, "a.txt", io.BytesIO(b"12345678"))
    documents.delete(kept.id)
    documents.add(own.id, "b.txt", io.BytesIO(b"0123456789"))
    assert used(quotas, ada, "storage") == 10


def test_keys_that_no_longer_work_do_not_count(database: Database, quotas: Quotas, ada: UserRecord) -> None:
    keys = ApiKeys(database, quotas)
    present = used(quotas, ada, "api_keys")
    made = [keys.create(ada.key, "k", ["read"])[0] for _ in range(3 - present)]
    with pytest.raises(QuotaExceededError, match="may have 3 API keys that work"):
        keys.create(ada.key, "k", ["read"])
    keys.revoke(ada.team_key, made[0].id)
    keys.create(ada.key, "k", ["read"])


@pytest.mark.parametrize(("quota", "days"), [("tokens_per_day", 1), ("tokens_per_month", 31)])
def test_questions_are_refused_when_the_tokens_are_used_up_until_they_are_counted_anew(
    database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, stranger: UserRecord, clock: Clock,
    quota: Quota, days: int,
) -> None:  # fmt: skip
    clock.stop()
    quotas, books = Quotas(database, {quota: 100}), Bookkeeping(database)
    sessions, queue = Sessions(database), RunQueue(database, log, doorbell, quotas=quotas)
    own, other = sessions.create(owner=ada), sessions.create(owner=stranger)
    assert queue.request(own.id, "Why?") is not None
    run = queue.claim("owner")
    assert run is not None
    use(log, own.id, run.id, 99)
    books.settle_all()
    use(log, own.id, "elsewhere", 1000)  # what agents elsewhere take is not this server's to give
    books.settle_all()
    assert queue.request(own.id, "And then?") is not None
    use(log, own.id, run.id, 30)  # a run that goes on may end
    books.settle_all()
    with pytest.raises(QuotaExceededError, match=r"100 tokens a .* and have used 129") as refused:
        queue.request(own.id, "Who?")
    assert refused.value.resets_at is not None
    assert f"It goes on at {refused.value.resets_at:%Y-%m-%d} 00:00 UTC." in str(refused.value)
    assert queue.request(other.id, "Who?") is not None
    clock.move(days=days)
    assert queue.request(own.id, "Who?") is not None


def test_events_are_counted_in_steps_and_refused_beyond(
    database: Database, ada: UserRecord, stranger: UserRecord, clock: Clock
) -> None:
    clock.stop()
    quotas = Quotas(database, {"events_per_day": 250})
    machines = [EventMeter(quotas) for _ in range(3)]

    told = 0

    def tell() -> None:
        nonlocal told
        while True:
            meter = machines[told % 3]
            meter.require(ada.team_key)
            meter.count(ada.team_key, 10)
            told += 1

    with pytest.raises(QuotaExceededError, match="may tell 250 events a day"):
        tell()
    assert 250 <= told * 10 <= 250 + 3 * 110, "by a step of each machine at most"
    machines[0].require(stranger.team_key)
    clock.move(days=1)
    machines[0].require(ada.team_key)


def test_what_the_operator_sets_for_a_team_comes_first(quotas: Quotas, ada: UserRecord, stranger: UserRecord) -> None:
    def limit(user: UserRecord) -> int | None:
        return quotas.one(user.team_key, "sessions").limit

    quotas.set(ada.team_key, "sessions", 7)
    assert (limit(ada), limit(stranger)) == (7, 3)
    quotas.set(ada.team_key, "sessions", 0)
    assert limit(ada) is None
    quotas.set(ada.team_key, "sessions", None)
    assert limit(ada) == 3


def test_near_is_four_fifths(database: Database, ada: UserRecord) -> None:
    quotas = Quotas(database, {"events_per_day": 10})
    states = []
    for _ in range(11):
        quotas.count(ada.team_key, "events", 1)
        states.append(quotas.one(ada.team_key, "events_per_day").state)
    assert states == ["ok"] * 7 + ["near"] * 2 + ["reached"] * 2
    assert Quotas(database).one(ada.team_key, "events_per_day").state == "ok"


def test_without_limits_nobody_waits_for_another(database: Database, ada: UserRecord) -> None:
    made: list[Callable[[], object]] = [lambda: Sessions(database).create(owner=ada)] * 8
    assert not [one for one in at_once(*made) if isinstance(one, Exception)]
