"""What the columns of a table are: decided once for a whole column, with the whole file as its context.

A cell alone cannot tell whether '7001' counts something or names it, whether '1.234' is a thousand, or which number of
'03/04/2025' is the month. The column can, and where it cannot, the rest of the file often does. What stays doubtful is
told (``read_as``, ``doubtful_dates``), so that an answer can say how it was read.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import islice, pairwise

from agents.tables.dates import Date, Order, date, is_year, order_of, unaccented
from agents.tables.numerals import Mark, Numeral, common_unit, decimal_mark, is_currency, numeral, shape, unit_of
from agents.tables.plan import Column, ColumnKind
from agents.tables.saying import in_notation, listed, say
from agents.text.language import words

Value = Decimal | Date | str | None

_ENOUGH = 0.9
_PROFILE_VALUES = 5000
_DECIDING = 20_000
_FEWEST_CARRIED, _SMALL = 4, 20  # Of fewer rows, or of small numbers, a difference may be another by chance.
_LONGEST_VALUE = 80
BLANK = {"", "-", "–", "—", "n/a", "na", "n.a.", "null", "none", "nil", "k.a.", "?", "..", "#n/a", "nan"}
YES = frozenset({"yes", "y", "true", "ja", "oui", "wahr", "vrai", "x", "✓", "✔", "☑", "☒"})
NO = frozenset({"no", "n", "false", "nein", "non", "falsch", "faux", "☐", "✗", "✘"})

_YEAR_WORDS = {
    "year",
    "jahr",
    "annee",
    "ano",
    "anno",
    "jaar",
    "fy",
    "vintage",
    "season",
    "date",
    "period",
    "built",
    "baujahr",
    "born",
    "since",
    "seit",
    "depuis",
}
# What is said of a thing with the year of it: 'Opened', 'Joined', 'Gegründet'.
_YEARS_OF = {
    "opened", "founded", "established", "joined", "hired", "erected", "completed", "released", "published", "elected",
    "acquired", "constructed", "renovated", "started", "retired", "died", "married", "closed", "eroffnet", "gegrundet",
    "erbaut", "gebaut", "geboren", "eingetreten", "eintritt", "beitritt", "ouvert", "ouverture", "fondation", "fondee",
    "construit", "construction", "naissance", "adhesion",
}  # fmt: skip
_MONTH_WORDS = {"month", "monat", "mois", "mes", "mese", "maand"}
_DATE_WORDS = {"date", "datum", "day", "tag", "jour"}
_ID_WORDS = {
    "id", "ids", "no", "nr", "num", "nummer", "numero", "number", "nº", "code", "key", "ref", "reference",
    "referenz", "sku", "isbn", "ean", "upc", "gtin", "zip", "zipcode", "plz", "postleitzahl", "postcode",
    "postal", "phone", "telephone", "telefon", "tel", "mobile", "handy", "fax", "fips", "iban", "bic", "uuid",
    "guid", "ssn", "vat", "matricule", "serial", "barcode", "kennung", "kennzeichen", "kontonummer",
    "artikelnummer", "bestellnummer", "rechnungsnummer", "kundennummer", "auftragsnummer", "personalnummer",
}  # fmt: skip
# Things of which there is one a row: a whole number under such a name is the thing's own.
_THINGS = {
    "order", "invoice", "parcel", "package", "account", "customer", "client", "employee", "ticket", "case", "booking",
    "receipt", "policy", "contract", "member", "student", "product", "item", "article", "transaction", "shipment",
    "batch", "lot", "patient", "user", "project", "room", "zimmer", "chambre", "flight", "train", "container", "claim",
    "delivery",
    "bestellung", "rechnung", "paket", "konto", "kunde", "mitarbeiter", "vertrag", "artikel", "auftrag", "buchung",
    "commande", "facture", "colis", "compte", "contrat", "dossier", "vol", "rank", "rang", "row", "line", "zeile",
    "pos", "position", "index",
}  # fmt: skip
_FLOWS = {"receipt", "receipts", "payment", "payments"}  # The two sides of a cash book.
_COUNTING = {"number", "count", "anzahl", "nombre", "no"}  # "Number of visitors" counts; "Order number" names.
# What is measured again and again, not piled up: values of it are not added unless somebody asks for just that.
_LEVELS = {
    "price", "rate", "temperature", "temp", "age", "score", "rating", "average", "avg", "mean", "median",
    "balance", "level", "percent", "ratio", "index", "grade", "share", "unit", "preis", "stuckpreis",
    "einzelpreis", "alter", "note", "saldo", "kurs", "temperatur", "prix", "unitaire", "taux", "solde", "speed",
    "height", "depth", "elevation", "latitude", "longitude", "wage", "salary", "gehalt", "lohn", "salaire",
    "capacity", "size", "hohe", "tiefe", "durchschnitt", "moyenne", "moyen", "per", "pro", "density", "pressure",
    "humidity", "quote", "anteil", "margin", "marge", "limit", "target", "lowest", "highest", "max", "min",
    "rent", "miete", "loyer", "fare", "tariff", "duration", "width", "length", "lange", "breite", "thickness",
    "voltage", "ph",
}  # fmt: skip
# What is counted as it stands: adds up over places and kinds, but not over the days on which it was counted.
_STANDING = {
    "population", "populations", "inhabitants", "residents", "einwohner", "einwohnerzahl", "bevolkerung", "habitants",
    "stock", "stocks", "inventory", "bestand", "lagerbestand", "bestande", "employees", "staff", "headcount",
    "workforce", "mitarbeiter", "mitarbeitende", "beschaftigte", "employes", "effectif", "effectifs", "members",
    "membership", "mitglieder", "mitgliederzahl", "membres", "subscribers", "abonnenten", "abonnes", "followers",
    "students", "pupils", "schuler", "eleves", "debt", "schulden", "dette", "assets", "holdings", "vermogen",
}  # fmt: skip
# What each row says of all before it: never added, in whatever table it stands.
_RUNNING = {
    "odometer", "kilometerstand", "zahlerstand", "compteur", "cumulative", "cumulated", "kumuliert", "laufend",
    "cumul", "cumule",
}  # fmt: skip
_RISING = {"mileage", "kilometrage", "running"}  # The same where it never falls; else of single journeys, or of costs.
_ARRIVING = {"new", "neue", "nouveaux", "nouvelles", "joined", "left", "hired", "lost", "gained"}  # Adds up over time.
_VERSION_WORDS = {"version", "release", "versionsnummer"}
_PERCENT_WORDS = {"percent", "percentage", "pct", "prozent", "pourcentage", "quote", "anteil"}
_GERMAN_OR_FRENCH = re.compile(
    r"[äöüßéèêçàû]|\b(?:und|der|die|das|umsatz|betrag|menge|preis|datum|kunde|kunden|anzahl|summe|filiale|stadt|ort|"
    r"land|einwohner|name der|ville|montant|quantite|prix|ventes|magasin|nombre|client|pays|chiffre)\b", re.I
)  # fmt: skip


@dataclass(slots=True)
class Context:
    """What the file as a whole says about its notation; None where it says nothing."""

    decimal: Mark | None = None
    dates: Order | None = None
    flows: frozenset[str] = frozenset()  # The names of the only columns of what came in, and of what went out.


@dataclass(eq=False)
class TypedColumn:
    """A column, what it is, and its cells as values: a cell that does not fit its column is None."""

    name: str
    cells: list[str]
    kind: ColumnKind = "text"
    unit: str = ""
    decimal: Mark = "."
    order: Order = "day first"
    doubtful_dates: bool = False
    read_as: str = ""  # How a doubtful notation was read, as a sentence.
    factors: dict[str, Decimal] = field(default_factory=dict)  # of units that were brought to one
    own_units: list[str] | None = None  # the unit of each row, where they differ
    level_at: str = ""  # the column of dates at which it was counted again and again
    running: bool = False  # each row says how much it is by then, as a balance does

    @property
    def bare_name(self) -> str:
        return bare(self.name)

    @cached_property
    def values(self) -> list[Value]:
        return self.values_in(self.order)

    def values_in(self, order: Order) -> list[Value]:
        """The values, with dates read in this order."""
        known = self._meanings if order == self.order else self._read(order)
        return [known[cell] for cell in self.cells]

    @cached_property
    def filled(self) -> list[str]:
        """The first cells that say something: enough to decide what the column is."""
        return list(islice((cell for cell in self.cells if cell.casefold() not in BLANK), _DECIDING))

    @cached_property
    def _meanings(self) -> dict[str, Value]:
        return self._read(self.order)

    def _read(self, order: Order) -> dict[str, Value]:
        """The value of each cell that is different from the others."""
        return {cell: None if cell.casefold() in BLANK else self._value(cell, order) for cell in set(self.cells)}

    @cached_property
    def decimals(self) -> int:
        """The most decimals that a cell has, up to four."""
        exponents = (value.as_tuple().exponent for value in self._meanings.values() if isinstance(value, Decimal))
        return max(0, min(4, max((-int(exponent) for exponent in exponents), default=0)))

    @property
    def units(self) -> list[str]:
        return list(dict.fromkeys(unit for unit in self.own_units if unit)) if self.own_units else []

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "money", "quantity", "percent")

    @property
    def adds_up(self) -> bool:
        """Whether a sum of it is what somebody means who asks for nothing else."""
        named = {unaccented(word) for word in words(self.name)}
        return (
            self.is_number and self.kind != "percent" and not named & _LEVELS and not self.level_at and not self.running
        )

    def profile(self) -> Column:
        often = Counter(self.cells)
        read = {cell: value for cell, value in self._meanings.items() if value is not None}
        distinct = {unaccented(value) if isinstance(value, str) else value for value in read.values()}
        values: list[str] = []
        low = high = None
        if not self.is_number and self.kind != "date":
            values = [
                cell[:_LONGEST_VALUE] for cell, _ in often.most_common(_PROFILE_VALUES + len(BLANK)) if cell in read
            ]
        elif read:
            ends = (pick(read.items(), key=lambda one: one[1]) for pick in (min, max))
            low, high = ((str(value) if isinstance(value, Date) else cell) for cell, value in ends)
        numbers = [value for value in read.values() if isinstance(value, Decimal)]
        signs = {value > 0 for value in numbers if value}
        return Column(
            name=self.name, kind=self.kind, distinct=len(distinct), filled=sum(often[cell] for cell in read),
            values=values, low=low, high=high,
            unit=self.unit, units=self.units, decimal=self.decimal, adds_up=self.adds_up, level_at=self.level_at,
            running=self.running,
            both_signs=len(signs) == 2,
            whole=all(value == value.to_integral_value() for value in numbers),
            doubtful_dates=self.doubtful_dates, dated=order_words(self), read_as=self.read_as,
        )  # fmt: skip

    def _value(self, cell: str, order: Order) -> Value:
        if self.is_number:
            found = numeral(cell)
            if found is None or not (found.known or found.unit == self.unit):
                return None
            return found.value(self.decimal) * self.factors.get(found.unit, Decimal(1))
        if self.kind == "date":
            if cell.isdecimal() and len(cell) <= 2:
                return Date(0, int(cell)) if 1 <= int(cell) <= 12 else None
            return date(cell, order)
        return cell


def order_words(column: TypedColumn) -> str:
    """'the day first', for a column of dates whose order a cell does not show."""
    if column.kind != "date" or (order_of(column.cells[:2000]) == "day first" and not column.doubtful_dates):
        return ""
    return column.order


def bare(name: str) -> str:
    """A column's name without its unit: 'Revenue (USD m)' is 'Revenue'."""
    return " ".join(re.sub(r"\(.*?\)|\[.*?\]", " ", name).replace("_", " ").split()) or name


