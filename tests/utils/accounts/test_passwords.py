"""Passwords: as hard to guess as the product says, and no answer tells by its time whether there is an account."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.support.account import HASHED, PASSWORD, QUICK
from utils.accounts import passwords


class Counting:
    """The quick hasher, counted; it notes how many work at the same time."""

    def __init__(self) -> None:
        self.verified: list[str] = []
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()
        self.meet = threading.Event()

    def hash(self, password: str) -> str:
        return QUICK.hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        with self._lock:
            self.verified.append(hashed)
            self._now += 1
            self.most = max(self.most, self._now)
        self.meet.wait(0.02)
        try:
            return QUICK.verify(hashed, password)
        finally:
            with self._lock:
                self._now -= 1


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Counting:
    hasher = Counting()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    return hasher


def test_a_password_is_kept_as_argon2id_with_64_mib_3_passes_and_4_lanes() -> None:
    hashed = passwords.hash_password(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in hashed
    assert passwords.matches(PASSWORD, hashed)
    assert not passwords.is_outdated(hashed)


@pytest.mark.usefixtures("quick_hashing")
def test_only_the_very_password_matches() -> None:
    hashed = passwords.hash_password("pässword 😀 of some length")
    assert passwords.matches("pässword 😀 of some length", hashed)
    for wrong in ("pässword 😀 of some lengt", "Pässword 😀 of some length", "pässword 😀 of some length ", "", "\0"):
        assert not passwords.matches(wrong, hashed)
    assert passwords.hash_password("the same") != passwords.hash_password("the same")


@pytest.mark.parametrize("hashed", ["", "x", "$argon2id$v=19$m=8,t=1,p=1$broken", "$2b$12$of-another-kind"])
def test_what_is_no_hash_matches_nothing(hashed: str) -> None:
    assert not passwords.matches(PASSWORD, hashed)


def test_with_nobody_to_compare_it_does_the_same_work_and_never_matches(hasher: Counting) -> None:
    assert not passwords.matches("nobody's", None)
    assert not passwords.matches("wrong", HASHED)
    assert len(hasher.verified) == 2


def test_nobodys_hash_costs_what_everybodys_costs() -> None:
    passwords._nobodys.cache_clear()
    assert passwords._nobodys().startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    passwords._nobodys.cache_clear()


def test_no_more_than_two_are_computed_at_the_same_time_and_two_wait(hasher: Counting) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda _: passwords.matches(PASSWORD, HASHED), range(8)))
    assert len(hasher.verified) == 8
    assert hasher.most <= 2


def test_whoever_comes_when_four_are_there_is_sent_away_at_once() -> None:
    for known in (False, True):
        with ExitStack() as taken:
            for _ in range(4):
                taken.enter_context(passwords.place_to_hash(known=known))
            with pytest.raises(passwords.PasswordsBusyError), passwords.place_to_hash(known=known):
                pass
            with passwords.place_to_hash(known=not known):
                pass  # strangers take no place of who is known
        with passwords.place_to_hash(known=known):
            pass


@pytest.mark.usefixtures("quick_hashing")
def test_a_new_password_takes_a_place_of_those_who_are_known() -> None:
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(passwords.place_to_hash(known=False))
        passwords.hash_password(PASSWORD)
        for _ in range(4):
            taken.enter_context(passwords.place_to_hash(known=True))
        with pytest.raises(passwords.PasswordsBusyError):
            passwords.hash_password(PASSWORD)


def test_a_hash_with_weaker_parameters_is_outdated() -> None:
    assert passwords.is_outdated(HASHED)
