"""Passwords that are guessed first: common ones, words with a year behind them, patterns of the keyboard, and what is
known of the account (NIST SP 800-63B, 3.1.1.2). No rule says which characters a password has to have.

zxcvbn (Wheeler, USENIX Security 2016) estimates how many guesses somebody needs who tries the likely ones first. It has
30,000 common passwords, and words and names in English.
"""

import re
import string
import threading

from utils.accounts.users import AccountError

_GUESSES = 10**6
_WORD = re.compile(r"[^\W_]+")
_SHORTEST_WORD = 3
# Of a long password the beginning is hard enough to guess. zxcvbn tries what each of these characters may stand for,
# all with all: where there are many kinds of them, 72 characters took 13 seconds.
_STANDING_IN = frozenset("4@8({[<369!1|70$5+%2")
_FEW_KINDS = 8
_LOOKED_AT, _LOOKED_AT_IF_MANY = 32, 16
_ADDED = 3  # marks at the ends that make nothing harder: Password2024!
_turn = threading.Lock()  # it keeps what is known of the account in a variable of its module


class GuessablePasswordError(AccountError):
    """A password that somebody wants to have would be guessed soon."""


def refuse_guessable(password: str, *about: str) -> None:
    """``about``: the name and address of the user, the name of the team. Raises GuessablePasswordError."""
    known = [word for text in about for word in (text, *_WORD.findall(text)) if len(word) >= _SHORTEST_WORD]
    if _without_marks(password) in {_without_marks(word) for word in known}:
        raise GuessablePasswordError(
            "guessable_password",
            "The password is your name, your e-mail address or the name of your team. Choose another one: a few words "
            "are easy to remember.",
        )
    from zxcvbn import zxcvbn  # its lists take 0.1 s and some MB, and most processes never need them

    core = password.strip(string.punctuation)
    looked_at = {password, core} if len(core) >= len(password) - _ADDED else {password}
    with _turn:
        guesses = min(zxcvbn(_beginning(one), user_inputs=known)["guesses"] for one in looked_at)
    if guesses < _GUESSES:
        raise GuessablePasswordError(
            "guessable_password",
            "The password is one of those that are guessed first. Choose another one: a few words are easy to "
            "remember.",
        )


def _beginning(password: str) -> str:
    few = len(_STANDING_IN.intersection(password)) <= _FEW_KINDS
    return password[: _LOOKED_AT if few else _LOOKED_AT_IF_MANY]


def _without_marks(text: str) -> str:
    """Letters and digits alone, small: what is added at the end or between is guessed soon."""
    return "".join(_WORD.findall(text)).lower()