def typed_columns(names: Sequence[str], rows: Sequence[Sequence[str]], decimal_hint: Mark | None) -> list[TypedColumn]:
    """The columns of a table. ``decimal_hint`` is what its separator suggests: semicolons, that commas are decimal."""
    columns = [TypedColumn(name, [row[at] for row in rows]) for at, name in enumerate(names)]
    context = _context(columns)
    german_or_french = bool(_GERMAN_OR_FRENCH.search(unaccented(" ".join(names)))) or any(
        letter in " ".join(names).casefold() for letter in "äöüßéèêç"
    )
    expected: Mark | None = context.decimal or decimal_hint or ("," if german_or_french else None)
    for at, column in enumerate(columns):
        _decide(column, at, len(columns), context, expected)
    _units_beside(columns)
    _levels_over_time(columns)
    for column in columns:
        column.running = column.is_number and not column.level_at and _is_running(column, columns)
    return columns


def _is_running(column: TypedColumn, columns: list[TypedColumn]) -> bool:
    named = {unaccented(word) for word in words(column.bare_name)}
    if named & _RUNNING:
        return True
    values = [value for value in column.values[:_PROFILE_VALUES] if isinstance(value, Decimal)]
    if len(values) < _FEWEST_CARRIED or all(one.kind != "date" for one in columns):
        return False
    if named & _RISING:
        return all(before <= after for before, after in pairwise(values))
    return len(values) == len(column.values[:_PROFILE_VALUES]) and _carries_on(column, values, columns)


