"""``python -m utils.database``: commands for the database that the settings name.

Without a word it brings the schema to this version; ``backup FILE`` copies everything to a file while servers run;
``restore FILE`` puts that back into an empty place.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from utils.database.backup import backup, restore
from utils.database.base import DatabaseError
from utils.database.opening import prepare
from utils.settings import Settings, SettingsError, get_settings


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    work: Callable[[Settings, Path], Iterator[str]] | None = options.work
    try:
        settings = get_settings()
        if work is None:
            prepare(settings)
        else:
            for line in work(settings, options.file.expanduser()):
                print(line)
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m utils.database",
        description="Bring the database that the settings name to this version; or copy it, or put a copy back.",
    )
    parser.set_defaults(work=None)
    commands = parser.add_subparsers()
    for name, work, words in (
        ("backup", backup, "copy everything to a new file, while servers run"),
        ("restore", restore, "put a copy back into an empty place"),
    ):
        one = commands.add_parser(name, help=words, description=words)
        one.add_argument("file", type=Path)
        one.set_defaults(work=work)
    return parser


if __name__ == "__main__":
    main()
