"""PDF files as people read them: columns, tables, forms, turned pages; and what of them nobody can read."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.constants import AnnotationFlag
from pypdf.generic import RectangleObject
from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from tests.support.readers import Told, told

LEFT = "The library of Horten was built by the mason Aas in 1911 and has been open on all days of the week since then."
RIGHT = "Its head is Siri Vang who came from Moss in 2014 and has bought more than four thousand books for children."
THIRD = "In winter the reading room is heated with wood from the park which two men of the town cut in October."


def drawn(folder: Path, draw: Callable[[Any], None]) -> Told:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    draw(canvas)
    canvas.save()
    return told(folder, "a.pdf", file.getvalue())


def lines(canvas: Any, x: float, y: float, texts: list[str], pitch: float = 14) -> None:
    for at, text in enumerate(texts):
        canvas.drawString(x, y - at * pitch, text)


def wrapped(text: str, words: int) -> list[str]:
    every = text.split()
    return [" ".join(every[at : at + words]) for at in range(0, len(every), words)]


def rows(canvas: Any, places: list[float], texts: list[list[str]], y: float = 700, pitch: float = 18) -> None:
    for at, row in enumerate(texts):
        for x, text in zip(places, row, strict=True):
            canvas.drawString(x, y - at * pitch, text)


@pytest.mark.parametrize(
    "title", ["", "Short", "A title that stands above both of the columns and is as wide as they are"]
)
@pytest.mark.parametrize("shift", [0, 5], ids=["on lines", "between lines"])
def test_two_columns_are_read_one_after_the_other(tmp_path: Path, title: str, shift: float) -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(60, 780, title)
        lines(canvas, 60, 740, wrapped(LEFT, 6))
        lines(canvas, 320, 740 - shift, wrapped(RIGHT, 6))

    text = " ".join(drawn(tmp_path, draw).text.split())
    assert text == f"{title} {LEFT} {RIGHT}".strip()


def test_columns_of_short_paragraphs(tmp_path: Path) -> None:
    left = [
        "The ferry Curlew was launched on",
        "12 February 1962 at the yard of",
        "Vang.",
        "She was scrapped on 2 May",
        "2002.",
    ]
    right = [
        "The ferry Plover was launched on",
        "4 May 1970 at Horten.",
        "Ola Lie bought her for 900",
        "crowns and kept her in Moss.",
        "She sank.",
    ]

    def draw(canvas: Any) -> None:
        lines(canvas, 60, 740, left)
        lines(canvas, 320, 740, right)

    assert " ".join(drawn(tmp_path, draw).text.split()) == " ".join([*left, *right])


def test_three_columns_and_a_line_below_them(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        for x, text in ((50, LEFT), (225, RIGHT), (400, THIRD)):
            lines(canvas, x, 740, wrapped(text, 4))
        canvas.drawString(50, 560, "Whoever wants to know more about the library and its books may ask at the desk.")

    text = " ".join(drawn(tmp_path, draw).text.split())
    assert (
        text
        == f"{LEFT} {RIGHT} {THIRD} Whoever wants to know more about the library and its books may ask at the desk."
    )


def test_a_table_without_lines_is_rows(tmp_path: Path) -> None:
    table = [
        ["Month", "Loans", "Fees"],
        ["May", "812", "1,240.50"],
        ["June", "640", "980.00"],
        ["Total", "1,452", "2,220.50"],
    ]

    def draw(canvas: Any) -> None:
        canvas.drawString(60, 740, "Loans of the library")
        rows(canvas, [60, 200, 300], table)
        canvas.drawString(60, 600, "The library was closed for two weeks in June because of repairs to the roof.")

    found = drawn(tmp_path, draw)
    assert found.lines == [
        "Loans of the library",
        "Month: May; Loans: 812; Fees: 1,240.50",
        "Month: June; Loans: 640; Fees: 980.00",
        "Month: Total; Loans: 1,452; Fees: 2,220.50",
        "The library was closed for two weeks in June because of repairs to the roof.",
    ]
    assert [(one.reference, one.columns, one.rows) for one in found.tables] == [("page 1", table[0], table[1:])]


def test_lines_part_rows_whose_cells_are_wrapped(tmp_path: Path) -> None:
    style = getSampleStyleSheet()["BodyText"]
    data = [
        ["Plant", "Care", "Price"],
        ["Fern", Paragraph("Wants shade and water every other day, Sundays too, all year long", style), "40"],
        ["Moss", Paragraph("Needs nothing but rain and now and then the company of a stone", style), "12"],
    ]
    file = BytesIO()
    grid = [("GRID", (0, 0), (-1, -1), 0.5, colors.black)]
    SimpleDocTemplate(file).build([Table(data, colWidths=[80, 150, 80], style=grid)])
    assert told(tmp_path, "a.pdf", file.getvalue()).lines == [
        "Plant: Fern; Care: Wants shade and water every other day, Sundays too, all year long; Price: 40",
        "Plant: Moss; Care: Needs nothing but rain and now and then the company of a stone; Price: 12",
    ]


def test_labels_with_values_and_a_sum_below(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        rows(
            canvas,
            [60, 170, 330, 430],
            [["Member name", "Ola Lie", "Joined", "2019"], ["Card #", "C-118", "Branch", "Horten"]],
        )
        rows(canvas, [60, 330], [["Books", "1,100.00"], ["Fee", "25.00"], ["GRAND TOTAL", "1,125.00"]], y=600)

    assert drawn(tmp_path, draw).lines == [
        "Member name: Ola Lie", "Joined: 2019", "Card #: C-118", "Branch: Horten",
        "Books: 1,100.00", "Fee: 25.00", "GRAND TOTAL: 1,125.00",
    ]  # fmt: skip


def test_the_lines_of_a_receipt(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        canvas.setFont("Courier", 10)
        lines(canvas, 60, 760, ["LIBRARY CAFE", "Coffee          2 @    $4.50", "TOTAL $9.00", "Thank you for coming"])

    found = drawn(tmp_path, draw).lines
    assert "TOTAL: $9.00" in found
    assert "Thank you for coming" in found


def test_the_parts_of_an_invoice(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        lines(canvas, 60, 780, ["Aas Ltd", "Elm Street 4", "3187 Horten"], pitch=13)
        rows(
            canvas, [350, 450], [["Invoice no.", "A-118"], ["Date", "3 May 2026"], ["Due date", "2 June 2026"]], 780, 13
        )
        y = 700
        rows(canvas, [60, 300, 420], [["Description", "Qty", "Amount"]], y)
        for first, rest, quantity, amount in (
            ("Repair of the roof,", "with travel", "2", "240.00"),
            ("Rope", "", "10", "45.00"),
            ("Lamp, brass,", "with hook", "1", "89.90"),
        ):
            y -= 18
            rows(canvas, [60, 300, 420], [[first, quantity, amount]], y)
            if rest:
                y -= 11
                canvas.drawString(60, y, rest)
        rows(canvas, [300, 420], [["Subtotal", "374.90"], ["VAT 20%", "74.98"], ["Total due", "449.88"]], y - 18)

    assert drawn(tmp_path, draw).lines == [
        "Aas Ltd", "Elm Street 4", "3187 Horten", "Invoice no.: A-118", "Date: 3 May 2026", "Due date: 2 June 2026",
        "Description: Repair of the roof, with travel; Qty: 2; Amount: 240.00",
        "Description: Rope; Qty: 10; Amount: 45.00",
        "Description: Lamp, brass, with hook; Qty: 1; Amount: 89.90",
        "Subtotal: 374.90", "VAT 20%: 74.98", "Total due: 449.88",
    ]  # fmt: skip


def test_a_few_lines_set_off_the_header_and_the_sum_of_a_table(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        rows(
            canvas,
            [60, 200],
            [["Boat", "Length"], ["Curlew", "11.4"], ["Plover", "9.8"], ["Petrel", "12.0"], ["Mean", "11.1"]],
        )
        for y in (712, 695, 641):
            canvas.line(60, y, 300, y)

    assert drawn(tmp_path, draw).tables[0].rows == [
        ["Curlew", "11.4"],
        ["Plover", "9.8"],
        ["Petrel", "12.0"],
        ["Mean", "11.1"],
    ]


def test_small_labels_above_their_values(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        boxes = [(60, 760, "Surname", "Vang"), (300, 760, "First name", "Siri"), (60, 720, "Card number", "C-118")]
        for x, y, label, value in boxes:
            canvas.setFont("Helvetica", 7)
            canvas.drawString(x, y, label)
            canvas.setFont("Helvetica", 11)
            canvas.drawString(x, y - 14, value)
            canvas.rect(x - 4, y - 20, 220, 32)

    assert drawn(tmp_path, draw).lines == ["Surname: Vang; First name: Siri", "Card number: C-118"]


def test_dots_lead_from_a_name_to_its_number(tmp_path: Path) -> None:
    found = drawn(tmp_path, lambda canvas: canvas.drawString(60, 700, "Deposit ................... 300 crowns"))
    assert found.text == "Deposit: 300 crowns"


@pytest.mark.parametrize("quarter", [90, 180, 270])
def test_turned_text_is_read_upright(tmp_path: Path, quarter: int) -> None:
    def draw(canvas: Any) -> None:
        canvas.translate(300, 420)
        canvas.rotate(quarter)
        rows(canvas, [0, 120, 220], [["LIE, OLA", "DRIVER", "31,400.00"], ["VANG, SIRI", "COOK", "30,100.50"]], y=0)

    assert drawn(tmp_path, draw).lines == ["LIE, OLA; DRIVER; 31,400.00", "VANG, SIRI; COOK; 30,100.50"]


def test_a_turned_page_reads_like_any_other(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        canvas.setPageRotation(90)
        canvas.drawString(60, 700, "The key hangs behind the door.")

    assert drawn(tmp_path, draw).text == "The key hangs behind the door."


def test_a_watermark_stands_for_itself(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        canvas.drawString(60, 700, "The key hangs behind the door.")
        canvas.translate(200, 300)
        canvas.rotate(45)
        canvas.drawString(0, 0, "DRAFT")

    assert drawn(tmp_path, draw).lines == ["The key hangs behind the door.", "DRAFT"]


def test_what_was_filled_into_a_form(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        form = canvas.acroForm
        canvas.drawString(60, 760, "Name of the member:")
        form.textfield(name="a1", x=220, y=755, width=200, height=18, value="Ola Lie")
        canvas.drawString(60, 730, "Fee in crowns:")
        form.textfield(name="a2", x=220, y=725, width=200, height=18, value="11.75")
        canvas.drawString(60, 700, "Left empty:")
        form.textfield(name="a3", x=220, y=695, width=200, height=18, value="")
        form.checkbox(name="b1", x=60, y=660, size=14, checked=True)
        canvas.drawString(80, 663, "I read German")
        form.checkbox(name="b2", x=60, y=640, size=14, checked=False)
        canvas.drawString(80, 643, "I read French")
        form.choice(
            name="c1", x=60, y=600, width=90, height=18, options=["Day", "Week"], value="Week", tooltip="Ticket"
        )

    found = drawn(tmp_path, draw).lines
    for said in (
        "Name of the member: Ola Lie",
        "Fee in crowns: 11.75",
        "I read German: yes",
        "I read French: no",
        "Ticket: Week",
    ):
        assert said in found


def test_words_that_were_parted_at_the_end_of_a_line(tmp_path: Path) -> None:
    texts = [
        "The library publishes infor-",
        "mation about all of its books for chil-",
        "dren. Ask Mrs. Lie-",
        "Aas for it.",
    ]
    found = drawn(tmp_path, lambda canvas: lines(canvas, 60, 700, texts))
    assert (
        found.text == "The library publishes information about all of its books for children. Ask Mrs. Lie-Aas for it."
    )


def test_running_heads_are_told_once_and_page_numbers_never(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        for number in range(1, 5):
            canvas.drawString(60, 810, "Annual report 2024 of the library of Horten")
            canvas.drawString(60, 600, f"In month {number} the library lent out many books to people of the town.")
            canvas.drawString(280, 30, f"Page {number} of 4")
            canvas.showPage()

    found = drawn(tmp_path, draw)
    assert found.text.count("Annual report 2024") == 1
    assert "Page" not in found.text
    assert found.reading.pages == 4


def test_pages_without_text_are_named(tmp_path: Path) -> None:
    from PIL import Image

    picture = ImageReader(Image.new("L", (60, 60), 128))

    def draw(canvas: Any) -> None:
        canvas.drawString(60, 700, "The lease of the house.")
        canvas.drawImage(picture, 60, 100, 400, 400)
        canvas.showPage()
        for _ in range(2):
            canvas.drawImage(picture, 60, 300, 300, 300)
            canvas.showPage()
        canvas.showPage()
        canvas.drawString(60, 700, "The end.")

    found = drawn(tmp_path, draw)
    assert [reference for reference, _ in found.passages] == ["page 1", "page 5"]
    assert found.notes == [
        "Page 4 is blank.",
        "Pages 2-3 hold no text and are probably scans.",
        "Page 1 holds a picture that could not be read.",
    ]


def test_attached_files_are_said_not_to_be_read(tmp_path: Path) -> None:
    file = BytesIO()
    canvas = Canvas(file)
    canvas.drawString(60, 700, "See the attachment.")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(BytesIO(file.getvalue())))
    writer.add_attachment("list.csv", b"a,b")
    attached = BytesIO()
    writer.write(attached)
    assert told(tmp_path, "a.pdf", attached.getvalue()).notes == ["Files that are attached to it were not read."]


def deliveries(*, header_again: bool, ruled: bool) -> bytes:
    table = [["Date", "Item", "Amount"]]
    table += [[f"2025-03-{1 + at % 28:02d}", f"Article {at}", f"{10 * at}.50"] for at in range(1, 91)]
    style: list[Any] = [("GRID", (0, 0), (-1, -1), 0.5, colors.grey)] if ruled else []
    above = Paragraph("All deliveries of the year, as they were booked.", getSampleStyleSheet()["BodyText"])
    file = BytesIO()
    drawn = Table(table, colWidths=[120, 160, 90], repeatRows=int(header_again), style=style)
    SimpleDocTemplate(file, pagesize=(595, 842)).build([above, drawn])
    return file.getvalue()


@pytest.mark.parametrize("header_again", [True, False], ids=["header again", "header once"])
@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "plain"])
def test_a_table_that_goes_on_over_pages_is_one(tmp_path: Path, header_again: bool, ruled: bool) -> None:
    found = told(tmp_path, "a.pdf", deliveries(header_again=header_again, ruled=ruled))
    (table,) = found.tables
    assert table.columns == ["Date", "Item", "Amount"]
    assert [row[1] for row in table.rows] == [f"Article {at}" for at in range(1, 91)]
    assert table.numbers == list(range(2, 92))
    assert table.reference == "pages 1-3"
    assert "Item: Article 90; Amount: 900.50" in found.at("page 3")


def test_the_next_table_is_not_the_rest_of_the_last(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        rows(canvas, [60, 200, 340], [["Plant", "Price", "Stock"], ["Fern", "40", "3"], ["Moss", "12", "8"]])
        canvas.showPage()
        rows(canvas, [60, 200, 340], [["Pot", "Size", "Colour"], ["Round", "40", "red"], ["Square", "12", "blue"]])

    assert [table.columns for table in drawn(tmp_path, draw).tables] == [
        ["Plant", "Price", "Stock"], ["Pot", "Size", "Colour"],
    ]  # fmt: skip


def test_an_address_and_the_data_of_a_letter_are_blocks_of_their_own(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        lines(canvas, 60, 780, ["Library of Horten", "Elm Street 4", "3187 Horten"])
        lines(canvas, 360, 780, ["Invoice number: R-88", "Date: 4 May 2026", "Customer: Ola Lie"])
        rows(canvas, [60, 260, 360], [["Title", "Copies", "Price"], ["Atlas", "2", "90.00"], ["Map", "1", "30.00"]])

    found = drawn(tmp_path, draw)
    assert found.lines == [
        "Library of Horten Elm Street 4 3187 Horten", "Invoice number: R-88", "Date: 4 May 2026", "Customer: Ola Lie",
        "Title: Atlas; Copies: 2; Price: 90.00", "Title: Map; Copies: 1; Price: 30.00",
    ]  # fmt: skip


def test_running_text_and_a_box_beside_it_are_blocks_of_their_own(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        lines(canvas, 60, 700, wrapped(LEFT, 6))
        lines(canvas, 360, 710, ["Prices", "Card: 90 crowns", "Map: 30 crowns", "Tea: 20 crowns"])

    text = " ".join(drawn(tmp_path, draw).text.split())
    assert LEFT in text
    assert "Prices Card: 90 crowns Map: 30 crowns Tea: 20 crowns" in text


def test_the_rest_of_the_last_value_belongs_to_it(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        rows(canvas, [60, 200], [["Voltage", "12 V"], ["Weight", "2 kg"], ["Warranty", "three years, if installed"]])
        canvas.drawString(200, 652, "by a dealer")

    assert drawn(tmp_path, draw).lines[-1] == "Warranty: three years, if installed by a dealer"


def test_a_sentence_over_two_pages_is_whole(tmp_path: Path) -> None:
    texts = [
        ["The library lends books to all people of the", "town and sends reminders to every read-"],
        ["er after four weeks. The fee is 5 crowns. It", "is spent on"],
        ["new books for children. The end."],
    ]

    def draw(canvas: Any) -> None:
        for at, page in enumerate(texts, 1):
            canvas.drawString(60, 820, "Library of Horten, rules")
            canvas.drawString(60, 30, f"Elm Street 4 – page {at}")
            lines(canvas, 60, 700, page)
            canvas.showPage()

    found = drawn(tmp_path, draw)
    assert found.at("page 1").split("\n\n") == [
        "Library of Horten, rules",
        "The library lends books to all people of the town and sends reminders to every reader after four weeks.",
        "Elm Street 4 – page 1",
    ]
    assert found.at("page 2") == "The fee is 5 crowns. It is spent on new books for children."
    assert found.at("page 3") == "The end."


def test_what_was_written_onto_a_page_is_read_and_comments_are_said_to_be_some(tmp_path: Path) -> None:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(595, 842))
    lines(canvas, 60, 700, ["Surname:"])
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(file))
    box = RectangleObject((150, 696, 300, 712))
    notes = [FreeText(text="Lie", rect=box), Text(text="Paid in May.", rect=box), Text(text="Our secret.", rect=box)]
    notes[2].flags = AnnotationFlag.HIDDEN
    for note in notes:
        writer.add_annotation(0, note)
    out = BytesIO()
    writer.write(out)
    assert told(tmp_path, "a.pdf", out.getvalue()).lines == ["Surname: Lie", "Comment by somebody: Paid in May."]


@pytest.mark.parametrize(
    "texts",
    [
        [["Hour", "Session"], ["9:00", "Opening: Siri Vang"], ["10:00", "Talk: Ola Lie"], ["11:00", "Tour: Bo Aas"]],
        [
            ["Name", "Reached by"],
            ["Siri Vang", "Phone: 33 04"],
            ["Ola Lie", "Phone: 33 05"],
            ["Bo Aas", "Phone: 33 06"],
        ],
    ],
)
def test_a_table_whose_cells_have_labels_stays_one(tmp_path: Path, texts: list[list[str]]) -> None:
    found = drawn(tmp_path, lambda canvas: rows(canvas, [60, 260], texts))
    assert all(any(first in line and second in line for line in found.lines) for first, second in texts[1:])
