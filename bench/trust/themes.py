"""What tables of real people are about."""

from collections.abc import Callable
from random import Random

from bench.trust import words
from bench.trust.records import Measure, Theme


def counted(first: int, width: int = 0, prefix: str = "") -> Callable[[Random, int], str]:
    """Ids one after the other: ``prefix``, and at least ``width`` digits."""
    return lambda rng, at: f"{prefix}{first + at:0{width}d}"


def drawn(digits: int) -> Callable[[Random, int], str]:
    return lambda rng, at: str(rng.randrange(10 ** (digits - 1), 10**digits))


def _measure(
    heading: str, low: int, high: int, places: int = 2, unit: str = "#", negative: float = 0.0, **forms: str
) -> Measure:
    return Measure(heading, {"measure": heading.lower(), **forms}, low, high, places, unit, negative)


def orders(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("orders", "web-orders", "order-book")), "order", "orders", rng.choice(("Order", "Order no.", "Order ID")),
        counted(rng.randrange(4100, 9000)), "Customer", "customer", "customers", words.people(rng, 6),
        (_measure("Amount", 20, 2900),), "Date",
        phrases={"count_of": ["How many orders did {v} place?", "How many orders are from {v}?"],
                 "when": ["When did {one} {id} come in?", "What is the date of order {id}?"]},
    )  # fmt: skip


def payroll(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("staff", "payroll", "employees")), "employee", "employees", "Employee", _names(rng),
        "Department", "department", "departments", words.DEPARTMENT,
        (_measure("Salary", 24000, 98000, 0),), "Hired",
        phrases={"count_of": ["How many employees work in {v}?", "How many people are in {v}?"],
                 "when": ["When was {id} hired?", "Since when has {id} been employed?"],
                 "count_month": ["How many employees were hired in {month}?"],
                 "sum_month": ["What is the total salary of those hired in {month}?"],
                 "latest": ["Who was hired last?", "Who is the newest employee?"],
                 "no_group": ["How many employees work in {stranger}?", "What is the total salary of {stranger}?"],
                 "no_year": ["How many employees were hired in {year}?"],
                 "no_id": ["What is the salary of {no_id}?", "How much does {no_id} earn?"],
                 "lookup": ["What is the salary of {id}?", "How much does {id} earn?"],
                 "group_of": ["In which department does {id} work?", "What is {id}'s department?"],
                 "highest": ["Who has the highest salary?", "Who earns the most?"],
                 "lowest": ["Who has the lowest salary?"]},
    )  # fmt: skip


def _names(rng: Random) -> Callable[[Random, int], str]:
    names = words.people(rng, 20)
    return lambda _, at: names[at % len(names)]


def parcels(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("parcels", "shipments")), "parcel", "parcels", rng.choice(("Parcel", "Tracking number")), drawn(17),
        "Sender", "sender", "senders", words.firms(rng, 6), (_measure("Weight", 1, 30, 1, "# kg"),), "Posted",
        phrases={"count_of": ["How many parcels did {v} send?", "How many parcels are from {v}?"],
                 "when": ["When was parcel {id} posted?"], "highest": ["Which parcel is the heaviest?", "Which parcel has the highest weight?"]},
    )  # fmt: skip


def counties(rng: Random) -> Theme:
    names = rng.sample(words.LAST["en"], 20)
    return Theme(
        "en", rng.choice(("districts", "counties")), "district", "districts", "District",
        lambda _, at: f"{names[at % len(names)]} {('District', 'Borough')[at % 2]}", "State", "state", "states",
        ["Westmark", "Eastmark", "Highland", "Lowland", "Midland"], (_measure("Population", 104000, 4900000, 0),),
        phrases={"count_of": ["How many districts are in {v}?", "How many districts does {v} have?"],
                 "lookup": ["What is the population of {id}?", "How many people live in {id}?"],
                 "group_of": ["In which state is {id}?", "Which state does {id} belong to?"],
                 "sum_of": ["How many people live in {v}?", "What is the total population of {v}?"]},
    )  # fmt: skip


def stock(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("stock", "inventory", "warehouse")), "item", "items", rng.choice(("SKU", "Item no.")),
        counted(rng.randrange(14, 90), 5), "Shelf", "shelf", "shelves", [f"Aisle {letter}" for letter in "ABCDEF"],
        (_measure("Quantity", 12, 980, 0), _measure("Price", 2, 400)),
        phrases={"count_of": ["How many items are on {v}?", "How many items does {v} hold?"]},
    )  # fmt: skip


