"""Known devices: whose cookies they are, and what makes them strangers."""

import json

import pytest

from tests.support.account import HASHED
from tests.support.clock import Clock
from utils.accounts.known_devices import KnownDevices
from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of
from utils.registry.server_key import ServerKey

from .conftest import AddUser

pytestmark = pytest.mark.any_database
KEY = ServerKey("the secret key of this test")


@pytest.fixture
def devices() -> KnownDevices:
    return KnownDevices(KEY)


def test_a_device_is_known_to_the_account_that_signed_in_there_and_to_no_other(
    devices: KnownDevices, ada: UserRecord, add: AddUser
) -> None:
    one, two = devices.remember(ada, HASHED, signed_in=True), devices.remember(ada, HASHED, signed_in=True)
    found = devices.find(one, ada, HASHED)
    assert found is not None
    assert found == devices.find(one, ada, HASHED) != devices.find(two, ada, HASHED)
    assert devices.find(one, add("Max"), HASHED) is None


def test_a_new_password_makes_all_devices_strangers(devices: KnownDevices, ada: UserRecord) -> None:
    assert devices.find(devices.remember(ada, HASHED, signed_in=True), ada, HASHED + "x") is None


def test_a_device_in_which_nobody_has_signed_in_is_told_apart(devices: KnownDevices, ada: UserRecord) -> None:
    here, by_link = (devices.remember(ada, HASHED, signed_in=one) for one in (True, False))
    assert devices.find(by_link, ada, HASHED)
    assert devices.find(by_link, ada, HASHED, signed_in=True) is None
    assert devices.find(here, ada, HASHED, signed_in=True)
    before = {"for": "device", "user": ada.id, "device": "d", "password": hash_of(HASHED), "expires_at": 1 << 45}
    of_before = KEY.seal(json.dumps(before))
    assert devices.find(of_before, ada, HASHED) == "d"
    assert devices.find(of_before, ada, HASHED, signed_in=True) is None, "it cannot be told"


def test_a_device_is_known_for_a_year(devices: KnownDevices, ada: UserRecord, clock: Clock) -> None:
    cookie = devices.remember(ada, HASHED, signed_in=True)
    clock.move(days=364)
    assert devices.find(cookie, ada, HASHED)
    clock.move(days=1.1)
    assert devices.find(cookie, ada, HASHED) is None


def test_nobody_makes_up_a_device(devices: KnownDevices, ada: UserRecord) -> None:
    cookie = devices.remember(ada, HASHED, signed_in=True)
    others = KnownDevices(ServerKey("the secret key of another server")).remember(ada, HASHED, signed_in=True)
    for made_up in ("", "x", "é", cookie[:-4], "x" + cookie, others, KEY.seal(json.dumps({"for": "stream"}))):
        assert devices.find(made_up, ada, HASHED) is None, made_up


def test_a_device_stays_known_when_the_secret_key_is_changed(ada: UserRecord) -> None:
    cookie = KnownDevices(KEY).remember(ada, HASHED, signed_in=True)
    changed = KnownDevices(ServerKey("the new secret key", "the secret key of this test"))
    assert changed.find(cookie, ada, HASHED)


def test_the_cookie_tells_nobody_anything(devices: KnownDevices, ada: UserRecord) -> None:
    cookie = devices.remember(ada, HASHED, signed_in=True)
    assert len(cookie) < 600
    assert ada.id not in cookie
