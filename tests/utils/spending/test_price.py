"""Which price counts for a model, and what it comes to: whole millionths, nothing guessed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from utils.spending.counting import Cost, Tokens
from utils.spending.price import Price, price_of

AT = datetime(2026, 3, 14, tzinfo=UTC)


def price(model: str, key: int = 1, **more: Any) -> Price:
    given = {
        "key": key, "id": f"p{key}", "model": model, "currency": "EUR", "input": 2_000_000, "cached_input": None,
        "output": 8_000_000, "reasoning": None, "valid_from": AT, "removed_at": None,
    }  # fmt: skip
    return Price(**given | more)


@pytest.mark.parametrize(
    ("tokens", "more", "micros"),
    [
        (Tokens(1000, 0, 100), {}, 2_800),
        (Tokens(1000, 400, 100), {}, 2_800),  # without a price of their own, cached tokens are input
        (Tokens(1000, 400, 100), {"cached_input": 500_000}, 2_200),
        (Tokens(1000, 0, 100, 60), {"reasoning": 10_000_000}, 2_920),
        (Tokens(1, 0, 0), {"input": 500_000}, 0),  # a half goes to the even side
        (Tokens(3, 0, 0), {"input": 500_000}, 2),
        (Tokens(1, 0, 0), {"input": 500_001}, 1),
        (Tokens(10**12, 0, 10**12), {"input": 10**9, "output": 10**9}, 2 * 10**15),
    ],
)
def test_what_tokens_cost(tokens: Tokens, more: dict[str, Any], micros: int) -> None:
    assert price("m", **more).cost(tokens) == Cost(micros, "EUR", 1)


def test_the_most_exact_name_counts() -> None:
    every = [price("*", 1), price("gpt-*", 2), price("gpt-4o*", 3), price("gpt-4o", 4), price("a.c", 5)]

    def found(model: str) -> int | None:
        one = price_of(model, AT, every)
        return None if one is None else one.key

    assert [found(name) for name in ("gpt-4o", "GPT-4o-mini", "gpt-5", "other", "abc")] == [4, 3, 2, 1, 1]
    assert price_of("abc", AT, every[4:]) is None


def test_a_price_counts_from_its_moment_on_until_it_is_removed() -> None:
    first = price("m", 1, removed_at=AT + timedelta(days=9))
    second = price("m", 2, valid_from=AT + timedelta(days=2))

    def found(days: int) -> Price | None:
        return price_of("m", AT + timedelta(days=days), [second, first])

    assert [found(days) for days in (-1, 0, 1, 2, 10)] == [None, first, first, second, second]
    assert price_of("m", AT + timedelta(days=9), [first]) is None
