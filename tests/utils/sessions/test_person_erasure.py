"""A person is erased: nobody finds their name and address any more, and the rest goes on."""

import contextlib
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect, select, text

from tests.support.account import EMAIL, HASHED, SECRET_KEY
from utils.accounts import erasure as erasure_module
from utils.accounts.api_keys import ApiKeys
from utils.accounts.audit import Audit
from utils.accounts.audit_check import AuditVerification
from utils.accounts.erasure import AccountErasure, Actor
from utils.accounts.error_log import ErrorLog
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.sign_ins import SignIns
from utils.accounts.users import AccountError, Users, add_team, add_user
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import agents, identities, kept_answers, metadata, password_requests, runs, workers
from utils.database.tables import audit as lines
from utils.feedback.feedback import Feedback
from utils.feedback.feedback_data import DataFilter, FeedbackData
from utils.feedback.opinion import Subject
from utils.log.activity_log import ActivityLog
from utils.mail.letters import invitation, notice
from utils.mail.outbox import Outbox
from utils.registry.server_key import ServerKey
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.changes import Changes
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.person_erasure import PersonErasure
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions

MAIL = "max.planck@example.org"
AddUser = Callable[..., UserRecord]


@pytest.fixture
def users(database: Database) -> Users:
    return Users(database)


@pytest.fixture
def team(users: Users) -> TeamRecord:
    return users.with_email(EMAIL)[0][1]


@pytest.fixture
def ada(users: Users) -> UserRecord:
    return users.with_email(EMAIL)[0][0]


@pytest.fixture
def add(database: Database, team: TeamRecord) -> AddUser:
    def add(email: str, name: str, role: Role = "member") -> UserRecord:
        with database.write() as connection:
            return add_user(connection, team.key, email, name, role, HASHED)

    return add


@pytest.fixture
def erasure(database: Database, log: ActivityLog) -> PersonErasure:
    return PersonErasure(database, SessionDeletion(database, log))


@pytest.fixture
def by(ada: UserRecord) -> Actor:
    return Actor(ada.named, ada.key, "192.0.2.9", "request")


@pytest.fixture
def max_(
    database: Database, users: Users, add: AddUser, sessions: Sessions, run_queue: RunQueue, log: ActivityLog,
    ada: UserRecord,
) -> UserRecord:  # fmt: skip
    """Somebody who has left traces everywhere."""
    person = add(MAIL, "Max Planck")
    audit = Audit(database)
    audit.note(person.team_key, "joined", person.named, "member", "198.51.100.7")
    changed = users.change(person.team_key, person.id, name="Maxine Planck")
    assert changed is not None
    person = changed[0]
    SignIns(database).open(person, "a browser of Max Planck")
    ApiKeys(database).create(person.key, "Max Planck's laptop", ["read"])
    PasswordLinks(database).make(person.team_key, person.id)
    for title in ("private", "shared"):
        session = sessions.create(title, owner=person)
        sessions.change(title, shared=title == "shared")
        run_queue.request(title, "Why?", asked_by=person.key)
        Documents(database).add(session.id, "a.txt", io.BytesIO(b"A letter of Max Planck"))
    for action, actor, subject in (
        ("signed in", person.named, "Firefox"),
        ("user changed", ada.named, f"{person.named}: name: Maxine Planck"),
        ("sessions handed over", ada.named, f"3 of Gus <gus@example.org> to {person.named}"),
        ("sign-in failed", f"Max Planck <{MAIL}>", ""),
        ("joined", "Max Planck <another@example.org>", "a namesake"),
        ("key revoked", ada.named, "Max Planck's laptop of Maxine Planck"),
        ("renamed", ada.named, "Planck"),
    ):
        audit.note(person.team_key, action, actor, subject, "198.51.100.7")
    ErrorLog(database).write("error", "c", f"{person.named} could not be told", team_key=person.team_key)
    with database.write() as connection:
        agent = connection.scalars(select(agents.c.key)).first()
        connection.execute(workers.insert().values(agent_key=agent, name="Maxine Planck", seen_at=now()))
        connection.execute(
            identities.insert().values(
                user_key=person.key, issuer="https://login.example.org", subject="max", email=MAIL, created_at=now(),
                seen_at=now(),
            )
        )  # fmt: skip
        connection.execute(password_requests.insert().values(email=MAIL, at=now()))
    Outbox(database, ServerKey(SECRET_KEY)).put(person.team_key, MAIL, notice(person.name, "Harbour", "x", None, "u"))
    return person


