"""``python -m agents.worker`` starts an agent process by hand, also on another machine that shares the database.

agents/processes/keeper.py keeps as many alive as the settings say.
"""

import argparse
import asyncio
import logging
import secrets
import sys

from agents.processes.lifetime import die_with_parent, heed_stops
from agents.sandbox.isolation import protection
from utils.database.base import DatabaseError
from utils.database.opening import prepare
from utils.loading import code_is_loaded
from utils.logs import configure_logs, log_the_uncaught
from utils.settings import SettingsError, get_settings
from utils.tracing import start_tracing


def main() -> None:
    heed_stops()
    parser = argparse.ArgumentParser(description="Run an agent process.")
    parser.add_argument("--parent", type=int, help="End when this process ends.")
    parser.add_argument("--pulse", type=int, help="A descriptor to write to every second, as a sign of life.")
    parser.add_argument("--token", default=secrets.token_hex(4), help="What the keeper knows this process by.")
    options = parser.parse_args()
    if options.parent is not None:
        die_with_parent(options.parent)
    try:
        settings = get_settings()
        configure_logs(settings.log_level, settings.log_format, "agent")
        log_the_uncaught()
        start_tracing()
        prepare(settings)
    except (SettingsError, DatabaseError) as error:
        sys.exit(f"ringside: {error}")

    if options.parent is None:  # else the keeper has said so
        logging.getLogger(__name__).info("Documents are read %s", protection())

    with code_is_loaded():
        from agents.processes.agent_process import AgentProcess  # LangGraph takes 400 ms: stops are heeded meanwhile

    async def serve() -> None:
        await AgentProcess(settings, options.token, options.pulse).serve()
        heed_stops()  # one that comes while the event loop closes would find it half closed

    asyncio.run(serve())


if __name__ == "__main__":
    main()
