import pytest

from agents.extraction.values import Kind, spans


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("date", "from 1 March 2025, 2025-01-03", ["1 March 2025", "2025-01-03"]),
        ("date", "am 3. März, le 1er mai 2025", ["3. März", "1er mai 2025"]),
        ("date", "on Monday, on the fourth day", ["Monday", "fourth day"]),
        ("date", "room 204, 1,204 people", []),
        ("time", "at 7:30 a.m., um 19 Uhr, à 14 h 30, at noon", ["7:30 a.m.", "19 Uhr", "14 h 30", "noon"]),
        ("duration", "two to four working days, drei Monate", ["two to four working days", "drei Monate"]),
        ("money", "EUR 1,150 or 2.340,00 Euro", ["EUR 1,150", "2.340,00 Euro"]),
        ("money", "it cost 12.4 million dollars", ["12.4 million dollars"]),
        ("phone", "call 0131 496 0250 about 2025", ["0131 496 0250"]),
        ("name", "The Tenant and Greta Holm met Mr. K. L. Abbot", ["Greta Holm", "Mr. K. L. Abbot"]),
        ("place", "lives in Graz since March, in May", ["in Graz"]),
    ],
)  # fmt: skip
def test_things_are_known_by_how_they_are_written(kind: Kind, text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in spans(kind, text)] == found