def found(database: Database, *words: str) -> set[str]:
    """Where in the database one of the words is: table.column."""
    places: set[str] = set()
    with database.read() as connection:
        for name in inspect(connection).get_table_names():
            for column in inspect(connection).get_columns(name):
                quoted = f'"{column["name"]}"'
                as_text = (
                    f"convert_from({quoted}, 'UTF8')" if str(column["type"]) == "BYTEA" else f"CAST({quoted} AS TEXT)"
                )
                for word in words:
                    query = text(f'SELECT count(*) FROM "{name}" WHERE lower({as_text}) LIKE :word')
                    if connection.execute(query, {"word": f"%{word.lower()}%"}).scalar():
                        places.add(f"{name}.{column['name']}")
    return places


def erase(erasure: PersonErasure, user: UserRecord, by: Actor, to_id: str | None = None) -> UserRecord:
    erased = erasure.begin(user.team_key, user.id, f" {user.email.upper()} ", by, to_id)
    assert erased is not None
    erasure.finish()
    return erased


def test_name_and_address_are_found_nowhere_but_in_what_was_shared(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, sessions: Sessions
) -> None:
    assert {
        "users.email", "users.name", "audit.actor", "audit.subject", "errors.message", "workers.name", "api_keys.name",
        "sign_ins.browser", "identities.email", "mails.recipient", "password_requests.email",
    } <= found(database, MAIL, "Max Planck", "Maxine Planck")  # fmt: skip
    erase(erasure, max_, by)
    assert found(database, MAIL, "Maxine Planck") == set()
    assert found(database, "Max Planck") == {
        "audit.actor",  # of a namesake with another address
        "document_chunks.data",  # what somebody wrote in a session that others share
    }
    assert sessions.get("private") is None
    shared = sessions.get("shared")
    assert shared is not None
    assert shared.owner_name == f"Erased person {max_.id[-6:]}"


def test_why_a_run_is_paused_is_told_under_the_pseudonym(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, run_queue: RunQueue, sessions: Sessions,
    ada: UserRecord,
) -> None:  # fmt: skip
    asked = [run_queue.request(sessions.create(name, owner=ada).id, "Why?") for name in ("one", "another", "third")]
    one, another, third = (requested[1].id for requested in asked if requested is not None)
    run_queue.pause(one, max_)
    run_queue.pause(another, max_, "“Purser” was paused by Maxine Planck. The tide.", "agent")
    run_queue.pause(third, None, "Maxine Planck reads this.")
    erase(erasure, max_, by)
    name = f"Erased person {max_.id[-6:]}"
    with database.read() as connection:
        reasons = {row.id: row.reason for row in connection.execute(select(runs.c.id, runs.c.reason))}
    assert reasons[one] == f"Paused by {name}."
    assert reasons[another] == f"“Purser” was paused by {name}. The tide."
    assert reasons[third] == "Maxine Planck reads this.", "words of a session that others share stay"


