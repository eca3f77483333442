"""Each rule about who may import whom is broken on purpose, and refused by import-linter with the contract's name."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from utils.project import PROJECT

PACKAGES = ("api", "agents", "utils")
LAYERS = "api stands on agents, agents on utils; nothing points back"
UTILS, AGENTS, API = ("the rooms of utils", "the rooms of agents", "the rooms of api")
CIRCLE = "no circle, neither between rooms nor within one"
EMITS = "only the wrapper emits: agents write records"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the product's packages and of the rules."""
    for package in PACKAGES:
        shutil.copytree(PROJECT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    return tmp_path


def broken(copy: Path) -> set[str]:
    """The names of the contracts that import-linter refuses; empty if none is broken."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=copy, capture_output=True, text=True, timeout=60, check=False
    )
    found = set(re.findall(r"^(.+) BROKEN$", done.stdout, re.MULTILINE))
    assert done.returncode == (1 if found else 0), done.stdout + done.stderr
    return found


def test_the_product_as_it_is_keeps_every_rule(copy: Path) -> None:
    assert broken(copy) == set()


@pytest.mark.parametrize(
    ("modules", "contract"),
    [
        pytest.param({"utils/sessions/new": "import agents.errors"}, LAYERS, id="utils imports agents"),
        pytest.param({"utils/logs": "import api.errors"}, LAYERS, id="utils imports api"),
        pytest.param({"agents/text/new": "import api.services"}, LAYERS, id="agents import api"),
        pytest.param({"utils/streams/new": "import utils.accounts.permits"}, UTILS, id="streams import accounts"),
        pytest.param({"utils/database/new": "import utils.log.events"}, UTILS, id="database imports log"),
        pytest.param(
            {"utils/doorbell/new": "def later():\n    import utils.log.events"}, UTILS, id="in a function, too"
        ),
        pytest.param({"agents/tables/new": "import agents.team.graph"}, AGENTS, id="tables import the team"),
        pytest.param({"agents/team/new": "import agents.processes.keeper"}, AGENTS, id="the team imports processes"),
        pytest.param({"api/bodies/new": "import api.access.identity"}, API, id="bodies import access"),
        pytest.param({"api/exports/new": "import api.services"}, API, id="exports import services"),
        pytest.param({"utils/post/__init__": "", "utils/post/new": ""}, UTILS, id="a room without a place in utils"),
        pytest.param({"agents/post/__init__": ""}, AGENTS, id="a room without a place in agents"),
        pytest.param(
            {"utils/log/one": "import utils.log.two", "utils/log/two": "import utils.log.one"},
            CIRCLE,
            id="a circle within a room",
        ),
        pytest.param(
            {
                "agents/text/one": "import agents.text.two",
                "agents/text/two": "import typing\nif typing.TYPE_CHECKING:\n    import agents.text.one",
            },
            CIRCLE,
            id="a circle that only the type checker walks",
        ),
        pytest.param(
            {"utils/database/new": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import utils.log.events"},
            UTILS,
            id="a way back that only the type checker walks",
        ),
        pytest.param({"agents/team/translator_agent": "import utils.sse_emitter"}, EMITS, id="an agent emits"),
        pytest.param({"agents/tables/new": "import utils.log.activity_log"}, EMITS, id="an agent appends"),
        pytest.param({"agents/models/new": "import utils.log.opening"}, EMITS, id="an agent opens the log"),
    ],
)
def test_a_broken_rule_is_refused_by_its_name(copy: Path, modules: dict[str, str], contract: str) -> None:
    for name, code in modules.items():
        module = copy / f"{name}.py"
        module.parent.mkdir(exist_ok=True)
        with module.open("a") as file:
            file.write(f"\n{code}\n")
    assert contract in broken(copy)


def test_every_room_of_the_api_has_its_place(copy: Path) -> None:
    """What import-linter cannot ask: the modules of views stand beside the rooms, and need no line."""
    contracts = tomllib.loads((copy / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["name"] == API]
    rooms = {found.parent.name for found in (copy / "api").glob("*/__init__.py")}
    assert rooms <= {name for layer in layers for name in layer.split(" | ")}
