"""The errors of agents: what every agent imports, also the processes that read documents."""

import json
from pathlib import Path

from tests.support.programs import run_python

LOADED = "import json, sys, agents.errors; print(json.dumps(sorted(sys.modules)))"


def test_they_need_neither_accounts_nor_the_database(tmp_path: Path) -> None:
    loaded = json.loads(run_python(LOADED, tmp_path))
    assert "agents.errors" in loaded
    assert [name for name in loaded if name.startswith(("utils.accounts", "utils.database", "sqlalchemy"))] == []
