"""Presentations, slide by slide."""

from io import BytesIO
from pathlib import Path

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.support.readers import told


def test_titles_points_tables_charts_and_notes(tmp_path: Path) -> None:
    show = Presentation()
    first = show.slides.add_slide(show.slide_layouts[1])
    low = first.shapes.add_textbox(Inches(1), Inches(6), Inches(3), Inches(1))
    low.text_frame.text = "Written in June"
    first.shapes.title.text = "The library in 2026"
    first.placeholders[1].text_frame.text = "Loans rose by 12 percent"
    first.placeholders[1].text_frame.add_paragraph().text = "The attic opens on 4 May"
    first.notes_slide.notes_text_frame.text = "Thank Siri Vang."
    second = show.slides.add_slide(show.slide_layouts[5])
    second.shapes.title.text = "Figures"
    table = second.shapes.add_table(3, 3, Inches(1), Inches(2), Inches(6), Inches(1)).table
    for row, cells in enumerate([("Plant", "Price", "Stock"), ("Fern", "40", "3"), ("Moss", "12", "8")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    data = CategoryChartData()
    data.categories = ["May", "June"]
    data.add_series("Loans", (812, 640))
    second.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(3), Inches(2), data)
    second._element.set("show", "0")
    file = BytesIO()
    show.save(file)
    found = told(tmp_path, "a.pptx", file.getvalue())
    assert found.passages == [
        (
            "slide 1",
            "The library in 2026\n\n- Loans rose by 12 percent\n- The attic opens on 4 May\n\nWritten in June\n\n"
            "Speaker notes: Thank Siri Vang.",
        ),
        (
            "slide 2",
            "Figures\n\nPlant: Fern; Price: 40; Stock: 3\nPlant: Moss; Price: 12; Stock: 8\n\n"
            "category: May; Loans: 812\ncategory: June; Loans: 640",
        ),
    ]
    assert found.notes == ["Slide 2 is hidden in the show; it was read, too."]
    assert [one.columns for one in found.tables] == [["Plant", "Price", "Stock"], ["category", "Loans"]]
    assert [one.title for one in found.tables] == ["Figures", "Figures"]


def test_hidden_shapes_and_struck_text_are_left_out_and_said(tmp_path: Path) -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(3), Inches(1)).text_frame.paragraphs[0]
    box.add_run().text = "Fee: "
    struck = box.add_run()
    struck.text = "400 "
    struck._r.get_or_add_rPr().set("strike", "sngStrike")
    box.add_run().text = "450"
    hidden = slide.shapes.add_textbox(Inches(1), Inches(3), Inches(3), Inches(1))
    hidden.text_frame.text = "Limit: 300"
    hidden._element.nvSpPr.cNvPr.set("hidden", "1")
    file = BytesIO()
    show.save(file)
    found = told(tmp_path, "a.pptx", file.getvalue())
    assert found.text == "Fee: 450"
    assert found.notes == ["Shapes that are hidden were left out.", "Text that is struck through was left out."]
