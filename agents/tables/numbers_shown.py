"""Numbers for reading."""

from decimal import ROUND_HALF_UP, Decimal


def shown(value: Decimal | float, decimals: int | None = None) -> str:
    """'1,240', '38.71', '0.0312'; with ``decimals`` as many as that: '12,400.50'. A whole number has none.

    Without, it is rounded to two decimals, or to three digits that count when it is below one.
    """
    exact = Decimal(str(value))
    if exact == exact.to_integral_value():
        return f"{exact.to_integral_value():,f}"
    places = decimals if decimals is not None else 2 if abs(exact) >= 1 else min(12, 2 - exact.adjusted())
    text = f"{exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"
    return text if decimals is not None or "." not in text else text.rstrip("0").rstrip(".")
