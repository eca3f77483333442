"""The outbox: what is in it is not lost, and what it says is erased."""

import pytest
from sqlalchemy import select

from tests.support.account import SECRET_KEY
from tests.support.clock import Clock
from utils.accounts.principal import UserRecord
from utils.accounts.users import Users
from utils.database.base import Database
from utils.database.tables import mails
from utils.mail import letters
from utils.mail.outbox import Outbox
from utils.registry.server_key import ServerKey

LINK = "https://ringside.example/reset#the-secret"
LETTER = letters.password_link("Ada", "Harbour", LINK)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database, ServerKey(SECRET_KEY))


@pytest.fixture
def ada(database: Database) -> UserRecord:
    return Users(database).with_email("ada@example.org")[0][0]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(monkeypatch)
    clock.stop()
    return clock


def everything(database: Database) -> str:
    with database.read() as connection:
        return str(connection.execute(select(mails)).all())


def test_a_link_is_sealed_until_it_is_sent_and_erased_then(outbox: Outbox, ada: UserRecord, database: Database) -> None:
    mail = outbox.put(ada.team_key, ada.email, LETTER)
    assert "the-secret" not in everything(database)
    assert outbox.due() == [mail]
    assert LINK in outbox.text_of(mail)
    outbox.sent(mail)
    assert outbox.due() == []
    assert mail.sealed is not None
    assert mail.sealed not in everything(database)
    assert outbox.of_team(ada.team_key) == []
    assert outbox.again(ada.team_key, mail.id) is None, "it is not sent twice"


def test_the_waits_grow_and_what_is_out_of_date_is_given_up(
    outbox: Outbox, ada: UserRecord, clock: Clock, database: Database
) -> None:
    outbox.put(ada.team_key, ada.email, LETTER)
    waits = []
    for _ in range(10):
        [mail] = outbox.due()
        outbox.postpone(mail, "away")
        assert outbox.due() == []
        [told] = outbox.of_team(ada.team_key)
        assert (told.error, told.status) == ("away", "waiting")
        waits.append((told.due_at - clock.now()).total_seconds())
        clock.move(seconds=waits[-1])
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    clock.move(days=1)
    outbox.tidy()
    [told] = outbox.of_team(ada.team_key)
    assert (told.status, told.sealed) == ("failed", None)
    assert outbox.due() == []
    assert outbox.again(ada.team_key, told.id) is None
    clock.move(days=30)
    outbox.tidy()
    assert everything(database) == "[]"


def test_what_was_refused_is_sent_again_when_asked_to(outbox: Outbox, ada: UserRecord) -> None:
    mail = outbox.put(ada.team_key, ada.email, LETTER)
    outbox.fail(mail, "550 no such mailbox")
    assert outbox.due() == []
    assert outbox.again(ada.team_key + 1, mail.id) is None
    again = outbox.again(ada.team_key, mail.id)
    assert again is not None
    assert outbox.due() == [again]
    assert LINK in outbox.text_of(again)
