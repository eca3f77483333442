"""deploy/azure/main.bicep is well-formed and in step with the product's settings; it was never deployed by a test."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.support.deploy_tools import FOLDER, run, tool
from utils.project import PROJECT
from utils.settings import Settings

FILE = PROJECT / "deploy" / "azure" / "main.bicep"
_READ = (
    "import json, sys, pycep; print(json.dumps(pycep.BicepParser().parse(text=open(sys.argv[1]).read()), default=str))"
)


@pytest.fixture(scope="module")
def read() -> dict[str, Any]:
    """As the parser sees it."""
    tool("hadolint")  # installed with the parser
    done = run(FOLDER / ".venv" / "bin" / "python", "-c", _READ, FILE)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_site_is_what_streams_and_agents_need(read: dict[str, Any]) -> None:
    site = read["resources"]["site"]["config"]["properties"]
    assert site["clientAffinityEnabled"] is False
    assert site["httpsOnly"] is True
    config = site["siteConfig"]
    assert (config["alwaysOn"], config["healthCheckPath"], config["appCommandLine"]) == (
        True,
        "/readyz",
        "./startup.sh",
    )


def test_secrets_are_secure_parameters(read: dict[str, Any]) -> None:
    for name in ("databasePassword", "secretKey", "metricsToken"):
        one = read["parameters"][name]
        assert {"type": "secure"} in one["decorators"]
        assert one["default"] is None


def test_settings_and_topics_are_those_of_the_product() -> None:
    text = FILE.read_text()
    names = set(re.findall(r"^ +([A-Z][A-Z_]{3,}): ", text, re.MULTILINE))
    assert {"SECRET_KEY", "DATABASE_URL", "TRUSTED_PROXIES", "KAFKA_SASL_PASSWORD"} <= names
    assert {name.lower() for name in names} - Settings.model_fields.keys() == {"scm_do_build_during_deployment"}
    topics = re.search(r"^var topics = \[(.*)\]$", text, re.MULTILINE)
    assert topics is not None
    fields = Settings.model_fields
    wanted = {fields[f"kafka_{what}_topic"].default for what in ("requests", "responses", "events", "dead_letters")}
    assert set(re.findall(r"'([^']+)'", topics[1])) == wanted


def test_what_azd_reads_names_what_is_there(read: dict[str, Any]) -> None:
    project = yaml.safe_load((PROJECT / "azure.yaml").read_text())
    assert (PROJECT / project["infra"]["path"] / f"{project['infra']['module']}.bicep") == FILE
    assert list(project["services"]) == ["web"]
    assert read["resources"]["site"]["config"]["tags"] == {"'azd-service-name'": "web"}
    given = json.loads((FILE.parent / "main.parameters.json").read_text())["parameters"]
    assert set(given) <= set(read["parameters"])
    assert {name for name, one in read["parameters"].items() if one.get("default") is None} <= set(given)
