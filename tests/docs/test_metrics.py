"""The documented metrics are those that are exported; the dashboard, the alerts and the runbook use no others."""

import json
import re
import shutil
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import REGISTRY

from tests.docs.markdown import anchors, text_of
from utils.project import PROJECT

_NAME = re.compile(r"\bringside_[a-z_]+")
_PARTS = re.compile(r"_(bucket|count|sum)$")


@pytest.fixture
def exported(app: Flask) -> dict[str, str]:
    """The type of each metric, by the name under which Prometheus knows it."""
    families = [*REGISTRY.collect(), *app.extensions["ringside"].stored_figures.collect()]
    return {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in families
        if family.name.startswith("ringside_")
    }


def test_the_table_has_every_metric_and_no_other(exported: dict[str, str]) -> None:
    described = re.findall(r"^\| `(ringside_\w+)` \| (\w+) \| .+ \|$", text_of("docs/operations.md"), re.MULTILINE)
    assert dict(described) == exported
    assert len(described) == len(exported)


def test_every_metric_has_a_unit_or_counts(exported: dict[str, str]) -> None:
    for name, kind in exported.items():
        assert (kind == "counter") == name.endswith("_total"), name
        assert kind != "histogram" or name.endswith("_seconds"), name


@cache
def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROJECT / "deploy" / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


@cache
def _expressions() -> list[str]:
    panels = json.loads((PROJECT / "deploy" / "grafana-dashboard.json").read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def _used(expressions: list[str], exported: dict[str, str]) -> set[str]:
    used = {name for expression in expressions for name in _NAME.findall(expression)}
    return {name if name in exported else _PARTS.sub("", name) for name in used}


def test_the_alerts_and_the_dashboard_use_metrics_that_there_are(exported: dict[str, str]) -> None:
    alerts = [rule["expr"] for rule in _rules()]
    assert _used(alerts, exported) <= exported.keys()
    assert _used(_expressions(), exported) == exported.keys(), "the dashboard shows all of them"


def test_labels_that_are_asked_for_are_those_of_the_metric() -> None:
    known = {metric: set(collector._labelnames) for metric, collector in _collectors().items()}
    for expression in [*(rule["expr"] for rule in _rules()), *_expressions()]:
        for name, inside in re.findall(r"(ringside_[a-z_]+)\{([^}]*)\}", expression):
            labels = known.get(_PARTS.sub("", name)) or known[name]
            assert set(re.findall(r"(\w+)[=!]~?", inside)) <= labels, expression


def _collectors() -> dict[str, Any]:
    return {name: one for name, one in REGISTRY._names_to_collectors.items() if name.startswith("ringside_")}


def test_an_outage_of_kafka_is_alerted() -> None:
    assert any('ringside_outages_open{part="kafka"}' in rule["expr"] for rule in _rules())


def test_every_alert_leads_to_a_part_of_the_runbook() -> None:
    for rule in _rules():
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert anchor in anchors(page), rule["alert"]


def test_the_runbook_names_metrics_that_there_are(exported: dict[str, str]) -> None:
    assert _used([text_of("docs/runbook.md")], exported) <= exported.keys()


def test_the_runbook_says_of_each_symptom_where_to_look_what_it_means_and_what_to_do() -> None:
    headings = re.findall(r"^## (.+)$", text_of("docs/runbook.md"), re.MULTILINE)
    assert len(headings) == 12
    assert text_of("docs/runbook.md").count("| look at | what it means | what to do |") == 12


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_promtool_accepts_the_alerts() -> None:
    done = subprocess.run(
        ["promtool", "check", "rules", "deploy/alerts.yml"], cwd=PROJECT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_parts_that_may_be_out_of_order_are_all_named() -> None:
    """The values of a label, which no other test looks at."""
    [described] = re.findall(r"`ringside_outages_total` .+ by `part`: (.+) \|", text_of("docs/operations.md"))
    code = "".join(path.read_text() for folder in ("agents", "utils") for path in (PROJECT / folder).rglob("*.py"))
    used = set(re.findall(r'Outage\(_log, .+, "([a-z ]+)"\)', code))
    assert set(re.findall(r"`([a-z ]+)`", described)) == used