def test_the_audit_trail_stays_whole_and_tells_that_somebody_was_erased(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, team: TeamRecord
) -> None:
    erase(erasure, max_, by)
    assert AuditVerification(database).check(team.key).fault is None
    lines = {(line.action, line.actor, line.subject, line.address) for line in Audit(database).page(team.key).items}
    name = f"Erased person {max_.id[-6:]}"
    assert lines == {
        ("joined", name, "member", None),
        ("signed in", name, "Firefox", None),
        ("user changed", f"Ada <{EMAIL}>", f"{name}: name: {name}", "198.51.100.7"),
        ("sessions handed over", f"Ada <{EMAIL}>", f"3 of Gus <gus@example.org> to {name}", "198.51.100.7"),
        ("sign-in failed", name, "", None),
        ("joined", "Max Planck <another@example.org>", "a namesake", "198.51.100.7"),
        ("key revoked", f"Ada <{EMAIL}>", f"{name}'s laptop of {name}", "198.51.100.7"),
        ("renamed", f"Ada <{EMAIL}>", "Planck", "198.51.100.7"),
        ("person erased", f"Ada <{EMAIL}>", name, "192.0.2.9"),
        ("names erased", "Ringside", f"{name}: 6 entries", None),
    }


def test_whoever_is_erased_is_out_at_once_and_their_address_can_be_used_again(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, users: Users, add: AddUser
) -> None:
    _, secret = ApiKeys(database).create(max_.key, "another", ["read"])
    begun = erasure.begin(max_.team_key, max_.id, MAIL, by)
    assert begun is not None
    assert (begun.active, begun.erased) == (False, True)
    assert ApiKeys(database).principal(secret) is None
    assert users.with_email(MAIL) == []
    with pytest.raises(AccountError, match="cannot be changed"):
        users.change(max_.team_key, max_.id, active=True)
    erasure.finish()
    with database.read() as connection:
        for table in ("sign_ins", "api_keys", "password_links"):
            rows = connection.execute(metadata.tables[table].select().where(text(f"user_key = {max_.key}")))
            assert rows.all() == [], table
    add(MAIL, "Max Planck again")
    assert [user.name for user, _, _ in users.with_email(MAIL)] == ["Max Planck again"]
    erasure.finish()
    assert [user.name for user, _, _ in users.with_email(MAIL)] == ["Max Planck again"]


def test_what_was_shared_is_handed_over_and_what_was_private_is_not(
    erasure: PersonErasure, max_: UserRecord, by: Actor, ada: UserRecord, sessions: Sessions
) -> None:
    erase(erasure, max_, by, ada.id)
    shared = sessions.get("shared")
    assert shared is not None
    assert shared.owner_key == ada.key
    assert sessions.get("private") is None


