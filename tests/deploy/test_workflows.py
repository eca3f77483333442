"""The workflows of GitHub Actions are valid, and call parts of tests/run.sh that exist."""

import re
from typing import Any

import yaml

from tests.support.deploy_tools import run, tool
from utils.settings import PROJECT

FOLDER = PROJECT / ".github" / "workflows"


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text())


def test_they_are_valid() -> None:
    done = run(tool("actionlint"), *FOLDER.glob("*.yml"))
    assert (done.returncode, done.stdout) == (0, "")


def test_all_parts_of_the_tests_run_but_coding_agents_and_none_that_is_not_there() -> None:
    listed = re.search(r'^parts="(.*)"$', (PROJECT / "tests" / "run.sh").read_text(), re.MULTILINE)
    assert listed is not None
    jobs = read("test.yml")["jobs"]
    run_there = {part for parts in jobs["test"]["strategy"]["matrix"]["parts"] for part in parts.split()}
    run_there |= set(jobs["at-night"]["strategy"]["matrix"]["part"])
    assert run_there == set(listed[1].split()) - {"coding"}


def test_a_release_gives_out_what_its_script_makes() -> None:
    script = (PROJECT / "deploy" / "release.sh").read_text()
    steps = "\n".join(step.get("run", "") for step in read("release.yml")["jobs"]["release"]["steps"])
    assert "deploy/release.sh" in steps
    assert "deploy/sbom.sh" in script
    for made in ("ringside-*.tar.gz", "ringside-*.cdx.json"):
        assert made in steps
