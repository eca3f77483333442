"""What agent processes and their supervisor count is in the metrics of the server that they belong to."""

import os
import signal
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.support.account import KEY, prepare_data
from tests.support.processes import command_of, descendants, environment, server
from tests.support.waiting import wait_until


def figures(address: str) -> dict[tuple[str, ...], float]:
    told = httpx2.get(f"{address}/metrics", timeout=10).raise_for_status().text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
    }


def test_the_figures_of_agent_processes_are_told_and_go_when_they_are_killed(tmp_path: Path) -> None:
    prepare_data(tmp_path / "data")
    env = environment(tmp_path / "data", web_concurrency=2, agent_processes=1, agent_concurrency=3, graceful_seconds=3)
    with server(env, tmp_path / "server.log") as (master, address):
        wait_until(lambda: figures(address).get(("ringside_agent_slots",)) == 3, 30, "an agent process")
        with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"}) as client:
            client.post("/api/sessions", json={"id": "s1"}).raise_for_status()
            client.post("/api/sessions/s1/messages", json={"content": "Why?"}).raise_for_status()
        worked = ("ringside_backend_seconds_count", "completed", "documents")
        wait_until(lambda: figures(address).get(worked) == 1, 30, "a run that was worked on")
        found = figures(address)
        assert found["ringside_run_first_event_seconds_count", "documents"] == 1
        assert found["ringside_runs_ended_total", "completed"] == 1
        assert found["ringside_agent_slots_used",] == 0
        roles = {name[2] for name in found if name[0] == "ringside_process_resident_memory_bytes"}
        assert {"agent", "supervisor"} <= roles

        [agent] = [pid for pid in descendants(master.pid) if "agents.worker" in command_of(pid)]
        os.kill(agent, signal.SIGKILL)
        pids = {str(agent)}
        wait_until(lambda: not any(pids & set(name) for name in figures(address)), 10, "its gauges to go")
        wait_until(lambda: figures(address)["ringside_agent_slots",] == 3, 20, "another agent process, and one alone")
        assert figures(address)[worked] == 1, "what was counted stays"
