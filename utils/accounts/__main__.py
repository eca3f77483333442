"""``python -m utils.accounts``: commands for the operator of the server. Each prints a line or a link.

``password-link EMAIL`` makes a link that sets a new password, for a team whose only administrator has lost theirs;
``reset-second-factor EMAIL`` takes the second factor from them, when they have lost their phone and recovery codes;
``new-team NAME`` makes a team and a link with which its first administrator registers;
``quota TEAM QUOTA LIMIT`` sets how much a team may store or do.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing

from utils.accounts.audit import Audit
from utils.accounts.invitations import Invitations
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.quotas import QUOTAS, Quotas
from utils.accounts.second_factors import SecondFactors
from utils.accounts.users import Users
from utils.database.base import Database, DatabaseError
from utils.database.opening import open_database, prepare
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
            url = (options.url or f"http://localhost:{settings.port}").rstrip("/")
            for line in options.command(database, options, url):
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
    ):
        one = commands.add_parser(name, help=words, description=words)
        one.add_argument("argument", metavar=argument)
        one.add_argument("--url", help="the server's address, as browsers know it")
        one.set_defaults(command=command)
    words = "set how much a team may store or do"
    one = commands.add_parser("quota", help=words, description=words)
    one.add_argument("argument", metavar="team", help="the team's name")
    one.add_argument("quota", choices=QUOTAS)
    one.add_argument("limit", type=_limit, help="storage in MiB; 0: unlimited; default: what the settings say")
    one.set_defaults(command=_quota, url=None)
    return parser


def _limit(words: str) -> int | None:
    if words != "default" and not words.isdecimal():
        raise argparse.ArgumentTypeError("must be a number, or the word default")
    return None if words == "default" else int(words)


def _quota(database: Database, options: argparse.Namespace, _url: str) -> Iterator[str]:
    found = Users(database).teams_named(options.argument)
    if len(found) != 1:
        sys.exit(f"ringside: {len(found) or 'no'} teams have the name {options.argument}.")
    [team] = found
    quotas, limit = Quotas.of(database, get_settings()), options.limit
    quotas.set(team.key, options.quota, limit * 1024 * 1024 if limit and options.quota == "storage" else limit)
    told = {None: "as the settings say", 0: "unlimited"}.get(limit, f"{limit:,}" if limit else "")
    Audit(database).note(team.key, "quota set", _ACTOR, f"{options.quota}: {told}")
    usage = quotas.one(team.key, options.quota)
    yield f"{team.name}, {options.quota}: {told}. Used by now: {usage.used:,}."


def _password_link(database: Database, options: argparse.Namespace, url: str) -> Iterator[str]:
    """One link for each team in which the address has an account."""
    for user, team in _known(database, options.argument):
        made = PasswordLinks(database).make(team.key, user.id)
        if made is not None:
            Audit(database).note(team.key, "password link made", _ACTOR, user.named)
            yield f"{user.name} of {team.name} can set a new password there, once, within a day:"
            yield f"  {url}/reset#{made[1]}"


def _reset_factor(database: Database, options: argparse.Namespace, _url: str) -> Iterator[str]:
    factors = SecondFactors(database, ServerKey.of(get_settings()))
    for user, team in _known(database, options.argument):
        factors.reset(team.key, user.id)
        Audit(database).note(team.key, "second factor reset", _ACTOR, user.named)
        yield f"{user.name} of {team.name} has no second factor any more, and is signed out everywhere."


def _known(database: Database, email: str) -> list[tuple[UserRecord, TeamRecord]]:
    found = Users(database).with_email(email)
    if not found:
        sys.exit(f"ringside: there is no active user with the address {email}.")
    return [(user, team) for user, team, _ in found]


def _new_team(database: Database, options: argparse.Namespace, url: str) -> Iterator[str]:
    name = " ".join(options.argument.split())
    if not 1 <= len(name) <= 200:
        sys.exit("ringside: a team's name has 1 to 200 characters.")
    team, secret = Invitations(database).add_team(name)
    Audit(database).note(team.key, "team founded", _ACTOR, team.name)
    yield f"{team.name} is made. Its first administrator joins there, once, within a day:"
    yield f"  {url}/join#{secret}"


if __name__ == "__main__":
    main()
