"""The development server: ``python main.py``. One process, threads, with the agent processes beside it."""

import atexit
import sys

from agents.processes.keeper import keeper_watch
from api.app import create_app
from utils.accounts.first_visit import open_for_first_visit, set_up_invitation
from utils.database.base import DatabaseError
from utils.database.opening import prepare
from utils.settings import SettingsError, get_settings


def main() -> None:
    try:
        settings = get_settings()
        prepare(settings)
        secret = open_for_first_visit(settings)
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")
    app = create_app(settings)
    if settings.agent_processes:
        keeper_watch.start()
        atexit.register(keeper_watch.stop)
    print(f"Ringside (development server) at http://127.0.0.1:{settings.port}")
    if secret is not None:
        print(set_up_invitation(f"http://127.0.0.1:{settings.port}", secret))
    app.run(host="127.0.0.1", port=settings.port, threaded=True, use_reloader=False)


if __name__ == "__main__":
    main()
