"""``python -m api.people``: a person's data, for the operator of the server.

``export EMAIL FILE`` writes it to a ZIP file, however long that takes; ``erase EMAIL`` erases the person.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO

from sqlalchemy import not_, select

from api.services import Services
from utils.accounts.erasure import Actor
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.users import USER_AND_TEAM, AccountError, clean_email, user_and_team
from utils.database.base import DatabaseError
from utils.database.moment import now
from utils.database.opening import prepare
from utils.database.tables import teams, users
from utils.settings import SettingsError, get_settings

_BY = Actor("the command line of the server")


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    try:
        settings = get_settings()
        prepare(settings)
        own = Services.open(settings)
        with closing(own.database):
            user, team = _found(own, options.email, options.team)
            for line in options.command(own, user, team, options):
                print(line)
    except (SettingsError, DatabaseError, AccountError, OSError) as error:
        sys.exit(f"ringside: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m api.people", description="Export or erase a person's data.")
    commands = parser.add_subparsers(required=True)
    export = commands.add_parser("export", help="write a person's data to a ZIP file")
    export.set_defaults(command=_export)
    erase = commands.add_parser(
        "erase", help="erase a person: their private sessions, their name and address, for good"
    )
    erase.set_defaults(command=_erase)
    for one in (export, erase):
        one.add_argument("email")
        one.add_argument("--team", metavar="ID", help="where the address has accounts in several teams")
    export.add_argument("file")
    erase.add_argument("--confirm", metavar="EMAIL", required=True, help="the address once more")
    erase.add_argument("--to", metavar="EMAIL", help="who gets the sessions that the person shared")
    return parser


def _found(own: Services, email: str, team_id: str | None) -> tuple[UserRecord, TeamRecord]:
    """Also somebody who is deactivated."""
    query = select(*USER_AND_TEAM).join_from(users, teams).where(users.c.email == clean_email(email))
    query = query.where(not_(users.c.service))
    with own.database.read() as connection:
        rows = connection.execute(query.where(teams.c.id == team_id) if team_id else query).all()
    found = [user_and_team(row) for row in rows]
    if not found:
        sys.exit(f"ringside: there is no user with the address {email}.")
    if len(found) > 1:
        named = ", ".join(f"{team.name} ({team.id})" for _, team in found)
        sys.exit(f"ringside: {email} has accounts in several teams. Name one with --team: {named}.")
    return found[0]


def _export(own: Services, user: UserRecord, team: TeamRecord, options: argparse.Namespace) -> Iterator[str]:
    def private(path: str, flags: int) -> int:
        return os.open(path, flags, 0o600)

    with open(options.file, "xb", opener=private) as file:
        size = _written(file, own.person_archive.pieces(user, team, now()))
    own.audit.note(team.key, "personal data exported", _BY.named, user.named)
    yield f"The data of {user.named} in {team.name}: {options.file}, {size} bytes."


def _written(file: BinaryIO, pieces: Iterator[bytes]) -> int:
    return sum(file.write(piece) for piece in pieces)


def _erase(own: Services, user: UserRecord, team: TeamRecord, options: argparse.Namespace) -> Iterator[str]:
    to_id = _found(own, options.to, team.id)[0].id if options.to else None
    erased = own.erasure.begin(team.key, user.id, options.confirm, _BY, to_id)
    own.erasure.finish()
    assert erased is not None, "it was just found"
    yield f"Erased. What refers to this person in {team.name} now says: {erased.named}."


if __name__ == "__main__":
    main()
