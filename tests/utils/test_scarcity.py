"""What runs out (files, room on the disk) stops nobody who does not need it, and is there again when it is back."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.support.account import HEADERS, prepare_data
from tests.support.gunicorn import gunicorn, request
from tests.support.processes import descendants
from tests.support.waiting import wait_until

EMIT = """
from utils.log.errors import NotStoredError
from utils.sse_emitter import sse_emitter
try:
    print(sse_emitter.emit_error("s1", "c", "x" * 60_000))
except NotStoredError as error:
    print(error.code)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", folder], check=False).returncode == 0
    if not mounted:
        pytest.fail("a small file system cannot be mounted here: run the tests as root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def _emit(data_dir: Path) -> str:
    environment = os.environ | {"DATA_DIR": str(data_dir)}
    return subprocess.run(
        [sys.executable, "-c", EMIT], env=environment, capture_output=True, text=True, check=True, timeout=30
    ).stdout.strip()


def test_a_full_disk_refuses_events_and_ends_nothing(small_disk: Path, tmp_path: Path) -> None:
    data = prepare_data(small_disk / "data")
    with gunicorn(data, heartbeat_seconds=0.5) as server:
        assert _emit(data) == "1"
        workers = descendants(server.pid)
        with server.watch("s1") as reader:
            reader.until_cursor(1)
            ballast = small_disk / "ballast"
            with pytest.raises(OSError, match="No space"):
                ballast.write_bytes(bytes(8 * 1024 * 1024))
            acknowledged = [seq for seq in (_emit(data) for _ in range(3)) if seq.isdigit()]
            assert len(acknowledged) < 3
            for _ in range(20):
                assert httpx2.get(f"http://127.0.0.1:{server.address[1]}/healthz").status_code == 200
            refused = httpx2.post(
                f"http://127.0.0.1:{server.address[1]}/api/sessions", json={"title": "x" * 200}, headers=HEADERS
            )
            assert refused.status_code in (201, 503)
            heartbeats = len(reader.of_type("heartbeat"))
            reader.until(lambda r: len(r.of_type("heartbeat")) >= heartbeats + 2)
            assert descendants(server.pid) == workers
            ballast.unlink()
            last = int(_emit(data))
            assert last == len(acknowledged) + 2
            reader.until_cursor(last)
            assert reader.seqs == list(range(1, last + 1))


def test_when_files_run_out_streams_go_on_and_new_clients_wait(tmp_path: Path) -> None:
    data = prepare_data(tmp_path / "data")
    with gunicorn(data, heartbeat_seconds=0.5) as server, ExitStack() as stack:
        address = f"http://127.0.0.1:{server.address[1]}"
        created = httpx2.post(f"{address}/api/sessions", json={"id": "s1"}, headers=HEADERS)
        assert created.status_code == 201
        reader = stack.enter_context(server.watch("s1"))
        reader.until(lambda r: r.of_type("heartbeat"))
        worker = max(descendants(server.pid))
        used = len(list(Path(f"/proc/{worker}/fd").iterdir()))
        subprocess.run(["prlimit", "--pid", str(worker), f"--nofile={used + 20}"], check=True)
        clients = [stack.enter_context(socket.create_connection(server.address)) for _ in range(60)]
        for client in clients:
            client.send(request("/healthz")[:10])
        wait_until(lambda: "Too many open files" in server.log.read_text(), 10, "the limit")
        heartbeats = len(reader.of_type("heartbeat"))
        reader.until(lambda r: len(r.of_type("heartbeat")) >= heartbeats + 2)
        assert max(descendants(server.pid)) == worker
        for client in clients:
            client.close()
        wait_until(server.answers, 20, "an answer when files are free again")