def _carries_on(column: TypedColumn, values: list[Decimal], columns: list[TypedColumn]) -> bool:
    """Whether each row says what the one before it said, more or less by another number: a balance.

    That number stands in the later row, or in each row in the earlier one where the latest is the first; a column of
    them is always added, or always taken off.
    """
    steps = [after - before for before, after in pairwise(values)]
    if len({abs(step) for step in steps}) < 2 or max(map(abs, steps)) < _SMALL:
        return False
    others = [one.values[: len(values)] for one in columns if one.is_number and one is not column]
    for beside in ([one[1:] for one in others], [one[:-1] for one in others]):
        moving = [one for one in beside if _moves(one, steps, 1) or _moves(one, steps, -1)]
        if all(step and any(one[at] for one in moving) for at, step in enumerate(steps)):
            return True
    return False


def _moves(values: list[Value], steps: list[Decimal], sign: int) -> bool:
    """Whether each value that there is makes the step of its row."""
    return all(
        not value or (isinstance(value, Decimal) and value == sign * step)
        for value, step in zip(values, steps, strict=True)
    )


def _levels_over_time(columns: list[TypedColumn]) -> None:
    """Mark the numbers of what stands somewhere, where a table counts the same at several dates."""
    named = {one.name: {unaccented(word) for word in words(one.name)} for one in columns if one.is_number}
    standing = [one for one in columns if named.get(one.name, set()) & _STANDING and not named[one.name] & _ARRIVING]
    dated = [one for one in columns if one.kind == "date"]
    if not standing or len(dated) != 1:
        return
    labels = [
        one for one in columns if one.kind in ("text", "id", "yes/no") and len(set(one.filled)) < len(one.filled)
    ]  # fmt: skip
    if not labels and any(one.kind == "text" and len(set(one.filled)) == len(one.filled) > 1 for one in columns):
        return  # Each row is a thing of its own, with a date of its own.
    first: dict[tuple[str, ...], Value] = {}
    dates = dated[0].values
    for row, at in enumerate(dates):
        label = tuple(unaccented(one.cells[row]) for one in labels)
        if at is not None and first.setdefault(label, at) != at:
            for one in standing:
                one.level_at = dated[0].name
            return


