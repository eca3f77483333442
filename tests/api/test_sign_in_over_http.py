"""Signing in at a real server: an office that comes at nine, and a crowd of strangers that keeps it busy."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest

from tests.support.account import EMAIL, PASSWORD
from tests.support.gunicorn import Server, gunicorn
from utils.accounts.passwords import hash_password
from utils.accounts.principal import UserRecord
from utils.accounts.users import Users, add_user
from utils.database.base import Database
from utils.settings import Settings

pytestmark = pytest.mark.any_database


@pytest.fixture
def colleagues(database: Database) -> list[UserRecord]:
    [(ada, _, _)] = Users(database).with_email(EMAIL)
    hashed = hash_password(PASSWORD)  # as long to look at as the product's
    with database.write() as connection:
        return [add_user(connection, ada.team_key, f"c{n}@example.org", f"C{n}", "member", hashed) for n in range(8)]


def sign_in(server: Server, email: str, password: str = PASSWORD, **cookies: str) -> httpx2.Response:
    """As the dashboard does: a server that is busy for a moment is asked again."""
    body = {"email": email, "password": password}
    for _ in range(60):
        url = f"http://127.0.0.1:{server.address[1]}/api/auth/login"
        response = httpx2.post(url, json=body, cookies=cookies, timeout=30)
        if response.status_code != 503:
            break
        assert response.json()["error"]["code"] == "crowded"
        time.sleep(float(response.headers["Retry-After"]) / 2)
    return response


def test_eight_colleagues_behind_one_address_sign_in_at_the_same_moment(
    settings: Settings, colleagues: list[UserRecord]
) -> None:
    with gunicorn(settings.data_path) as server, ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda one: sign_in(server, one.email).status_code, colleagues))
    assert done == [200] * 8


@contextmanager
def flooded(server: Server) -> Iterator[None]:
    """By strangers who try passwords for other addresses as fast as they can."""
    over = threading.Event()

    def flood(number: int) -> None:
        count = 0
        while not over.is_set():
            count += 1
            body = {"email": f"{number}-{count}@example.org", "password": "wrong"}
            httpx2.post(f"http://127.0.0.1:{server.address[1]}/api/auth/login", json=body, timeout=30)

    with ThreadPoolExecutor(6) as pool:
        for number in range(6):
            pool.submit(flood, number)
        try:
            yield
        finally:
            over.set()


def test_a_flood_of_strangers_takes_no_place_of_a_browser_that_is_known(
    settings: Settings, colleagues: list[UserRecord]
) -> None:
    """Nobody is refused for how often strangers try: what is short is the time of the processors."""
    email = colleagues[0].email
    with gunicorn(settings.data_path, sign_in_failures_per_network=10_000) as server:
        known = {name: value for name, value in sign_in(server, email).cookies.items() if name.startswith("device_")}
        with flooded(server):
            url = f"http://127.0.0.1:{server.address[1]}/api/auth/login"
            for _ in range(3):
                body = {"email": email, "password": PASSWORD}
                assert httpx2.post(url, json=body, cookies=known, timeout=30).status_code == 200