@pytest.mark.parametrize("step", ["_private_sessions", "_names", "_end"])
def test_an_erasure_that_was_cut_off_is_finished(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, step: str, monkeypatch: pytest.MonkeyPatch,
    team: TeamRecord,
) -> None:  # fmt: skip
    """As by kill -9: after what was committed, nothing."""

    def killed(*_: object) -> Iterator[str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(*{
            "_private_sessions": (SessionDeletion, "delete", killed),
            "_names": (AccountErasure, "_erase_from_errors", killed),
            "_end": (AccountErasure, "_delete_some", killed),
        }[step])  # fmt: skip
        erasure.begin(max_.team_key, max_.id, MAIL, by)
        with pytest.raises(KeyboardInterrupt):
            erasure.finish()
    assert AuditVerification(database).check(team.key).fault is None
    erasure.finish()
    erasure.finish()
    assert found(database, MAIL, "Maxine Planck") == set()
    assert AuditVerification(database).check(team.key).fault is None


def test_a_long_trail_is_erased_in_pieces_that_are_each_whole(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, team: TeamRecord
) -> None:
    for number in range(450):
        Audit(database).note(team.key, f"action {number}", max_.named)
    erase(erasure, max_, by)
    told = [line.subject for line in Audit(database).page(team.key, limit=200).items if line.action == "names erased"]
    assert [words.partition(": ")[2] for words in told] == ["57 entries", "200 entries", "199 entries"]
    assert AuditVerification(database).check(team.key).fault is None


@pytest.fixture
def crowd(database: Database, add: AddUser, team: TeamRecord, sessions: Sessions) -> UserRecord:
    """Somebody whose name and address are parts of other words, and of other people's."""
    ann = add("ann@example.org", "Ann")
    for action, actor, subject in (
        ("signed in", "Ann Lovelace <al@example.org>", ""),
        ("signed in", "Ann O'Neil-Ann (lab) <lab@example.org>", ""),
        ("signed in", "Other <ann@example.org.uk>", "x.ann@example.org, ann@example.org-b.net"),
        ("annexed", "Joanna <jo@example.org>", "planner"),
        ("named", "Jo <jo@example.org>", "Told ann@example.org."),
        ("moved", "Jo <jo@example.org>", "3 sessions of Ann to Gus <gus@example.org>"),
        ("moved", "Jo <jo@example.org>", "Ann to Ann Lovelace <al@example.org>"),
    ):
        Audit(database).note(team.key, action, actor, subject, "192.0.2.5")
    asked = {"session_key": sessions.create("s").key, "status": 201, "created_at": now()}
    with database.write() as connection:
        agent = connection.scalars(select(agents.c.key)).first()
        for name in ("planner-1", "Joanna", "Ann Lovelace <al@example.org>", "Ann", "Ann's laptop"):
            connection.execute(workers.insert().values(agent_key=agent, name=name, seen_at=now()))
        for body in ("a planner", "ann@example.org.uk", "to ann@example.org.", "Ann"):
            connection.execute(kept_answers.insert().values(name=body, content="c", body=body, **asked))
    return ann


def test_other_people_whose_names_contain_that_of_the_person_stay_as_they_are(
    database: Database, erasure: PersonErasure, crowd: UserRecord, by: Actor, team: TeamRecord
) -> None:
    erase(erasure, crowd, by)
    name = f"Erased person {crowd.id[-6:]}"
    told = {
        (line.actor, line.subject)
        for line in Audit(database).page(team.key).items
        if line.action in ("signed in", "annexed", "named", "moved")
    }
    assert told == {
        ("Ann Lovelace <al@example.org>", ""),
        ("Ann O'Neil-Ann (lab) <lab@example.org>", ""),
        ("Other <ann@example.org.uk>", "x.ann@example.org, ann@example.org-b.net"),
        ("Joanna <jo@example.org>", "planner"),
        ("Jo <jo@example.org>", f"Told {name}."),
        ("Jo <jo@example.org>", f"3 sessions of {name} to Gus <gus@example.org>"),
        ("Jo <jo@example.org>", f"{name} to Ann Lovelace <al@example.org>"),
    }
    with database.read() as connection:
        left = set(connection.scalars(select(workers.c.name)))
        kept = set(connection.scalars(select(kept_answers.c.body)))
    assert left == {"planner-1", "Joanna", "Ann Lovelace <al@example.org>"}
    assert kept == {"a planner", "ann@example.org.uk"}
    assert AuditVerification(database).check(team.key).fault is None


def test_lines_that_were_not_chained_yet_are_erased_too(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, team: TeamRecord
) -> None:
    line = {"team_key": team.key, "at": now(), "action": "old", "actor": max_.named, "subject": "", "address": "::1"}
    with database.write() as connection:
        connection.execute(lines.insert(), [line] * 700)
    erase(erasure, max_, by)
    assert found(database, MAIL, "Maxine Planck") == set()
    check = AuditVerification(database).check(team.key)
    assert (check.fault, check.remark) == (None, None)


def test_who_cannot_be_erased_is_told_why(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, ada: UserRecord, users: Users,
    add: AddUser,
) -> None:  # fmt: skip
    def refused(user: UserRecord, email: str, to_id: str | None = None) -> str:
        with pytest.raises(AccountError) as error:
            erasure.begin(user.team_key, user.id, email, by, to_id)
        return error.value.code

    assert refused(max_, "max@example.org") == "not_confirmed"
    assert refused(ada, EMAIL) == "last_administrator"
    program = users.add_service(ada.team_key, "Program", "member")
    assert refused(program, program.email) == "no_person"
    viewer = add("vera@example.org", "Vera", "viewer")
    for to_id in (viewer.id, max_.id, "user-unknown"):
        assert refused(max_, MAIL, to_id) == "cannot_own"
    assert erasure.begin(ada.team_key, "user-unknown", MAIL, by) is None
    assert all(one.active and not one.erased for one in users.of_team(ada.team_key))


def test_the_same_person_in_another_team_stays(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, users: Users
) -> None:
    with database.write() as connection:
        pier = add_team(connection, "Pier")
        add_user(connection, pier.key, MAIL, "Max Planck", "administrator", HASHED)
    Audit(database).note(pier.key, "joined", f"Max Planck <{MAIL}>")
    erase(erasure, max_, by)
    assert [team.name for _, team, _ in users.with_email(MAIL)] == ["Pier"]
    assert Audit(database).page(pier.key).items[0].actor == f"Max Planck <{MAIL}>"


def test_decisions_are_the_pseudonyms_and_the_log_alone_keeps_who_it_was(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, sessions: Sessions, approvals: Approvals,
    ada: UserRecord,
) -> None:  # fmt: skip
    """The log is never changed."""
    shared = sessions.get("shared")
    assert shared is not None
    for number, via in enumerate(("dashboard", "Maxine Planck's laptop")):
        asked = NewApproval(f"step-{number}", "Purser", Question("Pay", "Pay?"))
        approval, _ = approvals.ask("shared", shared.key, asked)
        approvals.decide(approval.id, Decider(max_, via), "approve", None, None)
    erase(erasure, max_, by)
    assert found(database, MAIL, "Maxine Planck") == {"events.body"}
    decided = approvals.page(ada, "decided").items
    assert [(one.decided_by, one.via) for one in decided] == [
        (f"Erased person {max_.id[-6:]}", "dashboard"), (f"Erased person {max_.id[-6:]}", "An API key")
    ]  # fmt: skip


def test_what_a_provider_calls_them_is_erased_too_with_their_network_addresses(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, ada: UserRecord, team: TeamRecord
) -> None:
    by_provider, former = "planck@uni.example.org", "maxine@old.example.org"
    with database.write() as connection:
        connection.execute(identities.update().values(email=by_provider, subject="248289761001"))
    for action, actor, subject in (
        ("sign-in refused", MAIL, "Entra: Only members of a group are let in."),
        ("sign-in refused", by_provider, "Entra: no"),
        ("sign-in refused", "248289761001", "Entra: no"),
        ("sign-in refused", former, "Entra: no"),
        ("sign-in refused", "Maxine Planck", "Entra: no"),
        ("sign-in refused", EMAIL, "Entra: no"),
        ("identity linked", max_.named, f"{former} of Entra"),
        ("identity unlinked", max_.named, f"{former}, 248289761001 of Entra"),
        ("identity linked", max_.named, "The Maxine of University of Oslo"),
        ("identity linked", max_.named, f"{EMAIL} of Entra"),
        ("identity linked", ada.named, "248289761002 of Entra"),
        ("invited", ada.named, f"member: {by_provider}"),
    ):
        Audit(database).note(team.key, action, actor, subject, "203.0.113.77")
    erase(erasure, max_, by)
    assert found(database, by_provider, former, "248289761001", "The Maxine") == set()
    assert AuditVerification(database).check(team.key).fault is None
    name = f"Erased person {max_.id[-6:]}"
    told = [
        line
        for line in Audit(database).page(team.key).items
        if line.action.startswith(("identity", "sign-in r", "inv"))
    ]
    assert [(line.actor, line.subject, line.address) for line in reversed(told)] == [
        (name, "Entra: Only members of a group are let in.", None),
        *[(name, "Entra: no", None)] * 4,
        (EMAIL, "Entra: no", "203.0.113.77"),
        (name, f"{name} of Entra", None),
        (name, f"{name} of Entra", None),
        (name, f"{name} of Oslo", None),
        (name, f"{name} of Entra", None),
        (ada.named, "248289761002 of Entra", "203.0.113.77"),
        (ada.named, f"member: {name}", "203.0.113.77"),
    ]


def test_after_a_kill_it_is_still_known_what_they_were_called(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, team: TeamRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """By lines that are erased, too: so they come last."""
    Audit(database).note(team.key, "identity linked", max_.named, "planck@uni.example.org of Entra")
    Audit(database).note(team.key, "sign-in refused", "planck@uni.example.org", "Entra: no", "203.0.113.77")
    erase_lines, done = AccountErasure._erase_from_lines, list[int]()

    def killed(self: AccountErasure, *given: Any) -> bool:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(1)
        return erase_lines(self, *given)

    monkeypatch.setattr(erasure_module, "_LINES", 1)
    monkeypatch.setattr(AccountErasure, "_erase_from_lines", killed)
    erasure.begin(max_.team_key, max_.id, MAIL, by)
    for _ in range(9):
        done.clear()
        with contextlib.suppress(KeyboardInterrupt):
            erasure.finish()
    assert found(database, MAIL, "Maxine Planck", "planck@uni", "203.0.113.77") == set()
    assert found(database, "Max Planck") == {"audit.actor", "document_chunks.data"}, "of a namesake, and what is shared"


def test_their_invitations_are_not_sent_and_mails_do_not_name_them(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, team: TeamRecord
) -> None:
    outbox = Outbox(database, ServerKey(SECRET_KEY))
    for name in ("Maxine Planck", "Max Planck", "Ada"):
        outbox.put(team.key, "new@example.org", invitation("Harbour", name, "https://r/join#x", timedelta(days=1)))
    sent = outbox.put(team.key, "old@example.org", invitation("Harbour", "Maxine Planck", "u", timedelta(days=1)))
    outbox.sent(sent)
    erasure.begin(max_.team_key, max_.id, MAIL, by)
    assert "Maxine Planck invites you to Ringside" not in [mail.subject for mail in outbox.due()], "at once"
    erasure.finish()
    assert [mail.subject for mail in outbox.due()] == ["Ada invites you to Ringside"]
    assert "mails.subject" not in found(database, "Max Planck", "Maxine Planck")


def test_what_a_person_thinks_goes_and_data_sets_learn_of_it(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, sessions: Sessions, run_queue: RunQueue,
    log: ActivityLog, ada: UserRecord,
) -> None:  # fmt: skip
    opinions, data = Feedback(database), FeedbackData(database)
    session, requested = sessions.create("open", owner=ada), run_queue.request("open", "Why?")
    assert requested is not None
    sessions.change("open", shared=True)
    subject = Subject(session.id, session.key, requested[1].id)
    opinions.judge(subject, max_, "down")
    opinions.comment(subject, max_, "Not so.")
    opinions.judge(subject, ada, "up")
    [before] = data.things(ada, DataFilter())
    assert (before.verdict, [one.text for one in before.comments]) == ("mixed", ["Not so."])
    marker = Changes(database).of_feedback(ada)
    erase(erasure, max_, by)
    assert Changes(database).of_feedback(ada) != marker, "dashboards ask for it again"
    [after] = data.things(ada, DataFilter(since=before.changed_at))
    assert (after.verdict, [one.by for one in after.judgements], after.comments) == ("up", ["Ada"], [])
    assert after.changed_at > before.changed_at


def test_somebody_who_has_judged_very_much_is_erased(
    database: Database, erasure: PersonErasure, max_: UserRecord, by: Actor, sessions: Sessions, run_queue: RunQueue,
    ada: UserRecord,
) -> None:  # fmt: skip
    opinions, session = Feedback(database), sessions.create("open", owner=ada)
    for number in range(40):
        requested = run_queue.request("open", f"Why {number}?")
        assert requested is not None
        opinions.judge(Subject(session.id, session.key, requested[1].id), max_, "down")
    named: list[int] = []

    def count(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.startswith("UPDATE feedback"):
            named.append(len(parameters))

    event.listen(Engine, "before_cursor_execute", count)
    try:
        erase(erasure, max_, by)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert named
    assert max(named) < 10, "or PostgreSQL, which takes 65,535, would never erase them"
