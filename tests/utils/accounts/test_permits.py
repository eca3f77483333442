"""Permits: an open stream ends when what let it in is taken back, and no other does."""

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.support.clock import Clock
from tests.support.events import activity, fill
from tests.support.streams import StreamReader, Streams
from tests.support.waiting import wait_until
from utils.accounts.api_keys import ApiKeys
from utils.accounts.permits import Permit, Permits
from utils.accounts.principal import Grant, TeamRecord, UserRecord
from utils.accounts.sign_ins import SignIns
from utils.accounts.spectator_links import SpectatorLinks
from utils.accounts.users import Users
from utils.database.base import Database, DatabaseLostError
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.sessions.deletion import SessionDeletion
from utils.sessions.sessions import Sessions
from utils.streams import event_stream
from utils.streams import permits as stream_permits
from utils.streams.stream_loop import StreamLoop

from .conftest import AddUser

HOUR = timedelta(hours=1)


@dataclass
class House:
    """Everybody who may watch the sessions s1 (shared), s2 (private) and s3 (shared), and how that is ended."""

    permits: dict[str, Permit]
    end: dict[str, Callable[[], object]]


# What ends whom.
ENDS = {
    "signs out": {"signed in to s1", "signed in to s2", "signed in to s3"},
    "owner signs out everywhere": {"signed in to s1", "signed in to s2", "signed in to s3", "owner's other browser"},
    "owner is deactivated": {
        "signed in to s1", "signed in to s2", "signed in to s3", "owner's other browser", "owner's key",
        "link to s1", "short link to s1", "link to s3",
    },
    "guest is deactivated": {"guest in s1", "guest in s3", "guest's key"},
    "key is revoked": {"owner's key"},
    "link is taken back": {"link to s1"},
    "link expires": {"short link to s1"},
    "s1 is private": {"guest in s1", "guest's key"},
    "s3 is deleted": {"signed in to s3", "guest in s3", "link to s3"},
    "nothing": set(),
}  # fmt: skip


@pytest.fixture
def house(
    database: Database,
    sessions: Sessions,
    users: Users,
    add: AddUser,
    team: TeamRecord,
    log: ActivityLog,
    clock: Clock,
    deletion: SessionDeletion,
) -> House:
    sign_ins, keys, links = SignIns(database), ApiKeys(database), SpectatorLinks(database)
    owner, guest = add("Olive"), add("Gus", "viewer")
    s1, s2, s3 = (sessions.create(name, owner=owner).key for name in ("s1", "s2", "s3"))
    for name in ("s1", "s3"):
        sessions.change(name, shared=True)
    for name in ("s1", "s2", "s3"):
        fill(log, name, 3)
    first, second, visit = sign_ins.open(owner, "b"), sign_ins.open(owner, "b"), sign_ins.open(guest, "b")

    def signed_in(sign_in_id: str) -> Grant:
        found = sign_ins.principal(sign_in_id)
        assert found is not None
        return found.grant

    def key_of(user: UserRecord, name: str) -> tuple[str, Grant]:
        record, _ = keys.create(user.key, name, ["read"])
        return record.id, Grant("key", record.key)

    (revoked, owners_key), (_, guests_key) = key_of(owner, "one"), key_of(guest, "two")
    long, _ = links.create(s1, owner.key, 24 * HOUR, False)
    short, _ = links.create(s1, owner.key, HOUR, False)
    third, _ = links.create(s3, owner.key, 24 * HOUR, True)
    return House(
        {
            "signed in to s1": Permit(signed_in(first.id), s1),
            "signed in to s2": Permit(signed_in(first.id), s2),
            "signed in to s3": Permit(signed_in(first.id), s3),
            "owner's other browser": Permit(signed_in(second.id), s2),
            "owner's key": Permit(owners_key, s2),
            "guest in s1": Permit(signed_in(visit.id), s1),
            "guest in s3": Permit(signed_in(visit.id), s3),
            "guest's key": Permit(guests_key, s1),
            "link to s1": Permit(long.spectator.grant, s1),
            "short link to s1": Permit(short.spectator.grant, s1),
            "link to s3": Permit(third.spectator.grant, s3, hides_tool_data=True),
        },
        {
            "signs out": lambda: sign_ins.end(first.id),
            "owner signs out everywhere": lambda: sign_ins.end_all(owner.key),
            "owner is deactivated": lambda: users.change(team.key, owner.id, active=False),
            "guest is deactivated": lambda: users.change(team.key, guest.id, active=False),
            "key is revoked": lambda: keys.revoke(team.key, revoked),
            "link is taken back": lambda: links.revoke(s1, long.id),
            "link expires": lambda: clock.move(hours=1.01),
            "s1 is private": lambda: sessions.change("s1", shared=False),
            "s3 is deleted": lambda: deletion.delete("s3"),
            "nothing": lambda: None,
        },
    )


def names(house: House, permits: Collection[Permit]) -> set[str]:
    return {name for name, permit in house.permits.items() if permit in permits}


@pytest.mark.parametrize("what", ENDS)
def test_just_the_permits_whose_ground_is_gone_have_ended(database: Database, house: House, what: str) -> None:
    permits = Permits(database)
    assert permits.ended(house.permits.values()) == set()
    house.end[what]()
    assert names(house, permits.ended(house.permits.values())) == ENDS[what]
    assert permits.ended([]) == set()


