"""The session in the README's pictures: a router, and behind it three unlike systems that answer.

The built-in agents read the sample's documents, a program reports the weather through the package `ringside`, and a
crew of CrewAI plans a crossing. The crew's language model is scripted.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext

from agents.sample import sample_files
from tests.e2e.agents_page import register
from tests.e2e.server import RingsideServer
from tests.model_server import Calls, ModelServer, Text
from tests.peers.crewai.server import TOKEN, crew_server
from tests.support.account import KEY
from tests.support.foreign_program import program
from utils.project import PROJECT

_TITLE = "Solveig, first crossing"
_QUESTIONS = (
    "How many passengers may the Solveig carry in winter?",
    "How is the weather tomorrow at 7:15?",
    "Plan the 7:15 crossing. Ice is reported.",
)
_COUNTED = "71 adults, 12 children and 5 under four; 3 bicycles."
_CHECKED = "She may sail: one place is free. Plate the bow with iron; a second lookout forward."
_PLAN = (
    "**She sails at 7:15.** 83 of 84 places are taken; the 5 children under four are not counted. With ice, iron goes "
    "on the bow and a second lookout forward."
)


def made(server: RingsideServer, context: BrowserContext, folder: Path) -> str:
    """The session, when all of its questions are answered; its id."""
    with _crew(folder) as crew, _weather(server, folder):
        session_id = server.new_session(*sample_files(), title=_TITLE, agent_id=_router(context, crew))
        for question in _QUESTIONS:
            run = server.wait_for_end(server.ask(session_id, question), 120)
            assert run["status"] == "completed", run
    return session_id


def _router(context: BrowserContext, crew: str) -> str:
    """The agent that hands the questions over to the others."""
    documents = context.request.get("/api/agents").json()["agents"][0]["id"]
    weather = register(context, "Weather (Python)", {"kind": "remote"})
    crossing = register(context, "Planners (CrewAI)", {"kind": "crewai", "address": crew}, secrets={"token": TOKEN})
    routes = [{"agent": weather, "words": "weather, wind"}, {"agent": crossing, "words": "plan*"}]
    return register(context, "Front desk", {"kind": "router", "routes": routes, "otherwise": documents})


@contextmanager
def _crew(folder: Path) -> Iterator[str]:
    with ModelServer() as model:
        model.answer("tools", Calls([("bookings", {"crossing": "7:15"})]), Text(_COUNTED, pause=0.03))
        rules = {"adults": 71, "children": 12, "ice": True}
        model.answer("tools", Calls([("check_rules", rules)]), Text(_CHECKED, pause=0.03))
        model.answer("text", Text(_PLAN, pause=0.03))
        with crew_server(folder, "crossing_crew", model.url) as address:
            yield address


@contextmanager
def _weather(server: RingsideServer, folder: Path) -> Iterator[None]:
    package = str(PROJECT / "sdk" / "python" / "src")
    environment = os.environ | {"RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY, "PYTHONPATH": package}
    command = [sys.executable, Path(__file__).with_name("harbour_weather.py")]
    with program(command, folder / "weather.log", cwd=folder, env=environment):
        yield
