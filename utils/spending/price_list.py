"""A list of prices as people paste it: CSV with a head, or a JSON list of objects. Amounts are in units. No I/O."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from utils.log.new_usage import MICROS
from utils.spending.price import NewPrice

COLUMNS = ("model", "currency", "input", "cached_input", "output", "reasoning", "valid_from")
MOST_ROWS = 1000
MOST_MICROS = 10**12  # for a million tokens
_MOST_STARS = 3


def read_prices(text: str) -> list[NewPrice]:
    """Raises ValueError, with the number of the row, for what is not understood: nothing of such a list is taken."""
    rows = list(_json(text) if text.lstrip()[:1] in ("[", "{") else _csv(text))
    if not rows:
        raise ValueError("text: has no prices. Its first line names the columns, such as model,currency,input,output")
    if len(rows) > MOST_ROWS:
        raise ValueError(f"text: has more than {MOST_ROWS:,} rows")
    return [_price(number, row) for number, row in enumerate(rows, 1)]


def checked_model(model: str) -> str:
    """Raises ValueError."""
    model = model.strip()
    if not model or len(model) > 200 or not model.isprintable():
        raise ValueError("model: must be a name of at most 200 characters")
    if model.count("*") > _MOST_STARS:
        raise ValueError(f"model: may have {_MOST_STARS} stars at most")
    return model


def _json(text: str) -> Iterable[Mapping[str, Any]]:
    try:
        found = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise ValueError(f"text: begins like JSON and is none: {error}") from error
    rows = found if isinstance(found, list) else [found]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("text: must be a list of objects")
    return rows


def _csv(text: str) -> Iterable[Mapping[str, Any]]:
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator, skipinitialspace=True)
    unknown = {name.strip() for name in reader.fieldnames or ()} - set(COLUMNS)
    if unknown:
        raise ValueError(
            f"text: does not know the column {', '.join(sorted(unknown))}. Columns are {', '.join(COLUMNS)}"
        )
    for row in reader:
        if any(value and value.strip() for value in row.values() if isinstance(value, str)):
            yield {(name or "").strip(): value for name, value in row.items()}


def _price(number: int, row: Mapping[str, Any]) -> NewPrice:
    try:
        return NewPrice(
            checked_model(str(row.get("model") or "")), _currency(row.get("currency")),
            _needed("input", _amount("input", row)), _needed("output", _amount("output", row)),
            _amount("cached_input", row), _amount("reasoning", row), _moment(row.get("valid_from")),
        )  # fmt: skip
    except ValueError as error:
        raise ValueError(f"text: row {number}: {error}") from error


def _currency(value: Any) -> str:
    found = str(value or "").strip().upper()
    if len(found) != 3 or not found.isascii() or not found.isalpha():
        raise ValueError("currency: must be three letters, such as EUR")
    return found


def _amount(name: str, row: Mapping[str, Any]) -> int | None:
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        micros = Decimal(str(value).strip()) * MICROS
        if not 0 <= micros <= MOST_MICROS:
            raise ValueError(f"{name}: must be between 0 and {MOST_MICROS // MICROS:,} for a million tokens")
    except InvalidOperation as error:
        raise ValueError(f"{name}: must be a number, such as 2.50") from error
    return round(micros)


def _needed(name: str, amount: int | None) -> int:
    if amount is None:
        raise ValueError(f"{name}: is missing")
    return amount


def _moment(value: Any) -> datetime | None:
    if value is None or not str(value).strip():
        return None
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise ValueError("valid_from: must be a date, such as 2026-01-31") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