def _context(columns: list[TypedColumn]) -> Context:
    bodies: list[str] = []
    orders: set[str] = set()
    for column in columns:
        filled = column.filled[:2000]
        found = [one for cell in filled if (one := numeral(cell))]
        if filled and len(found) >= _ENOUGH * len(filled):
            bodies += [one.body for one in found]
        elif filled and sum(date(cell) is not None or date(cell, "month first") is not None for cell in filled) >= (
            _ENOUGH * len(filled)
        ):
            orders.add(order_of(filled))
    certain = orders & {"day first", "month first"}
    slashed = {order for order in certain if len(certain) == 1}
    dates = next(iter(slashed), None) if "either" in orders else None
    return Context(decimal_mark(bodies), dates, _flows(columns))  # type: ignore[arg-type]


def _flows(columns: list[TypedColumn]) -> frozenset[str]:
    """A receipt is what came in where a payment is what went out; beside an income, it has a number."""
    named = frozenset(column.name for column in columns if column.bare_name.casefold() in _FLOWS)
    return named if len(named) > 1 else frozenset()


def _decide(column: TypedColumn, at: int, width: int, context: Context, expected: Mark | None) -> None:
    filled = column.filled
    if not filled:
        return
    enough = _ENOUGH * len(filled)
    plain = {unaccented(cell) for cell in filled}
    named = [unaccented(word) for word in words(column.bare_name)]
    if set(named) & _VERSION_WORDS:
        return  # 2.10 comes after 2.9.
    if plain <= YES | NO and len(plain) <= 2:
        column.kind = "yes/no"
    elif _is_date(column, filled, enough, named, context):
        column.kind = "date"
    elif _is_id(filled, named, at, width) and column.name not in context.flows:
        column.kind = "id"
    else:
        found = [one for cell in filled if (one := numeral(cell))]
        strange = Counter(one.unit for one in found if not one.known)
        if len(found) >= enough and (not strange or strange.most_common(1)[0][1] == len(filled)):
            _number(column, found, named, context, expected)


