"""The addresses at which systems outside call back, and their secrets."""

import pytest

from utils.registry.hook_addresses import HookAddresses
from utils.registry.server_key import ServerKey

FORMER, PRESENT = "f" * 32, "p" * 32


def test_an_address_names_the_run_and_proves_that_it_was_given() -> None:
    key = ServerKey(PRESENT)
    address = HookAddresses("https://ringside.example.org/team", lambda: key).of("run-1", "step")
    assert address is not None
    place, run_id, secret, name = address.rsplit("/", 3)
    assert (place, run_id, name) == ("https://ringside.example.org/team/api/hooks", "run-1", "step")
    assert key.is_hook_secret("run-1", secret)
    assert not key.is_hook_secret("run-2", secret)
    assert not key.is_hook_secret("run-1", secret[:-1])
    assert not key.is_hook_secret("run-1", "ü")
    assert not ServerKey(FORMER).is_hook_secret("run-1", secret)


def test_addresses_given_under_a_former_key_still_work() -> None:
    given = ServerKey(FORMER).hook_secret("run-1")
    assert ServerKey(PRESENT, FORMER).is_hook_secret("run-1", given)


def test_without_a_public_address_there_is_none_and_no_key_is_opened() -> None:
    def fail() -> ServerKey:
        raise AssertionError

    assert HookAddresses(None, fail).of("run-1", "step") is None


@pytest.mark.parametrize("name", ["", "a/b", "ü", "x" * 41, "a b"])
def test_a_name_that_does_not_fit_into_an_address_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a callback"):
        HookAddresses("https://ringside.example.org", lambda: ServerKey(PRESENT)).of("run-1", name)
