"""What was used over time as CSV, as a session's activities are."""

from collections.abc import Iterator

from api.exports.csv_table import csv_head, csv_line
from utils.log.new_usage import MICROS
from utils.spending.usage_report import Report

_NUMBERS = (
    "calls", "input", "cached", "output", "reasoning", "unpriced", "runs", "failed", "mean_wait_ms", "longest_ms",
)  # fmt: skip
_HEAD = (
    "calls", "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "unpriced_tokens", "runs",
    "failed", "mean_wait_ms", "longest_wait_ms",
)  # fmt: skip


def usage_csv(report: Report) -> Iterator[bytes]:
    currencies = sorted(report.whole.costs)
    yield csv_head(["day", "name", *_HEAD, *(f"cost_{currency}" for currency in currencies)])
    for line in report.lines:
        costs = (line.amounts.costs.get(currency, 0) / MICROS for currency in currencies)
        numbers = (getattr(line.amounts, name) for name in _NUMBERS)
        yield csv_line([line.day.isoformat(), line.name, *numbers, *costs])