def _is_date(column: TypedColumn, filled: list[str], enough: float, named: list[str], context: Context) -> bool:
    if sum(is_year(cell) for cell in filled) >= enough:
        return bool(set(named) & (_YEAR_WORDS | _YEARS_OF)) or any(word.endswith(("year", "jahr")) for word in named)
    if all(re.fullmatch(r"\d{1,2}", cell) for cell in filled):
        return bool(set(named) & _MONTH_WORDS) and all(1 <= int(cell) <= 12 for cell in filled)
    if all(cell.isdecimal() for cell in filled) and not set(named) & _DATE_WORDS:
        return False
    order = order_of(filled)
    if order == "neither":
        return False
    if order == "either":
        column.doubtful_dates = context.dates is None
        column.order = context.dates or "day first"
    else:
        column.order = order
    return sum(date(cell, column.order) is not None for cell in filled) >= enough


def _is_id(filled: list[str], named: list[str], at: int, width: int) -> bool:
    if not all(cell.isdecimal() for cell in filled):
        return False
    if any(len(cell) > 1 and cell[0] == "0" for cell in filled) or any(len(cell) > 15 for cell in filled):
        return True
    counts = bool(named) and ((named[0] in _COUNTING and len(named) > 1) or bool(set(named) & (_RUNNING | _RISING)))
    if not counts and named and (named[-1] in _ID_WORDS or named[0] in _ID_WORDS or named[-1].endswith("nummer")):
        return True
    if len(set(filled)) < len(filled):
        return bool(named) and named[-1] in _THINGS and len({len(cell) for cell in filled}) == 1 and len(filled[0]) > 2
    if named and named[-1] in _THINGS:
        return True
    numbers = [int(cell) for cell in filled]
    rising = all(low < high for low, high in pairwise(numbers))
    alike = len({len(cell) for cell in filled}) == 1 and len(filled[0]) >= 4
    counted = numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] in (0, 1)
    return (
        at == 0
        and width > 1
        and len(filled) > 1
        and rising
        and (alike or counted)
        and not (counts or _is_plural(named))
    )


def _is_plural(named: list[str]) -> bool:
    return bool(named) and named[-1].endswith("s") and not named[-1].endswith("ss")


def _number(
    column: TypedColumn, found: list[Numeral], named: list[str], context: Context, expected: Mark | None
) -> None:
    own_units = {one.unit for one in found}
    header = header_unit(column.name)
    column.kind = "number"
    if own_units <= {"", "%"} and ("%" in own_units or header == "%" or _are_shares(named, found)):
        column.kind, column.unit = "percent", "%"
    elif any(is_currency(unit) for unit in own_units) or is_currency(header.split(" ")[0]):
        column.kind = "money"
    elif own_units != {""} or header:
        column.kind = "quantity"
    _notation(column, [one.body for one in found], context, expected)
    if column.kind == "percent":
        return
    if own_units <= {"", *([header] if header else [])} or len(own_units - {""}) == 0:
        column.unit = header
    elif len(own_units - {""}) == 1 and not header:
        column.unit = next(iter(own_units - {""}))
    elif common := common_unit(own_units):
        column.unit, column.factors = common
        others = [unit for unit in own_units if unit != column.unit]
        column.read_as = say(
            "I read {column} in {unit}, with {others} converted.",
            column=column.name, unit=column.unit, others=listed(sorted(others)),
        )  # fmt: skip
    else:
        by_cell = {cell: one.unit for cell in set(column.cells) if (one := numeral(cell))}
        column.own_units = [by_cell.get(cell, "") for cell in column.cells]


def _are_shares(named: list[str], found: list[Numeral]) -> bool:
    return bool(set(named) & _PERCENT_WORDS) and all(len(re.split(r"[.,]", one.body)[0]) <= 3 for one in found)


