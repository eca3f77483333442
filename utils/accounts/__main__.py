"""``python -m utils.accounts``: commands for the operator of the server. Each prints a line or a link.

``password-link EMAIL`` makes a link that sets a new password, for a team whose only administrator has lost theirs;
``reset-second-factor EMAIL`` takes the second factor from them, when they have lost their phone and recovery codes;
``new-team NAME`` makes a team and a link with which its first administrator registers;
``quota TEAM QUOTA LIMIT`` sets how much a team may store or do; ``verify-audit`` verifies that no line of an audit
trail is missing, was changed or put in.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import closing

from sqlalchemy import select

from utils.accounts.audit import Audit
from utils.accounts.audit_check import AuditVerification
from utils.accounts.invitations import Invitations
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.quotas import QUOTAS, Quotas
from utils.accounts.second_factors import SecondFactors
from utils.accounts.users import Users
from utils.database.base import Database, DatabaseError
from utils.database.opening import open_database, prepare
from utils.database.tables import teams
from utils.registry.server_key import ServerKey
from utils.settings import SettingsError, get_settings

_ACTOR = "the command line of the server"


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        settings = get_settings()
        prepare(settings)
        with closing(open_database(settings)) as database:
            if not Users(database).any():
                sys.exit("ringside: there is no account yet. Start the server and open the link that it prints.")
            options.own_url = settings.public_url or f"http://localhost:{settings.port}"
            for line in options.command(database, options):
                print(line)
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m utils.accounts", description="Let people into Ringside.")
    commands = parser.add_subparsers(required=True)
    for name, command, argument, words in (
        ("password-link", _password_link, "email", "print a link that sets the password of the user with this address"),
        ("reset-second-factor", _reset_factor, "email", "take the second factor from the user with this address"),
        ("new-team", _new_team, "name", "make another team and print the link for its first administrator"),
        ("verify-audit", _verify_audit, None, "verify the audit trails of all teams"),
    ):
        one = commands.add_parser(name, help=words, description=words)
        one.set_defaults(command=command)
        if argument is None:
            one.add_argument("--seen", metavar="SEQ:HASH", type=_seen, help="a line that you have kept")
            one.add_argument("--team", metavar="ID", help="of one team alone; needed for --seen")
        else:
            one.add_argument(argument)
            one.add_argument("--url", help="the server's address, as browsers know it")
    words = "set how much a team may store or do"
    one = commands.add_parser("quota", help=words, description=words)
    one.add_argument("team", help="the team's name or id")
    one.add_argument("quota", choices=QUOTAS)
    one.add_argument("limit", type=_limit, help="storage in MiB; 0: unlimited; default: what the settings say")
    one.set_defaults(command=_quota)
    return parser


def _seen(words: str) -> tuple[int, str]:
    seq, _, kept = words.partition(":")
    if not re.fullmatch("[0-9a-f]{64}", kept):
        raise argparse.ArgumentTypeError("write the number of the line, a colon and its hash of 64 characters")
    return int(seq), kept


def _url(options: argparse.Namespace) -> str:
    return str(options.url or options.own_url).rstrip("/")


def _verify_audit(database: Database, options: argparse.Namespace) -> Iterator[str]:
    """Ends with 1 if a chain is broken, or the line that was kept could not be compared."""
    if options.seen and not options.team:
        sys.exit("ringside: --seen is a line of one team: name it with --team.")
    named = select(teams.c.key, teams.c.id, teams.c.name).order_by(teams.c.key)
    with database.read() as connection:
        found = connection.execute(named.where(teams.c.id == options.team) if options.team else named).all()
    if not found:
        sys.exit(f"ringside: there is no team {options.team}.")
    broken = False
    for key, team_id, name in found:
        check = AuditVerification(database).check(key, options.seen)
        broken = broken or check.fault is not None or not check.compared
        yield f"{name} ({team_id}): {check.fault or f'whole, {check.lines} lines.'}"
        if check.fault is None and check.head.seq:
            yield f"  {check.head.seq}:{check.head.hash}"
        if check.head.cut_seq:
            yield f"  Removed because of their age: the lines up to {check.head.cut_seq}, {check.head.cut_at:%Y-%m-%d}."
        if check.remark:
            yield f"  {check.remark}"
    if broken:
        sys.exit(1)


def _limit(words: str) -> int | None:
    if words != "default" and not words.isdecimal():
        raise argparse.ArgumentTypeError("must be a number, or the word default")
    return None if words == "default" else int(words)


def _quota(database: Database, options: argparse.Namespace) -> Iterator[str]:
    team = _team(database, options.team)
    quotas, limit = Quotas.of(database, get_settings()), options.limit
    unit = 1024 * 1024 if options.quota == "storage" else 1
    quotas.set(team.key, options.quota, limit and limit * unit)
    told = {None: "as the settings say", 0: "unlimited"}.get(limit) or _amount(limit or 0, options.quota)
    Audit(database).note(team.key, "quota set", _ACTOR, f"{options.quota}: {told}")
    usage = quotas.one(team.key, options.quota)
    yield f"{team.name}, {options.quota}: {told}. Used by now: {_amount(usage.used / unit, options.quota)}."


def _amount(number: float, quota: str) -> str:
    return f"{number:,.1f}".removesuffix(".0") + (" MiB" if quota == "storage" else "")


def _team(database: Database, named: str) -> TeamRecord:
    """By its id, or by its name where no other team has it."""
    found = Users(database).teams_named(named)
    if len(found) > 1:
        ids = ", ".join(team.id for team in found)
        sys.exit(f"ringside: {len(found)} teams have the name {named}. Give the id of one instead: {ids}.")
    if not found:
        sys.exit(f"ringside: no team has the name or the id {named}. verify-audit lists all teams.")
    return found[0]


def _password_link(database: Database, options: argparse.Namespace) -> Iterator[str]:
    """One link for each team in which the address has an account."""
    for user, team in _known(database, options.email):
        made = PasswordLinks(database).make(team.key, user.id)
        if made is not None:
            Audit(database).note(team.key, "password link made", _ACTOR, user.named)
            yield f"{user.name} of {team.name} can set a new password there, once, within a day:"
            yield f"  {_url(options)}/reset#{made[1]}"


def _reset_factor(database: Database, options: argparse.Namespace) -> Iterator[str]:
    settings = get_settings()
    factors = SecondFactors(database, ServerKey.of(settings))
    for user, team in _known(database, options.email):
        factors.reset(team.key, user.id, settings)
        Audit(database).note(team.key, "second factor reset", _ACTOR, user.named)
        yield f"{user.name} of {team.name} has no second factor any more, and is signed out everywhere."


def _known(database: Database, email: str) -> list[tuple[UserRecord, TeamRecord]]:
    found = Users(database).with_email(email)
    if not found:
        sys.exit(f"ringside: there is no active user with the address {email}.")
    return [(user, team) for user, team, _ in found]


def _new_team(database: Database, options: argparse.Namespace) -> Iterator[str]:
    name = " ".join(options.name.split())
    if not 1 <= len(name) <= 200:
        sys.exit("ringside: a team's name has 1 to 200 characters.")
    team, secret = Invitations(database).add_team(name)
    Audit(database).note(team.key, "team founded", _ACTOR, team.name)
    yield f"{team.name} is made. Its first administrator joins there, once, within a day:"
    yield f"  {_url(options)}/join#{secret}"


if __name__ == "__main__":
    main()
