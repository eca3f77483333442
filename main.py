"""The development server: ``python main.py``. One process, threads, with the agent processes beside it.

``python main.py --reload`` starts all of them again whenever a Python file changes. Code that cannot be loaded is told
in the terminal, and in every answer, until it is mended.
"""

import argparse
import atexit
import os
import sys
import traceback
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import is_running_from_reloader, run_simple

from agents.processes.lifetime import die_with_parent
from utils.settings import Settings, SettingsError, get_settings
from utils.unknown_settings import unknown_settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_HOST = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the development server.")
    parser.add_argument("--reload", action="store_true", help="Start again when a Python file changes.")
    reload: bool = parser.parse_args().reload
    try:
        settings = get_settings()
    except SettingsError as error:
        sys.exit(f"ringside: {error}")
    for told in unknown_settings():
        print(f"ringside: {told}", file=sys.stderr)
    app = _application(settings) if not reload else _reloaded(settings) if is_running_from_reloader() else _waiting
    run_simple(_HOST, settings.port, app, threaded=True, use_reloader=reload)


def _application(settings: Settings) -> Flask:
    """Loads the code; with a database, and agent processes that end with this one."""
    from agents.processes.keeper import keeper_watch, stop_seconds
    from api.app import create_app
    from utils.accounts.first_visit import open_for_first_visit, set_up_invitation
    from utils.database.base import DatabaseError
    from utils.database.opening import prepare

    try:
        prepare(settings)
        secret = open_for_first_visit(settings)
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")
    app = create_app(settings)
    keeper_watch.start()
    atexit.register(keeper_watch.stop, stop_seconds(settings.graceful_seconds))
    print(f"Ringside (development server) at http://{_HOST}:{settings.port}")
    if secret is not None:
        print(set_up_invitation(f"http://{_HOST}:{settings.port}", secret))
    return app


def _reloaded(settings: Settings) -> "WSGIApplication":
    """The application, or one that says why there is none: a process that ends would not hear of the next change."""
    die_with_parent(os.getppid())
    try:
        return _application(settings)
    except Exception as error:  # of whatever kind somebody has just written
        traceback.print_exc()
        failure, traceback_of_failure = error, error.__traceback__

    def broken(*_: object) -> list[bytes]:
        raise failure.with_traceback(traceback_of_failure)  # as it was: raising adds frames, each with its request

    return broken


def _waiting(*_: object) -> list[bytes]:
    """Werkzeug's outer process only starts the one that serves, again and again."""
    raise NotImplementedError


if __name__ == "__main__":
    main()