def _notation(column: TypedColumn, bodies: list[str], context: Context, expected: Mark | None) -> None:
    """Decide which mark parts the decimals, and say so where only a guess decides."""
    either = [body for body in bodies if shape(body) == "either"]
    proven = decimal_mark(bodies)
    if proven or not either:
        column.decimal = proven or context.decimal or "."
        return
    mark: Mark = "," if "," in either[0] else "."
    grouping: Mark = "." if mark == "," else ","
    unmarked = [int(body) for body in bodies if body.isdecimal()]
    if len({"," in body for body in either}) == 2:
        column.decimal = expected or "."
        column.read_as = say(
            "{column} mixes points and commas; I took the {mark} as the decimal mark.",
            column=column.name, mark=_mark_name(column.decimal),
        )  # fmt: skip
    elif context.decimal:
        column.decimal = context.decimal
    elif len(unmarked) > 1 and max(unmarked) < 1000 and "," in (mark, expected):
        column.decimal = grouping  # Nobody writes 980 beside 1.250 and means little more than one.
    elif len(unmarked) > 1 and max(unmarked) >= 1000 and mark == ".":
        column.decimal = mark
    else:
        # Programs write decimals with a point; people write thousands with a comma, and with a point where the comma
        # parts the decimals.
        column.decimal = "." if mark == "," and expected != "," else expected or "."
        as_read = Numeral(either[0]).value(column.decimal)
        sentence = (
            "I read “{cell}” as {value}, with the {mark} as decimal mark." if column.decimal == mark
            else "I read “{cell}” as {value}, with the {mark} as separator of thousands."
        )  # fmt: skip
        column.read_as = say(sentence, cell=either[0], value=in_notation(f"{as_read:,f}"), mark=_mark_name(mark))


def _mark_name(mark: Mark) -> str:
    return say("comma" if mark == "," else "point")


def header_unit(name: str) -> str:
    """'EUR' of 'Betrag (EUR)', 'USD m' of 'Revenue (USD m)', 'kg' of 'Weight in kg', 'thousand EUR'; else empty."""
    inside = re.findall(r"[(\[]([^)\]]+)[)\]]", name)
    behind = re.findall(r"(?:,|/| in| en)\s+(\S+)$", name, re.I)
    last = name.replace("_", " ").split()[-1:] if len(name.replace("_", " ").split()) > 1 else []
    for text in [*inside, *behind]:
        if unit := unit_of(text):
            return unit
        pieces = re.sub(r"^(?:in|en)\s+", "", text.strip(), flags=re.I).replace(".", "").split()
        currency = next((unit for piece in pieces if (unit := unit_of(piece)) and is_currency(unit)), None)
        if currency and len(pieces) <= 3:
            return " ".join([currency, *(piece for piece in pieces if unit_of(piece) != currency)])
        if (
            pieces
            and len(pieces) <= 2
            and pieces[0].lower() in ("thousand", "thousands", "million", "millions", "000s", "'000")
        ):
            return " ".join(pieces)
    if last and last[0] in ("EUR", "USD", "GBP", "CHF", "€", "$", "£", "kg", "km", "%", "eur", "usd", "pct"):
        return unit_of(last[0]) or ""
    return ""


def _units_beside(columns: list[TypedColumn]) -> None:
    """A column that holds nothing but currencies or units says what the numbers beside it are in."""
    for at, column in enumerate(columns):
        filled = column.filled
        known = {cell: unit_of(cell) for cell in set(filled)}
        if column.kind != "text" or not filled or None in known.values():
            continue
        money = all(is_currency(unit or "") for unit in known.values())
        beside = [
            columns[place] for place in (at - 1, at + 1) if 0 <= place < len(columns) and columns[place].is_number
        ]
        named = [one for one in columns if money and one.is_number and not _counts(one)]
        for one in dict.fromkeys([*beside[:1], *named]) if not money else named or beside[:1]:
            if one.unit or one.own_units or one.kind == "percent":
                continue
            one.own_units = [known.get(cell) or "" for cell in column.cells]
            one.kind = "money" if money else "quantity"
            if len(one.units) == 1:
                one.unit, one.own_units = one.units[0], None


def _counts(column: TypedColumn) -> bool:
    named = {unaccented(word) for word in words(column.bare_name)}
    return bool(
        named
        & {
            "qty",
            "quantity",
            "count",
            "units",
            "pieces",
            "number",
            "menge",
            "anzahl",
            "stuck",
            "quantite",
            "nombre",
            "orders",
        }
    )