def test_a_key_without_the_scope_read_and_what_never_was_have_ended(
    database: Database, house: House, ada: UserRecord
) -> None:
    record, _ = ApiKeys(database).create(ada.key, "k", ["run", "emit"])
    s1 = house.permits["signed in to s1"]
    strange = {
        Permit(Grant("key", record.key), s1.session_key), Permit(Grant("sign-in", 999), s1.session_key),
        Permit(Grant("link", 999), s1.session_key), Permit(s1.grant, 999),
        # By a number that is right for another kind, and by a link to another session.
        Permit(Grant("link", s1.grant.key + 100), s1.session_key),
        Permit(house.permits["link to s3"].grant, s1.session_key),
    }  # fmt: skip
    assert Permits(database).ended({*strange, s1}) == strange


def test_more_permits_are_asked_for_than_a_statement_takes(database: Database, house: House) -> None:
    s1 = house.permits["signed in to s1"]
    many = {Permit(Grant(kind, 1000 + n), 1000 + n) for n in range(1200) for kind in ("sign-in", "key", "link")}  # type: ignore[arg-type]
    assert Permits(database).ended({*many, s1}) == many


# Open streams


@pytest.fixture(params=["loop", "generator"])
def streams(
    request: pytest.FixtureRequest, doorbell: Doorbell, log: ActivityLog, database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Streams]:  # fmt: skip
    for module in (stream_permits, event_stream):
        monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(event_stream, "_POLL_SECONDS", 0.05)
    streams = Streams(doorbell, log, request.param, 0.3, Permits(database).ended)
    yield streams
    streams.close()


def watch_all(house: House, streams: Streams, sessions: Sessions) -> dict[str, StreamReader]:
    ids = {owned.key: owned.id for owned in map(sessions.ownership, ("s1", "s2", "s3")) if owned is not None}
    return {name: streams.watch(ids[permit.session_key], permit=permit) for name, permit in house.permits.items()}


@pytest.mark.parametrize("what", ENDS)
def test_just_the_streams_whose_ground_is_gone_end_and_the_others_go_on(
    house: House, streams: Streams, sessions: Sessions, log: ActivityLog, what: str
) -> None:
    readers = watch_all(house, streams, sessions)
    for reader in readers.values():
        reader.until_cursor(3)
    house.end[what]()
    for name in ENDS[what]:
        readers[name].until_end(10)
    for name in ("s1", "s2", *(["s3"] if what != "s3 is deleted" else [])):
        log.append(name, [activity(name)])
    for name in set(readers) - ENDS[what]:
        readers[name].until_cursor(4)


def test_the_generator_and_the_loop_look_often_enough() -> None:
    """Each look may take as long as the pause before it: ten seconds in all."""
    assert stream_permits.LOOK_SECONDS <= stream_permits._LONGEST_PAUSE_SECONDS <= 7
    assert stream_permits.LOOK_SECONDS + event_stream._POLL_SECONDS <= 5


@pytest.mark.parametrize("error", [DatabaseLostError("away"), RuntimeError("whatever")])
def test_while_the_database_is_away_streams_stay_and_end_when_it_is_back(
    house: House,
    streams: Streams,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    if streams.kind == "generator" and not isinstance(error, DatabaseLostError):
        pytest.skip("a generator has one stream, which then ends as every answer that fails")
    asked, away = [], [True]
    ended = streams.source.ended_permits
    assert ended is not None

    def sometimes(permits: Collection[Permit]) -> set[Permit]:
        asked.append(permits)
        if away:
            raise error
        return ended(permits)

    streams.source = replace(streams.source, ended_permits=sometimes)
    if streams.loop is not None:
        watcher = streams.loop._permit_watch
        assert watcher is not None
        monkeypatch.setattr(watcher, "_ended", sometimes)
    readers = watch_all(house, streams, sessions)
    for reader in readers.values():
        reader.until_cursor(3)
    house.end["signs out"]()
    before = len(asked)
    with caplog.at_level(logging.WARNING):
        wait_until(lambda: len(asked) > before + 2 * len(readers) if streams.loop is None else len(asked) > before + 3)
    for reader in readers.values():
        assert not reader.ended
    if isinstance(error, DatabaseLostError) and streams.loop is not None:
        assert [record.message for record in caplog.records if "cannot be asked" in record.message] != []
    away.clear()
    for name in ENDS["signs out"]:
        readers[name].until_end(10)
    for name in set(readers) - ENDS["signs out"]:
        readers[name].read_some(0.05)
        assert not readers[name].ended, name


def test_a_stream_without_a_permit_is_asked_for_by_nobody(house: House, streams: Streams, log: ActivityLog) -> None:
    """The tests' own, and those of a program that serves its log to itself."""
    with streams.watch("s1") as reader:
        reader.until_cursor(3)
        house.end["owner is deactivated"]()
        log.append("s1", [activity()])
        reader.until_cursor(4)


def test_the_loop_forgets_the_permits_of_streams_that_ended(
    house: House, doorbell: Doorbell, log: ActivityLog, database: Database, sessions: Sessions
) -> None:
    streams = Streams(doorbell, log, "loop", 30, Permits(database).ended)
    loop = streams.loop
    assert isinstance(loop, StreamLoop)
    readers = watch_all(house, streams, sessions)
    twice = streams.watch("s1", permit=house.permits["guest in s1"])
    wait_until(lambda: loop.open_streams == len(readers) + 1)
    assert set(loop._by_permit) == set(house.permits.values())
    twice.leave()
    wait_until(lambda: loop.open_streams == len(readers))
    assert set(loop._by_permit) == set(house.permits.values())
    for reader in readers.values():
        reader.leave()
    wait_until(lambda: loop.open_streams == 0)
    assert loop._by_permit == {}
    streams.close()
