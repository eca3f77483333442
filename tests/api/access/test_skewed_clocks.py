"""Two machines whose clocks differ: whoever has signed in on one is signed in on the other."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests.support.account import EMAIL, HEADERS, PASSWORD
from tests.support.gunicorn import gunicorn
from tests.support.wall_clock import WallClock, needs_compiler
from utils.settings import Settings

pytestmark = [needs_compiler, pytest.mark.any_database]


@pytest.fixture
def machines(settings: Settings, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The addresses of one whose clock is ten seconds ahead, and of one whose clock is ten seconds behind."""
    with ExitStack() as stack:
        addresses = []
        for seconds in (10, -10):
            clock = WallClock(tmp_path, seconds)
            given = {name.lower(): value for name, value in clock.environment.items()}
            server = stack.enter_context(gunicorn(settings.data_path, **given))
            addresses.append(f"http://127.0.0.1:{server.address[1]}")
        yield addresses[0], addresses[1]


def test_who_signs_in_where_the_clock_is_ahead_is_signed_in_where_it_is_behind(machines: tuple[str, str]) -> None:
    for here, there in (machines, machines[::-1]):
        with httpx2.Client(timeout=20) as browser:
            credentials = {"email": EMAIL, "password": PASSWORD}
            browser.post(f"{here}/api/auth/login", json=credentials).raise_for_status()
            for _ in range(3):
                answer = browser.get(f"{there}/api/auth/me")
                assert answer.status_code == 200, answer.text
                proof = {"X-CSRF-TOKEN": str(browser.cookies["csrf_refresh_token"])}
                answer = browser.post(f"{there}/api/auth/refresh", headers=proof)
                assert answer.status_code == 200, answer.text
                here, there = there, here  # noqa: PLW2901


def test_a_stream_ticket_of_one_machine_is_taken_by_the_other(machines: tuple[str, str]) -> None:
    httpx2.post(f"{machines[0]}/api/sessions", json={"id": "s1"}, headers=HEADERS).raise_for_status()
    for here, there in (machines, machines[::-1]):
        ticket = httpx2.post(f"{here}/api/sessions/s1/stream-ticket", headers=HEADERS).json()["ticket"]
        with httpx2.stream("GET", f"{there}/sse/agent-activity/s1", params={"ticket": ticket}, timeout=20) as stream:
            assert stream.status_code == 200


def test_wrong_passwords_on_both_count_together_and_let_nobody_wait_longer(machines: tuple[str, str]) -> None:
    wrong = {"email": "somebody@example.org", "password": "wrong"}
    answers = [httpx2.post(f"{machines[n % 2]}/api/auth/login", json=wrong, timeout=20) for n in range(8)]
    refused = [one for one in answers if one.status_code == 429]
    assert [one.status_code for one in answers[:5]] == [401] * 5
    assert refused, "the machine whose clock is behind knows of the other's failures"
    assert all(1 <= int(one.headers["Retry-After"]) <= 4 for one in refused)
