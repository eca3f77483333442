"""Tokens for one use."""

from datetime import timedelta

import pytest

from tests.support.account import SECRET_KEY
from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.once_tokens import OnceTokens
from utils.accounts.spent_tokens import SpentTokens
from utils.database.base import Database
from utils.registry.server_key import ServerKey


def tokens(database: Database, purpose: str = "step") -> OnceTokens:
    return OnceTokens(database, ServerKey(SECRET_KEY), purpose, timedelta(minutes=10), timedelta(seconds=30))


def test_a_token_is_used_once_on_whatever_machine(database: Database) -> None:
    sealed = tokens(database).make(user="user-1")
    machines = [tokens(database) for _ in range(6)]
    found = [one.find(sealed) for one in machines]
    assert {token.held["user"] for token in found if token} == {"user-1"}
    used = at_once(*(lambda one=one, token=token: one.use(token) for one, token in zip(machines, found, strict=True)))  # type: ignore[misc]
    assert sorted(map(str, used)) == ["False"] * 5 + ["True"]


def test_a_token_of_another_purpose_or_key_is_none(database: Database) -> None:
    sealed = tokens(database).make()
    assert tokens(database, "other").find(sealed) is None
    assert tokens(database).find("") is None
    assert tokens(database).find(ServerKey("x" * 40).seal("{}")) is None
    assert tokens(database).find(ServerKey(SECRET_KEY).seal("[]")) is None


def test_a_token_expires_and_is_remembered_for_longer(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    own = tokens(database)
    sealed = own.make()
    token = own.find(sealed)
    assert token is not None
    assert own.use(token)
    clock.move(seconds=10 * 60 + 29)
    SpentTokens(database).forget_expired()
    assert own.find(sealed) == token, "the clock of whoever made it may be behind"
    assert not own.use(token)
    clock.move(seconds=60)
    assert own.find(sealed) is None
    SpentTokens(database).forget_expired()
    assert own.use(token), "nobody remembers it"