def invoices(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("invoices", "billing", "receivables")), "invoice", "invoices", "Invoice",
        counted(rng.randrange(100, 700), 4, f"INV-{rng.choice((24, 25, 26))}-"), "Client", "client", "clients", words.firms(rng, 6),
        (_measure("Net", 150, 9000, measure="net amount"), _measure("VAT", 30, 1800, measure="VAT")), "Issued",
        phrases={"count_of": ["How many invoices went to {v}?", "How many invoices does {v} have?"],
                 "when": ["When was invoice {id} issued?"]},
    )  # fmt: skip


def accounts(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("ledger", "balances", "accounts")), "account", "accounts", "Account", counted(rng.randrange(1200, 8000), 6),
        "Branch", "branch", "branches", words.CITY["en"][:6], (_measure("Balance", 100, 8800, negative=0.35),),
        phrases={"count_of": ["How many accounts are in {v}?"], "lowest": ["Which account has the lowest balance?"]},
    )  # fmt: skip


def trips(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("trips", "sailings", "voyages")), "trip", "trips", "Trip", counted(rng.randrange(300, 900), 0, "T"),
        "Boat", "boat", "boats", rng.sample(words.BOAT, 6), (_measure("Passengers", 6, 420, 0),), "Date",
        phrases={"count_of": ["How many trips did {v} make?", "How many trips did the {v} make?"],
                 "when": ["When did trip {id} take place?"],
                 "sum": ["How many passengers were there in total?", "What is the total number of passengers?"],
                 "sum_of": ["How many passengers did the {v} carry in total?", "What is the total number of passengers of the {v}?"],
                 "average": ["What is the average number of passengers?", "How many passengers were there on average?"],
                 "average_of": ["What is the average number of passengers of the {v}?"],
                 "share": ["What percentage of the passengers travelled on the {v}?"],
                 "without": ["What is the total number of passengers without the {v}?", "How many passengers were there, except on the {v}?"],
                 "count_without": ["How many trips are there without those of the {v}?"],
                 "top": ["Which boat carried the most passengers in total?"], "bottom": ["Which boat carried the fewest passengers in total?"],
                 "biggest": ["Which boat was the busiest?"],
                 "highest": ["Which trip had the most passengers?"], "lowest": ["Which trip had the fewest passengers?"],
                 "maximum": ["What is the highest number of passengers?"],
                 "lookup": ["How many passengers did trip {id} have?", "How many passengers were on trip {id}?"],
                 "group_of": ["Which boat made trip {id}?", "What was the boat of trip {id}?"],
                 "sum_month": ["How many passengers were there in {month}?"],
                 "no_group": ["How many trips did the {stranger} make?", "How many passengers did the {stranger} carry?"],
                 "no_id": ["How many passengers did trip {no_id} have?"],
                 "no_year": ["How many trips were there in {year}?", "How many passengers were there in {year}?"]},
    )  # fmt: skip


def sales(rng: Random) -> Theme:
    return Theme(
        "en", rng.choice(("sales", "turnover", "shop-sales")), "shop", "shops", "Shop", _places(rng, "en"), "Region", "region", "regions",
        words.REGION["en"], (_measure("Revenue", 1100, 98000),),
        phrases={"count_of": ["How many shops are in {v}?", "How many shops does the {v} region have?"],
                 "lookup": ["What is the revenue of {id}?", "How much revenue did {id} make?"]},
    )  # fmt: skip


def _places(rng: Random, language: str) -> Callable[[Random, int], str]:
    cities, streets = words.CITY[language], words.STREET[language]
    every = [f"{city} {street}" for city in cities for street in streets[:2]]
    rng.shuffle(every)
    return lambda _, at: every[at % len(every)]


def foreign_sales(rng: Random) -> Theme:
    """A German table about which is asked in English, in its own words."""
    return Theme(
        "en", rng.choice(("umsatz", "filialen")), "Filiale", "Filialen", "Filiale", _places(rng, "de"), "Region", "Region", "Regionen",
        words.REGION["de"], (_measure("Umsatz", 1100, 98000, measure="Umsatz"),),
        phrases={"count_of": ["How many Filialen are in {v}?", "How many Filialen does the Region {v} have?"]},
    )  # fmt: skip


