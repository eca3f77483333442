"""Rows that sum others up: a calculation over the rows must leave them out, and say so.

A row is known by its label in one of several languages, or, without a label that says so, by adding up.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Sequence
from decimal import Decimal

from agents.tables.columns import TypedColumn
from agents.tables.dates import date, unaccented
from agents.tables.numerals import Mark, numeral
from agents.text.language import words

_TOTAL = {
    "total", "totals", "sum", "sums", "subtotal", "summe", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt",
    "gesamtbetrag", "endsumme", "somme", "totaux", "ensemble", "totaal", "subtotaal", "totale", "totali",
    "subtotale", "totales", "suma", "soma", "razem", "lacznie", "celkem", "summa", "yhteensa", "totalt",
    "sammanlagt", "ialt", "totalsumme", "zusammen", "grandtotal", "итого", "всего", "合計", "合计", "总计", "sous",
    "overall", "nettosumme", "bruttosumme", "ukupno", "osszesen", "toplam", "synolo", "συνολο", "rechnungsbetrag",
    "rechnungssumme", "endbetrag", "nettobetrag", "bruttobetrag", "zahlbetrag", "auftragssumme", "gesamtpreis",
}  # fmt: skip
_MEAN = {
    "average",
    "mean",
    "avg",
    "median",
    "durchschnitt",
    "mittelwert",
    "mittel",
    "moyenne",
    "promedio",
    "media",
    "gemiddelde",
    "ø",
}
_BESIDE = {
    "grand", "sub", "of", "the", "all", "in", "for", "general", "net", "gross", "netto", "brutto", "due",
    "amount", "amounts", "overall", "der", "die", "das", "de", "du", "des", "la", "le", "les", "ht", "ttc", "et",
    "and", "und", "row", "year", "complete", "sales", "revenue", "page", "final", "running", "to", "pay",
    "payable", "incl", "excl", "vat", "mwst", "tva", "tax", "inkl", "zzgl",
}  # fmt: skip
# What is to be paid at the end of a bill; among the rows of others, the state of one.
_DUE = (
    "amount due", "balance due", "amount payable", "to pay", "net a payer", "a payer", "zu zahlen",
    "zu zahlender betrag", "montant du", "te betalen", "da pagare", "a pagar",
)  # fmt: skip
_WEAK = {"all", "alle", "tous", "toutes", "together", "everything", "world", "everyone"}
# On an invoice these stand between the sum of the items and what is to be paid.
_BETWEEN = {
    "vat", "tax", "mwst", "ust", "umsatzsteuer", "mehrwertsteuer", "tva", "iva", "btw", "moms", "gst", "shipping",
    "versand", "discount", "rabatt", "remise", "tip", "service",
}  # fmt: skip

_LABELS = 4  # A label stands in one of the first columns.
_ANY = re.compile("|".join(re.escape(word) for word in {*_TOTAL, *_MEAN, *_DUE}))

Cells = Sequence[Sequence[str]]


def labelled(rows: Cells) -> dict[int, str]:
    """The rows that a label makes summary rows, and the labels; before the columns are known."""
    candidates = [at for at, row in enumerate(rows) if _ANY.search(unaccented(" ".join(row[:_LABELS])))]
    known = Counter(unaccented(cell) for row in rows for cell in row[:_LABELS] if cell) if candidates else Counter()
    found: dict[int, str] = {}
    for at in candidates:
        row = rows[at]
        label = _label(row, known)
        if label and any(numeral(cell) for cell in row if cell != label):
            found[at] = label
    usual = max((sum(bool(cell) for cell in row) for row in rows), default=0)
    due = {at for at, label in found.items() if " ".join(_words(label)) in _DUE}
    first_sum = min(found.keys() - due, default=len(rows))
    for at in due:
        once = known[unaccented(found[at])] == 1
        if not once or not _is_of_a_bill(rows, at, found[at], usual, after_sums=first_sum < at):
            del found[at]
    tail = len(rows)  # From here on, every row has such a label.
    while tail - 1 in found:
        tail -= 1
    alone = {
        at: label for at, label in found.items()
        if at >= tail or (at not in due and _stands_alone(rows[at], label, usual))
    }  # fmt: skip
    return alone | _between(rows, found)


def _words(label: str) -> list[str]:
    return [unaccented(word) for word in words(re.sub(r"[:=*.\-]+", " ", label))] or [unaccented(label)]


def _label(row: Sequence[str], known: Container[str]) -> str:
    for cell in row[:_LABELS]:
        said = _words(cell)
        if cell and " ".join(said) in _DUE:
            return cell
        if not cell or not set(said) & (_TOTAL | _MEAN) or len(said) > 5:
            continue
        others = [word for word in said if word not in _TOTAL | _MEAN | _BESIDE and not word.isdecimal()]
        if (
            not others
            or " ".join(others) in known
            or date(" ".join(others))
            or re.fullmatch(r"q[1-4]|t[1-4]", others[0])
        ):
            return cell
    return ""


def _is_of_a_bill(rows: Cells, at: int, label: str, usual: int, *, after_sums: bool) -> bool:
    """Whether 'to pay' sums up the rows above, and is not the state of one: nothing else says what the row is.

    Where it has as many cells as any other, those above add up to it, or have a sum of their own.
    """
    place = rows[at].index(label)
    behind = [cell for cell in rows[at][place + 1 :] if cell]
    if any(rows[at][:place]) or not all(map(_is_number, behind)):
        return False
    return after_sums or len(behind) + 1 < usual or any(_adds_up(rows[: at + 1], one) for one in range(len(rows[at])))


def _adds_up(rows: Cells, column: int) -> bool:
    """Whether the last number of a column is the sum of those above, whichever mark parts its decimals."""
    found = [numeral(row[column]) for row in rows]
    marks: tuple[Mark, Mark] = (".", ",")
    return any(_is_sum([one.value(mark) if one else None for one in found]) for mark in marks)


def _stands_alone(row: Sequence[str], label: str, usual: int) -> bool:
    """Whether it is no record that merely bears such a name: it has no other labels, or fewer cells than ``usual``."""
    filled = [cell for cell in row if cell]
    texts = [cell for cell in filled if not _is_number(cell) and cell != label]
    return not texts or len(filled) < usual or len(words(label)) > 1


def _is_number(cell: str) -> bool:
    found = numeral(cell)
    return found is not None and found.known


def _between(rows: Cells, found: dict[int, str]) -> dict[int, str]:
    """Taxes and the like between the first and the last of several summary rows at the end."""
    between: dict[int, str] = {}
    if len(found) > 1 and max(found) >= len(rows) - 2:
        for at in range(min(found) + 1, max(found)):
            label = next((cell for cell in rows[at] if cell and not _is_number(cell)), "")
            if at not in found and {unaccented(word) for word in words(label)} & _BETWEEN:
                between[at] = label
    return between


def adding_up(columns: Sequence[TypedColumn]) -> str | None:
    """The label ('' when there is none) of a last row whose numbers are the sums of all before; None when it is not."""
    height = len(columns[0].cells) if columns else 0
    if height < 4:
        return None
    last = height - 1
    labels = [column.cells[last] for column in columns if not column.is_number and column.cells[last]]
    sums = [fits for column in columns if column.is_number and (fits := _is_sum(column.values)) is not None]
    additive = [column for column in columns if column.is_number and column.adds_up]
    fitting = [column for column in additive if _is_sum(column.values)]
    if not any(sums) or not fitting:
        return None
    said = {unaccented(word) for label in labels for word in words(label)}
    if not labels or (said and said <= _WEAK | _BESIDE) or (len(fitting) > 1 and len(fitting) == len(additive)):
        return labels[0] if labels else ""
    return None


def breakdowns(columns: Sequence[TypedColumn]) -> dict[int, str]:
    """The rows, by place, that a label such as 'Total' makes the sum of the others with the same other labels.

    In a breakdown by region and sex, there is one for each region. They are known by the label and by adding up, all of
    them in one column of numbers at least; so a firm of that name stays a record.
    """
    found: dict[int, str] = {}
    labels = [column for column in columns if column.kind in ("text", "id", "date", "yes/no")]
    additive = [column for column in columns if column.adds_up or column.level_at]
    for own in (column for column in labels if column.kind == "text"):
        sums = {cell for cell in set(own.cells) if _names_a_sum(cell)}
        if not sums or not additive:
            continue
        others = [
            column for column in labels
            if column is not own and (column.kind != "id" or len(set(column.cells)) < len(column.cells))
        ]  # fmt: skip
        parts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        wholes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for at, cell in enumerate(own.cells):
            key = tuple(unaccented(column.cells[at]) for column in others)
            (wholes if cell in sums else parts)[key].append(at)
        broken_down = [(rows[0], parts[key]) for key, rows in wholes.items() if len(rows) == 1 and len(parts[key]) > 1]
        if broken_down and any(_all_add_up(column.values, broken_down) for column in additive):
            found |= {whole: own.cells[whole] for whole, _ in broken_down}
    return found


def _names_a_sum(cell: str) -> bool:
    said = {unaccented(word) for word in words(cell)}
    return bool(said & (_TOTAL | _WEAK | {"both", "beide"})) and len(said) <= 3


def _all_add_up(values: Sequence[object], broken_down: Sequence[tuple[int, list[int]]]) -> bool:
    """Whether each whole is the sum of its parts, but for rounding."""
    for whole, parts in broken_down:
        numbers = [value for at in parts if isinstance(value := values[at], Decimal)]
        said = values[whole]
        if not isinstance(said, Decimal) or len(numbers) < 2:
            return False
        decimals = max(-int(number.as_tuple().exponent) for number in [said, *numbers])
        rounded = Decimal(len(numbers)).scaleb(-decimals) / 2 if decimals > 0 else 0
        if abs(sum(numbers) - said) > rounded:
            return False
    return True


def _is_sum(values: Sequence[object]) -> bool | None:
    numbers = [value for value in values[:-1] if isinstance(value, Decimal)]
    last = values[-1]
    if not isinstance(last, Decimal) or len(numbers) < 2:
        return None
    return last != 0 and sum(numbers) == last
