"""``python -m utils.accounts``: commands for the operator of the server. Each prints a line or a link.

``password-link EMAIL`` makes a link that sets a new password, for a team whose only administrator has lost theirs;
``reset-second-factor EMAIL`` takes the second factor from them, when they have lost their phone and recovery codes;
``new-team NAME`` makes a team and a link with which its first administrator registers.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing

from utils.accounts.audit import Audit
from utils.accounts.invitations import Invitations
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import TeamRecord, UserRecord
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
            for line in options.command(database, options.argument, url):
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
    return parser


def _password_link(database: Database, email: str, url: str) -> Iterator[str]:
    """One link for each team in which the address has an account."""
    for user, team in _known(database, email):
        made = PasswordLinks(database).make(team.key, user.id)
        if made is not None:
            Audit(database).note(team.key, "password link made", _ACTOR, user.named)
            yield f"{user.name} of {team.name} can set a new password there, once, within a day:"
            yield f"  {url}/reset#{made[1]}"


def _reset_factor(database: Database, email: str, _url: str) -> Iterator[str]:
    factors = SecondFactors(database, ServerKey.of(get_settings()))
    for user, team in _known(database, email):
        factors.reset(team.key, user.id)
        Audit(database).note(team.key, "second factor reset", _ACTOR, user.named)
        yield f"{user.name} of {team.name} has no second factor any more, and is signed out everywhere."


def _known(database: Database, email: str) -> list[tuple[UserRecord, TeamRecord]]:
    found = Users(database).with_email(email)
    if not found:
        sys.exit(f"ringside: there is no active user with the address {email}.")
    return [(user, team) for user, team, _ in found]


def _new_team(database: Database, name: str, url: str) -> Iterator[str]:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 200:
        sys.exit("ringside: a team's name has 1 to 200 characters.")
    team, secret = Invitations(database).add_team(name)
    Audit(database).note(team.key, "team founded", _ACTOR, team.name)
    yield f"{team.name} is made. Its first administrator joins there, once, within a day:"
    yield f"  {url}/join#{secret}"


if __name__ == "__main__":
    main()
