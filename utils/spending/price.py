"""A price of a model, and which one counts for a name. No I/O."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from utils.spending.counting import Cost, Tokens

PER = 1_000_000  # tokens that a price is for


@dataclass(frozen=True, slots=True)
class NewPrice:
    """``model`` is a name, in which * stands for anything. Amounts are millionths of the currency for a million tokens.

    Without an amount of their own, cached tokens cost as other input, and those of reasoning as other output.
    """

    model: str
    currency: str
    input: int
    output: int
    cached_input: int | None = None
    reasoning: int | None = None
    valid_from: datetime | None = None  # none: from now on


@dataclass(frozen=True, slots=True)
class Price:
    key: int
    id: str
    model: str
    currency: str
    input: int
    cached_input: int | None
    output: int
    reasoning: int | None
    valid_from: datetime
    removed_at: datetime | None

    def cost(self, tokens: Tokens) -> Cost:
        """Rounded to a whole millionth, half to even."""
        cached = self.input if self.cached_input is None else self.cached_input
        thought = self.output if self.reasoning is None else self.reasoning
        amount = (
            (tokens.input - tokens.cached) * self.input
            + tokens.cached * cached
            + (tokens.output - tokens.reasoning) * self.output
            + tokens.reasoning * thought
        )
        whole, rest = divmod(amount, PER)
        more = rest * 2 > PER or (rest * 2 == PER and whole % 2 == 1)
        return Cost(whole + more, self.currency, self.key)

    def fits(self, model: str) -> bool:
        return _pattern(self.model).fullmatch(model) is not None


def price_of(model: str, at: datetime, prices: Sequence[Price]) -> Price | None:
    """The price of the most exact name that fits, as it was at that moment: of two such names, the longer one.

    Names are compared in small letters. A removed price counts for what was before its removal.
    """
    found = [
        one
        for one in prices
        if one.valid_from <= at and (one.removed_at is None or at < one.removed_at) and one.fits(model)
    ]
    return max(found, key=_exactness, default=None)


def _exactness(price: Price) -> tuple[bool, int, datetime, int]:
    return "*" not in price.model, len(price.model.replace("*", "")), price.valid_from, price.key


@lru_cache(maxsize=1000)
def _pattern(model: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", model)), re.IGNORECASE | re.DOTALL)
