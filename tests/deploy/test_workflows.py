"""The workflows of GitHub Actions are valid, and call parts of tests/run.sh that exist."""

import re
from typing import Any

import yaml

from tests.support.deploy_tools import run, tool
from utils.project import PROJECT

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
    jobs = read("release.yml")["jobs"]
    assert "deploy/release.sh" in commands(jobs["make"])
    assert "deploy/sbom.sh" in script
    [kept] = [step["with"]["path"] for step in jobs["make"]["steps"] if "upload-artifact" in step.get("uses", "")]
    for made in ("ringside-*.tar.gz", "ringside-*.cdx.json"):
        assert made in kept.split()
        assert made in commands(jobs["give-out"])
    for made in ("image.tar", "notes.md"):
        assert made in commands(jobs["make"])
        assert made in kept.split()
        assert made in commands(jobs["give-out"])


def test_what_others_have_written_runs_without_a_token_that_may_write() -> None:
    release = read("release.yml")
    assert release["permissions"] == {"contents": "read"}
    for name, job in release["jobs"].items():
        may_write = "write" in job.get("permissions", {}).values()
        assert may_write == (name == "give-out"), name
        if may_write:
            assert {step["uses"] for step in job["steps"] if "uses" in step} == {"actions/download-artifact@v4"}
            assert not re.search(r"\b(pip|npm|npx|python3?|bash|docker (build|run))\b|\.sh\b", commands(job))
        else:
            assert "github.token" not in str(job) + str(release.get("env"))
            assert "secrets." not in str(job)
            for step in job["steps"]:
                if "checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False


def commands(job: Any) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])
