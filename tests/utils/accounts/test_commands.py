"""``python -m utils.accounts``: what only whoever has the machine may do."""

import re

import pyotp
import pytest
from sqlalchemy import text

from tests.support.account import EMAIL, HASHED
from utils.accounts import __main__ as commands
from utils.accounts.audit import Audit
from utils.accounts.audit_chain import cut
from utils.accounts.invitations import Invitations
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.quotas import Quotas
from utils.accounts.second_factors import SecondFactors
from utils.accounts.users import Users, add_team, add_user
from utils.database.base import Database
from utils.registry.server_key import ServerKey
from utils.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_hashing")


@pytest.fixture(autouse=True)
def _settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "get_settings", lambda: settings)


def links(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    """(address, secret) of what was printed."""
    return re.findall(r"^  (http\S+)#(\S+)$", capsys.readouterr().out, re.MULTILINE)


def test_a_lost_password_is_set_by_the_printed_link(
    database: Database, users: Users, ada: UserRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as connection:
        pier = add_team(connection, "Pier")
        there = add_user(connection, pier.key, EMAIL, "Ada at the pier", "viewer", HASHED)
    commands.main(["password-link", EMAIL.upper()])
    found = links(capsys)
    assert [url for url, _ in found] == ["http://localhost:8000/reset"] * 2
    assert [PasswordLinks(database).use(secret, "another password")[0].id for _, secret in found] == [ada.id, there.id]
    [entry] = Audit(database).page(ada.team_key).items
    assert (entry.action, entry.actor) == ("password link made", "the command line of the server")


def test_printed_links_lead_to_the_address_that_browsers_know(
    settings: Settings, ada: UserRecord, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    public = settings.model_copy(update={"public_url": "https://ringside.example"})
    monkeypatch.setattr(commands, "get_settings", lambda: public)
    commands.main(["password-link", ada.email])
    assert [url for url, _ in links(capsys)] == ["https://ringside.example/reset"]


def test_a_lost_second_factor_is_reset(
    database: Database, ada: UserRecord, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    factors = SecondFactors(database, ServerKey.of(settings))
    assert factors.confirm(ada, pyotp.TOTP(factors.prepare(ada.key)).now())
    commands.main(["reset-second-factor", EMAIL])
    assert "no second factor any more" in capsys.readouterr().out
    assert not factors.of(ada.key).on
    [entry] = Audit(database).page(ada.team_key).items
    assert (entry.action, entry.actor) == ("second factor reset", "the command line of the server")


def test_another_team_gets_its_first_administrator(
    database: Database, ada: UserRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    commands.main(["new-team", " The  pier ", "--url", "https://ringside.example/"])
    [(url, secret)] = links(capsys)
    assert url == "https://ringside.example/join"
    user, team = Invitations(database).accept(secret, "fay@example.org", "Fay", "a password like any other")
    assert (team.name, user.role) == ("The pier", "administrator")
    assert team.key != ada.team_key


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["password-link", "nobody@example.org"], "no active user"), (["new-team", " "], "1 to 200 characters")],
)
def test_what_cannot_be_done_is_said_in_a_line(arguments: list[str], words: str) -> None:
    with pytest.raises(SystemExit, match=words):
        commands.main(arguments)


def test_before_the_first_visit_there_is_nobody_to_help(database: Database) -> None:
    with database.write() as connection:
        for table in ("users", "teams"):
            connection.execute(text(f"DELETE FROM {table}"))
    for arguments in (["password-link", EMAIL], ["new-team", "Pier"]):
        with pytest.raises(SystemExit, match="no account yet"):
            commands.main(arguments)


def test_a_team_gets_quotas_of_its_own(
    database: Database, settings: Settings, ada: UserRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    def limit() -> int | None:
        return Quotas.of(database, settings).one(ada.team_key, "storage").limit

    commands.main(["quota", "Harbour", "storage", "20"])
    assert limit() == 20 * 1024 * 1024
    assert "Harbour, storage: 20 MiB. Used by now: 0 MiB." in capsys.readouterr().out
    assert Audit(database).page(ada.team_key).items[0].subject == "storage: 20 MiB"
    commands.main(["quota", "Harbour", "storage", "default"])
    assert limit() is None


def test_a_team_that_is_not_there_has_no_quota() -> None:
    with pytest.raises(SystemExit, match="no team has the name or the id Nowhere"):
        commands.main(["quota", "Nowhere", "sessions", "5"])


def test_a_team_whose_name_another_has_is_named_by_its_id(
    database: Database, settings: Settings, ada: UserRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    with database.write() as connection:
        namesake = add_team(connection, "Harbour")
    with pytest.raises(SystemExit, match=f"2 teams have the name Harbour.*{namesake.id}"):
        commands.main(["quota", "Harbour", "sessions", "5"])
    commands.main(["quota", namesake.id, "sessions", "5"])
    assert "Harbour, sessions: 5. Used by now: 0." in capsys.readouterr().out
    assert Quotas.of(database, settings).one(namesake.key, "sessions").limit == 5


def test_the_audit_trails_are_verified(
    database: Database, ada: UserRecord, other_team: TeamRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        Audit(database).note(ada.team_key, f"action {number}", "Ada")
    commands.main(["verify-audit"])
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Harbour \(team-\w+\): whole, 3 lines\.", lines[0])
    assert lines[2] == f"{other_team.name} ({other_team.id}): whole, 0 lines."
    kept = lines[1].strip()
    team_id = lines[0].split("(")[1].split(")")[0]
    commands.main(["verify-audit", "--team", team_id, "--seen", kept])
    capsys.readouterr()
    with database.write() as connection:
        cut(connection, ada.team_key, 1, "older than 10 days")
    commands.main(["verify-audit", "--team", team_id, "--seen", kept])
    assert "  Removed because of their age: the lines up to 1, " in capsys.readouterr().out
    with pytest.raises(SystemExit) as gone:
        commands.main(["verify-audit", "--team", team_id, "--seen", f"0:{'0' * 64}"])
    assert gone.value.code == 1
    assert "Line 0 was removed because of its age, as line 4 tells, so it could not" in capsys.readouterr().out
    with database.write() as connection:
        connection.execute(text("UPDATE audit SET action = 'else' WHERE seq = 2"))
    for arguments in ([], ["--team", team_id, "--seen", kept]):
        with pytest.raises(SystemExit) as ended:
            commands.main(["verify-audit", *arguments])
        assert ended.value.code == 1
        assert "Line 2 was changed, or does not follow" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="name it with --team"):
        commands.main(["verify-audit", "--seen", kept])
    with pytest.raises(SystemExit, match="there is no team x"):
        commands.main(["verify-audit", "--team", "x"])
