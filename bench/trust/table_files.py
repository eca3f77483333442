"""Files that are tables, or have one."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from random import Random

from bench.trust import themes
from bench.trust.notation import BRACKETS, ENGLISH, FRENCH, GERMAN, INDIAN, NARROW, PLAIN, SWISS, TRAILING, Notation
from bench.trust.picking import pick
from bench.trust.question import Upload
from bench.trust.records import Look, Records, Theme, make
from bench.trust.table_questions import TableQuestions
from bench.trust.writing import docx, odt, pdf, pptx, rtf, text, xlsx

_TOTALS = {
    "en": ("Total", "Grand total", "Sum"),
    "de": ("Summe", "Gesamt", "Insgesamt"),
    "fr": ("Total", "Total général", "Somme"),
}
_INTRODUCTIONS = (
    "The list was checked at the end of the quarter.",
    "Figures as they were reported by the office.",
    "For internal use.",
)


def table_file(
    subject: Callable[[Random], Theme],
    kind: str,
    write: Callable[[Records, Look, Random], bytes],
    notation: Notation,
    *,
    order: str = "%Y-%m-%d",
    total: bool = False,
    total_language: str = "",
    rows: tuple[int, int] = (7, 16),
    asked: tuple[int, int] = (8, 3),
) -> Callable[[Random], Upload]:
    """``asked``: how many questions with an answer, and without."""

    def build(rng: Random) -> Upload:
        theme = subject(rng)
        records = make(theme, rng, rng.randint(*rows))
        look = Look(notation, order, rng.choice(_TOTALS[total_language or theme.language]) if total else "")
        questions = pick(rng, TableQuestions(records, look, rng).all(), *asked)
        return Upload(f"{theme.stem}.{kind}", kind, write(records, look, rng), questions, notation.name)

    return build


def _separated(separator: str, encoding: str = "utf-8") -> Callable[[Records, Look, Random], bytes]:
    return lambda records, look, rng: text.separated(look.grid(records), separator, encoding)


def _title(records: Records) -> str:
    words = {"en": "List of {}", "de": "Liste der {}", "fr": "Liste des {}"}[records.theme.language]
    return words.format(records.theme.many)


def _html(records: Records, look: Look, rng: Random) -> bytes:
    return text.html_page(
        _title(records), f"<p>{rng.choice(_INTRODUCTIONS)}</p>\n" + text.html_table(look.grid(records))
    )


def _markdown(records: Records, look: Look, rng: Random) -> bytes:
    return f"# {_title(records)}\n\n{rng.choice(_INTRODUCTIONS)}\n\n{text.markdown_table(look.grid(records))}".encode()


def _docx(records: Records, look: Look, rng: Random) -> bytes:
    return docx.document([
        docx.plain(_title(records), "Title"), docx.plain(rng.choice(_INTRODUCTIONS)), docx.table(look.grid(records)),
    ])  # fmt: skip


def _pdf(records: Records, look: Look, rng: Random) -> bytes:
    page = pdf.Page()
    page.title(_title(records))
    page.text(rng.choice(_INTRODUCTIONS))
    page.table(look.grid(records))
    return pdf.document([page])


def _sideways(records: Records, look: Look, rng: Random) -> bytes:
    page = pdf.Page(rotated=True)
    page.title(_title(records))
    page.table(look.grid(records))
    return pdf.document([page])


def _pptx(records: Records, look: Look, rng: Random) -> bytes:
    return pptx.deck([
        pptx.Slide("Quarterly review", ["What happened", "What comes next"]),
        pptx.Slide(_title(records), table=look.grid(records)),
    ])  # fmt: skip


def _odt(records: Records, look: Look, rng: Random) -> bytes:
    return odt.document([odt.heading(_title(records)), odt.table(look.grid(records))])


def _rtf(records: Records, look: Look, rng: Random) -> bytes:
    return rtf.document(
        [rtf.heading(_title(records)), rtf.plain(rng.choice(_INTRODUCTIONS)), rtf.table(look.grid(records))]
    )


def _mail(records: Records, look: Look, rng: Random) -> bytes:
    table = text.html_table(look.grid(records))
    plain = "\n".join("\t".join(row) for row in look.grid(records))
    return text.mail("Robin Vale", "Office", _title(records), date(2026, 3, 4), f"Hello,\nhere is the list.\n\n{plain}\n",
                     f"<html><body><p>Hello,<br>here is the list.</p>{table}</body></html>")  # fmt: skip


def _xlsx(above: int) -> Callable[[Records, Look, Random], bytes]:
    """With so many lines above the table, and with totals as formulas."""

    def write(records: Records, look: Look, rng: Random) -> bytes:
        cells = _cells(records, look, first=above + 2)
        lines: list[Sequence[xlsx.Cell]] = [[_title(records)], *[[] for _ in range(above - 1)]] if above else []
        sheets: dict[str, Sequence[Sequence[xlsx.Cell]]] = {"Data": [*lines, *cells]}
        if above:
            sheets["Notes"] = [["Prepared for the annual audit."]]
        return xlsx.workbook(sheets)

    return write


def _cells(records: Records, look: Look, first: int) -> list[list[xlsx.Cell]]:
    theme = records.theme
    grid: list[list[xlsx.Cell]] = [list(line) for line in look.plain().grid(records)[:1]]
    for row in records.rows:
        number = row.id.isdigit() and not row.id.startswith("0") and len(row.id) < 16
        moment: list[xlsx.Cell] = [row.day] if theme.date_heading else []
        grid.append([Decimal(row.id) if number else row.id, row.group, *moment, *row.values])
    if look.total:
        column = 3 if theme.date_heading else 2
        last = first + len(records.rows) - 1
        sums: list[xlsx.Cell] = [
            f"=SUM({chr(65 + column + at)}{first}:{chr(65 + column + at)}{last})|{records.total(at)}"
            for at in range(len(theme.measures))
        ]
        grid.append([look.total, *[None] * (column - 1), *sums])
    return grid


BUILDERS: dict[str, Callable[[Random], Upload]] = {
    "plain orders": table_file(themes.orders, "csv", _separated(","), PLAIN),
    "long list of orders": table_file(
        themes.orders, "csv", _separated(","), ENGLISH, order="%d-%b-%Y", rows=(60, 90), asked=(6, 2)
    ),
    "sales with a total": table_file(themes.sales, "csv", _separated(","), ENGLISH, total=True),
    "Swiss sales": table_file(themes.sales, "csv", _separated(";"), SWISS),
    "German branches with a total": table_file(themes.umsatz, "csv", _separated(";"), GERMAN, total=True),
    "German branches asked about in English": table_file(
        themes.foreign_sales, "csv", _separated(";"), GERMAN, total=True, total_language="de"
    ),
    "German invoices": table_file(themes.rechnungen, "csv", _separated(";", "cp1252"), GERMAN, order="%d.%m.%Y"),
    "French shops with a total": table_file(themes.ventes, "csv", _separated(";"), FRENCH, total=True),
    "French invoices": table_file(themes.factures, "tsv", _separated("\t"), NARROW, order="%d/%m/%Y"),
    "lakh counties": table_file(themes.counties, "csv", _separated(","), INDIAN),
    "ledger with trailing minus": table_file(themes.accounts, "csv", _separated(";"), TRAILING),
    "ledger with brackets": table_file(themes.accounts, "rtf", _rtf, BRACKETS),
    "parcels with long numbers": table_file(themes.parcels, "tsv", _separated("\t"), PLAIN),
    "invoices in a workbook": table_file(themes.invoices, "xlsx", _xlsx(3), PLAIN, total=True),
    "staff in a workbook": table_file(themes.payroll, "xlsx", _xlsx(0), PLAIN),
    "stock in a workbook": table_file(themes.stock, "xlsx", _xlsx(0), PLAIN),
    "German stock in a workbook": table_file(themes.lager, "xlsx", _xlsx(2), GERMAN, total=True),
    "orders on a web page": table_file(themes.orders, "html", _html, ENGLISH, order="long", total=True),
    "trips in Markdown": table_file(themes.trips, "md", _markdown, ENGLISH, order="long"),
    "sales in a letter": table_file(themes.sales, "docx", _docx, ENGLISH, total=True),
    "invoices on a page": table_file(themes.invoices, "pdf", _pdf, ENGLISH, order="%d %b %Y", total=True),
    "staff on its side": table_file(themes.payroll, "pdf", _sideways, ENGLISH, order="%d %b %Y"),
    "trips on a slide": table_file(themes.trips, "pptx", _pptx, ENGLISH),
    "German invoices in a text": table_file(themes.rechnungen, "odt", _odt, GERMAN, order="%d.%m.%Y"),
    "orders in a mail": table_file(themes.orders, "eml", _mail, ENGLISH, order="long"),
}
