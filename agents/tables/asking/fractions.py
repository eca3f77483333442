"""Shares that a table holds as fractions: 0.125 for 12.5 %."""

from decimal import Decimal, InvalidOperation

from agents.tables.asking.lexicon import keys
from agents.tables.columns import bare
from agents.tables.plan import Column
from agents.text.language import words

_SHARE_WORDS = """
    rate share ratio percentage proportion fraction discount margin attendance probability utilization occupancy yield
    quote anteil rabatt marge auslastung taux part remise"""


def is_fraction(column: Column) -> bool:
    """Whether a column of plain numbers between 0 and 1 is called something that is told in percent."""
    if column.kind != "number" or column.unit or column.whole or column.low is None or column.high is None:
        return False
    named = {key for word in words(bare(column.name)) for key in keys(word)}
    if not named & {key for word in _SHARE_WORDS.split() for key in keys(word)}:
        return False
    try:
        low, high = (Decimal(end.replace(",", ".")) for end in (column.low, column.high))
    except InvalidOperation:
        return False
    return 0 <= low <= high <= 1
