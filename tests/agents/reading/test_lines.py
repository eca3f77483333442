"""Lines of plain text as paragraphs."""

import pytest

from agents.reading.lines import amount_line, paragraph, width_of


def test_wrapped_text_is_joined_and_labels_keep_their_lines() -> None:
    lines = [
        "Siri Vang runs the library of Horten, and it is open on",
        "all days of the week. Books are lent for four",
        "weeks.",
        "Phone: 33 04 11",
        "Street: Elm 4",
        "- no food",
        "- no dogs",
    ]
    assert paragraph(lines, width_of(lines)).split("\n") == [
        "Siri Vang runs the library of Horten, and it is open on all days of the week. Books are lent for four weeks.",
        *lines[3:],
    ]


def test_short_lines_were_not_wrapped() -> None:
    lines = ["Siri Vang", "Elm Street 4", "3187 Horten"]
    assert paragraph(lines, width_of(lines)) == "\n".join(lines)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("TOTAL $86.80", "TOTAL: $86.80"),
        ("Sales tax (8.5%) $6.80", "Sales tax (8.5%): $6.80"),
        ("Summe 1.204,50 €", "Summe: 1.204,50 €"),
        ("Amount due NOK 12,480.00", "Amount due: NOK 12,480.00"),
        ("Change -3.20", "Change: -3.20"),
        ("Returns within 30 days", None),
        ("The fee for the whole of the year is $80.00", None),
        ("Order 66", None),
        ("Opening hours: 9.00", None),
    ],
)
def test_the_lines_of_receipts_are_labels_with_amounts(line: str, told: str | None) -> None:
    assert amount_line(line) == told
