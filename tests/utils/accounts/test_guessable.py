"""Passwords that are guessed first are refused, and no other."""

import contextlib
import time

import pytest

from utils.accounts.guessable import GuessablePasswordError, refuse_guessable

ABOUT = ("Ada.Byron@lovelace.example", "Ada Byron", "Harbour Master")


@pytest.mark.parametrize(
    "password",
    [
        "password123", "Password2024!", "1234567890", "qwertyuiop", "P@ssw0rd123", "iloveyou12", "aaaaaaaaaaaa",
        "abcdefghij", "basketball", "sunshine2019", "abc123abc123", "0987654321", "1q2w3e4r5t", "liverpool1",
        "Ada.Byron@lovelace.example", "ada.byron@lovelace.example", "Ada  Byron!", "harbourmaster", "Harbour Master",
        "lovelace1815", "a" * 200,
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_in_plain_words(password: str) -> None:
    with pytest.raises(
        GuessablePasswordError, match=r"^The password is .*\. Choose another one: a few words"
    ) as raised:
        refuse_guessable(password, *ABOUT)
    assert raised.value.code == "guessable_password"
    assert password not in str(raised.value)


@pytest.mark.parametrize(
    "password",
    [
        "a password of the tests", "correct horse battery staple", "Segelboot im Regen", "kf83hslq0d", "zqxjkvbpwm",
        "海の見える小さな町", "nautical engine swims", "  é😀 \t\0 with blanks around  ", "x7" * 3 + "kdlwo20f",
        "kkkwq82 Lmzd" * 40, "4@8({[<369!1|70$5+%2",
    ],
)  # fmt: skip
def test_whatever_else_is_taken_without_rules_about_its_characters(password: str) -> None:
    refuse_guessable(password, *ABOUT)


def test_what_is_known_of_one_account_is_forgotten_with_the_next() -> None:
    with pytest.raises(GuessablePasswordError):
        refuse_guessable("Zwrgltkbmn5", "zwrgltkbmn@example.org", "Zwrgltkbmn", "T")
    refuse_guessable("Zwrgltkbmn5", *ABOUT)


@pytest.mark.parametrize(
    "password", ["4@8({[<369!1|70$5+%2" * 40, "aB1" * 300, "password" * 100, "qwerty" * 100, "1" * 1000]
)
def test_no_password_takes_long_to_look_at(password: str) -> None:
    began = time.process_time()
    with contextlib.suppress(GuessablePasswordError):
        refuse_guessable(password, *ABOUT)
    assert time.process_time() - began < 1