def umsatz(rng: Random) -> Theme:
    return Theme(
        "de", rng.choice(("umsatz", "filialen", "umsatzliste")), "Filiale", "Filialen", "Filiale", _places(rng, "de"), "Region",
        "Region", "Regionen", words.REGION["de"],
        (Measure("Umsatz", {"der": "der Umsatz", "des": "des Umsatzes", "high": "den höchsten Umsatz", "hohe": "Umsatz"}, 1100, 98000),),
        forms={"which": "Welche Region", "which_one": "Welche Filiale", "of": "der Filiale {id}", "of_group": "der Region {v}"},
        phrases={"count_of": ["Wie viele Filialen hat die Region {v}?", "Wie viele Filialen gibt es in der Region {v}?"]},
    )  # fmt: skip


def rechnungen(rng: Random) -> Theme:
    return Theme(
        "de", rng.choice(("rechnungen", "offene-posten")), "Rechnung", "Rechnungen", rng.choice(("Rechnung", "Rechnungsnr.")),
        counted(rng.randrange(10, 70), 5), "Kunde", "Kunde", "Kunden", words.firms(rng, 6, "de"),
        (Measure("Betrag", {"der": "der Betrag", "des": "des Betrags", "high": "den höchsten Betrag", "hohe": "Betrag"}, 90, 8800, unit="# €"),),
        "Datum",
        forms={"which": "Welcher Kunde", "which_one": "Welche Rechnung", "of": "der Rechnung {id}", "of_group": "von {v}"},
        phrases={"count_of": ["Wie viele Rechnungen hat {v}?", "Wie viele Rechnungen gingen an {v}?"],
                 "when": ["Welches Datum hat die Rechnung {id}?", "Von wann ist die Rechnung {id}?"]},
    )  # fmt: skip


def lager(rng: Random) -> Theme:
    return Theme(
        "de", rng.choice(("lager", "bestand")), "Artikel", "Artikel", "Artikelnr.", counted(rng.randrange(200, 900), 6), "Lieferant",
        "Lieferant", "Lieferanten", words.firms(rng, 6, "de"),
        (Measure("Menge", {"der": "die Menge", "des": "der Menge", "high": "die größte Menge", "hohe": "Menge"}, 1100, 48000, 0),),
        forms={"which": "Welcher Lieferant", "which_one": "Welcher Artikel", "of": "des Artikels {id}", "of_group": "von {v}"},
        phrases={"count_of": ["Wie viele Artikel liefert {v}?", "Wie viele Artikel kommen von {v}?"]},
    )  # fmt: skip


def ventes(rng: Random) -> Theme:
    return Theme(
        "fr", rng.choice(("ventes", "magasins")), "magasin", "magasins", "Magasin", _places(rng, "fr"), "Région", "région", "régions",
        words.REGION["fr"],
        (Measure("Ventes", {"le": "les ventes", "du": "des ventes", "high": "les ventes les plus élevées", "most": "ventes"}, 1100, 98000),),
        forms={"which": "Quelle région", "which_one": "Quel magasin", "of": "du magasin {id}", "of_group": "de la région {v}",
               "distinct": "différentes"},
        phrases={"count_of": ["Combien de magasins y a-t-il dans la région {v} ?", "Combien de magasins la région {v} compte-t-elle ?"]},
    )  # fmt: skip


def factures(rng: Random) -> Theme:
    return Theme(
        "fr", rng.choice(("factures", "facturation")), "facture", "factures", "Facture", counted(rng.randrange(10, 90), 4, "F-"), "Client",
        "client", "clients", words.firms(rng, 6, "fr"),
        (Measure("Montant", {"le": "le montant", "du": "du montant", "high": "le montant le plus élevé", "most": "montant"}, 90, 9800, unit="# €"),),
        "Date",
        forms={"which": "Quel client", "which_one": "Quelle facture", "of": "de la facture {id}", "of_group": "de {v}", "distinct": "différents"},
        phrases={"count_of": ["Combien de factures {v} a-t-il reçues ?", "Combien de factures concernent {v} ?"],
                 "when": ["Quelle est la date de la facture {id} ?", "De quand date la facture {id} ?"]},
    )  # fmt: skip
