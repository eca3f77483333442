"""Lines of plain text as paragraphs."""

import pytest

from agents.reading.lines import aligned, amount_line, paragraph, width_of


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
        ("deficit of €8,200", None),
        ("Ausgaben €8.200.", None),
        ("costs of €8,200,", None),
        ("Opening hours: 9.00", None),
    ],
)
def test_the_lines_of_receipts_are_labels_with_amounts(line: str, told: str | None) -> None:
    assert amount_line(line) == told


def test_cells_stand_below_each_other() -> None:
    assert aligned(["Fern (large)    40  3", "Moss\t\t12  8"]) == [["Fern (large)", "40", "3"], ["Moss", "12", "8"]]
    assert aligned(["Fern  40", "a word across"]) is None
    assert aligned(["Fern  40", "Moss"]) is None


def test_a_log_with_one_long_line_is_no_table() -> None:
    log = [f"2026-03-04 05:06:{n % 60:02}  ferry {n} left" for n in range(20_000)]
    assert aligned([*log, "x" * 200_000]) is None
    assert aligned([*log, "2026-03-04 05:06:07  " + "x  " * 60_000]) is None


def test_a_long_wrapped_paragraph_is_one_line() -> None:
    lines = ["the ferry goes to the islands and comes back in the evening"] * 50_000
    assert paragraph(lines, 60) == " ".join(lines)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (
            ["The surveyor found water below the water-", "line of the boat."],
            "The surveyor found water below the waterline of the boat.",
        ),
        (
            ["The doors are on the left- and the right-", "and the rear side."],
            "The doors are on the left- and the right- and the rear side.",
        ),
        (["The lease begins in June and ends on", "31 May 2029."], "The lease begins in June and ends on 31 May 2029."),
        (["Zwischen dem Haupt- und dem Neben-", "eingang."], "Zwischen dem Haupt- und dem Nebeneingang."),
    ],
)
def test_words_that_were_parted_are_whole(lines: list[str], text: str) -> None:
    assert paragraph(lines, width_of(lines)) == text


def test_dots_between_a_label_and_its_value_are_a_colon() -> None:
    lines = [
        "Vessel ......... Curlew", "Built........... 1962", "Berth ... 1204", "Price ... 12.50 EUR",
        "Owner ... Ada Lund", "Condition ..... as new",
    ]  # fmt: skip
    assert paragraph(lines, 80).split("\n") == [
        "Vessel: Curlew", "Built: 1962", "Berth: 1204", "Price: 12.50 EUR", "Owner: Ada Lund", "Condition: as new",
    ]  # fmt: skip


def test_dots_before_the_number_of_a_page_or_within_a_sentence_are_none() -> None:
    lines = [
        "Contents ....... 12", "Wait ... then go on", "He waited... nothing came of it", "He waited... Nothing came",
        "She said ... 1962 was a good year", "And then... 12",
    ]  # fmt: skip
    assert paragraph(lines, 80).split("\n") == lines
