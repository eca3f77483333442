"""The Helm chart as helm renders it: whole and valid for Kubernetes, KEDA and the Prometheus operator, and in step with
the product's settings, addresses and metrics."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.deploy_tools import FOLDER, run, tool
from utils.project import PROJECT, VERSION
from utils.settings import Settings

CHART = PROJECT / "deploy" / "helm" / "ringside"
SECRETS = {"SECRET_KEY": "k" * 48, "DATABASE_URL": "postgresql://ringside:s3cret@db:5432/ringside"}
TOKEN = {"METRICS_TOKEN": "m" * 48}
EVERYTHING: dict[str, Any] = {
    "settings": {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"},
    "secret": {"values": SECRETS | TOKEN},
    "web": {"autoscaling": {"enabled": True}, "tolerations": [{"key": "web", "operator": "Exists"}]},
    "agents": {"autoscaling": {"enabled": True}, "processes": 3, "nodeSelector": {"pool": "agents"}},
    "ingress": {"enabled": True, "tlsSecret": "certificate"},
    "networkPolicy": {"enabled": True, "monitorFrom": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]},
    "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "imagePullSecrets": [{"name": "registry"}],
}
VALUES: dict[str, dict[str, Any]] = {
    "as it is": {"secret": {"values": SECRETS}},
    "everything": EVERYTHING,
    "external metrics": EVERYTHING | {"agents": {"autoscaling": {"enabled": True, "via": "external-metrics"}}},
    "a secret of one's own": {"secret": {"existing": "mine"}, "podMonitor": {"enabled": True}},
}


def template(folder: Path, values: dict[str, Any]) -> Any:
    file = folder / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    return run(tool("helm"), "template", "seats", CHART, "--namespace", "seats", "--values", file)


def rendered(folder: Path, values: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """What Kubernetes is given, by kind and name."""
    done = template(folder, values)
    assert done.returncode == 0, done.stderr
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(done.stdout) if one}


@pytest.mark.parametrize("name", VALUES)
def test_what_is_rendered_is_valid(name: str, tmp_path: Path) -> None:
    done = template(tmp_path, VALUES[name])
    assert done.returncode == 0, done.stderr
    (tmp_path / "rendered.yaml").write_text(done.stdout)
    schemas = FOLDER / "schemas" / "{{.ResourceKind}}{{.KindSuffix}}.json"
    checked = run(tool("kubeconform"), "-strict", "-schema-location", schemas, tmp_path / "rendered.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    linted = run(tool("helm"), "lint", "--strict", CHART, "--values", tmp_path / "values.yaml")
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "secret.values.SECRET_KEY is missing"),
        ({"secret": {"values": {"SECRET_KEY": "k" * 48}}}, "secret.values.DATABASE_URL is missing"),
        ({"secret": {"values": SECRETS | {"SECRET_KEY": "short"}}}, "minLength"),
        ({"secret": {"values": SECRETS}, "replicas": 3}, "replicas"),
        ({"secret": {"values": SECRETS}, "podMonitor": {"enabled": True}}, "METRICS_TOKEN"),
        ({"secret": {"values": SECRETS}, "agents": {"autoscaling": {"via": "magic"}}}, "via"),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, Any], word: str, tmp_path: Path) -> None:
    done = template(tmp_path, values)
    assert done.returncode != 0
    assert word in done.stderr


def container(deployment: Any) -> Any:
    return deployment["spec"]["template"]["spec"]["containers"][0]


def settings_of(made: dict[tuple[str, str], Any], node: str) -> Settings:
    one = container(made["Deployment", f"seats-{node}"])
    from_maps = {source["configMapRef"]["name"] for source in one["envFrom"] if "configMapRef" in source}
    given = {name: value for map_ in from_maps for name, value in made["ConfigMap", map_]["data"].items()}
    given |= made["Secret", "seats"]["stringData"] | {entry["name"]: entry["value"] for entry in one["env"]}
    assert {name.lower() for name in given} <= Settings.model_fields.keys()
    return Settings(_env_file=None, **{name.lower(): value for name, value in given.items()})


def test_the_nodes_are_told_what_they_are(tmp_path: Path) -> None:
    made = rendered(tmp_path, EVERYTHING)
    web, agents = settings_of(made, "web"), settings_of(made, "agents")
    assert (web.agent_processes, agents.agent_processes) == (0, 3)
    assert web.secret_key == agents.secret_key
    assert web.kafka_bootstrap_servers == "kafka:9092"
    assert web.trusted_proxies == 1
    assert web.allowed_hosts == "ringside.example.org"
    for node in ("web", "agents"):
        pod = made["Deployment", f"seats-{node}"]["spec"]["template"]["spec"]
        assert pod["terminationGracePeriodSeconds"] > web.graceful_seconds + 5
        assert pod["securityContext"]["runAsNonRoot"]
        security = container(made["Deployment", f"seats-{node}"])["securityContext"]
        assert security["readOnlyRootFilesystem"]
        assert not security["allowPrivilegeEscalation"]
        assert "replicas" not in made["Deployment", f"seats-{node}"]["spec"], "it would undo what the scaler did"


def test_other_settings_start_other_pods(tmp_path: Path) -> None:
    def annotations(values: dict[str, Any]) -> Any:
        made = rendered(tmp_path, values)
        return made["Deployment", "seats-web"]["spec"]["template"]["metadata"]["annotations"]

    before = VALUES["as it is"]
    assert annotations(before) != annotations(before | {"settings": {"LOG_LEVEL": "debug"}})
    assert annotations(before) != annotations({"secret": {"values": SECRETS | {"OPENAI_API_KEY": "k"}}})
    exposed = before | {"ingress": {"enabled": True, "host": "ringside.example.org"}}
    assert annotations(before) != annotations(exposed), "its hosts and proxies are settings, too"


def test_large_numbers_are_whole_numbers(tmp_path: Path) -> None:
    numbers = {"MAX_SESSION_EVENTS": 1_000_000, "LEASE_SECONDS": 2.5, "WEB_THREADS": 24, "SECURE_COOKIES": True}
    made = rendered(
        tmp_path, VALUES["as it is"] | {"settings": numbers, "web": {"settings": {"MAX_DOCUMENT_MB": 2_000_000}}}
    )
    settings = made["ConfigMap", "seats"]["data"]
    assert {name: settings[name] for name in numbers} == {
        "MAX_SESSION_EVENTS": "1000000", "LEASE_SECONDS": "2.5", "WEB_THREADS": "24", "SECURE_COOKIES": "true"
    }  # fmt: skip
    [container] = made["Deployment", "seats-web"]["spec"]["template"]["spec"]["containers"]
    assert {"name": "MAX_DOCUMENT_MB", "value": "2000000"} in container["env"]


def test_selectors_find_the_nodes_that_are_meant(tmp_path: Path) -> None:
    made = rendered(tmp_path, EVERYTHING)
    labels = {
        node: made["Deployment", f"seats-{node}"]["spec"]["template"]["metadata"]["labels"]
        for node in ("web", "agents")
    }

    def found(selector: dict[str, str]) -> set[str]:
        return {node for node, of_node in labels.items() if selector.items() <= of_node.items()}

    assert found(made["Service", "seats"]["spec"]["selector"]) == {"web"}
    for node in labels:
        assert found(made["Deployment", f"seats-{node}"]["spec"]["selector"]["matchLabels"]) == {node}
        assert found(made["PodDisruptionBudget", f"seats-{node}"]["spec"]["selector"]["matchLabels"]) == {node}
        assert found(made["NetworkPolicy", f"seats-{node}"]["spec"]["podSelector"]["matchLabels"]) == {node}
    assert found(made["PodMonitor", "seats"]["spec"]["selector"]["matchLabels"]) == {"web", "agents"}
    assert made["HorizontalPodAutoscaler", "seats-web"]["spec"]["scaleTargetRef"]["name"] == "seats-web"
    assert made["ScaledObject", "seats-agents"]["spec"]["scaleTargetRef"]["name"] == "seats-agents"


def test_streams_are_not_held_back_and_uploads_get_through(tmp_path: Path) -> None:
    made = rendered(tmp_path, EVERYTHING)
    settings = Settings(_env_file=None)
    prefix = "nginx.ingress.kubernetes.io/"
    streams, everything = (made["Ingress", f"seats-{name}"]["metadata"]["annotations"] for name in ("streams", "all"))
    assert streams[f"{prefix}proxy-buffering"] == "off"
    assert int(streams[f"{prefix}proxy-read-timeout"]) >= 3 * settings.heartbeat_seconds
    assert int(everything[f"{prefix}proxy-body-size"].removesuffix("m")) > settings.max_document_mb
    paths = {
        name: made["Ingress", f"seats-{name}"]["spec"]["rules"][0]["http"]["paths"][0]["path"]
        for name in ("streams", "all")
    }
    assert paths == {"streams": "/sse/", "all": "/"}


def test_probes_and_metrics_are_those_of_the_product(tmp_path: Path) -> None:
    made = rendered(tmp_path, EVERYTHING)
    documented = (PROJECT / "docs" / "operations.md").read_text()
    for node in ("web", "agents"):
        one = container(made["Deployment", f"seats-{node}"])
        asked = {probe: one[probe]["httpGet"]["path"] for probe in one if probe.endswith("Probe")}
        assert asked == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    queries = [one["metadata"]["query"] for one in made["ScaledObject", "seats-agents"]["spec"]["triggers"]]
    names = {name for query in queries for name in re.findall(r"ringside_\w+", query)}
    made = rendered(tmp_path, VALUES["external metrics"])
    metric = made["HorizontalPodAutoscaler", "seats-agents"]["spec"]["metrics"][0]["external"]["metric"]["name"]
    assert metric in names
    for name in names:
        assert f"| `{name}` |" in documented


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == chart["version"] == VERSION
