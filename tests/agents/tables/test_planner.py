"""What the words of a question become, against the profile of a real table."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.extraction.question import plan_parts
from agents.sample import sample_files
from agents.tables.engine import TypedTable, compute
from agents.tables.plan import TablePlan
from agents.tables.planner import Declined, Reading, plan_calculation
from agents.tables.table import Table
from agents.tables.words import row_ranges
from agents.text.answer_state import Turn
from tests.support.tables import read, said, told, typed

SAMPLE = next(path for path in sample_files() if path.suffix == ".csv")
FILES = {
    "invoices.csv": """Date,Supplier,Category,Amount (EUR)
2024-01-03,Nordic Dredging,Harbour,12500
2024-01-20,Aune & Sons,Repairs,1800.50
2024-02-11,Nordic Dredging,Harbour,9900
2024-03-05,Lyng Paint,Repairs,640
2025-01-09,Aune & Sons,Harbour,2200
""",
    "tickets.csv": """Ticket No,Owner,Status,Urgent,Hours
00041,Ann,open,yes,3
00042,Ben,closed,no,5.5
00043,Ann,open,no,1
00044,Cid,closed,yes,8
00107,Ann,closed,no,2.5
""",
    "lines.csv": """Order ID,Customer,Product,Qty,Price
501,Ada,Pen,2,2.00
501,Ada,Ink,1,9.50
502,Bob,Pen,10,2.00
503,Ada,Pad,3,4.00
""",
    "filialen.csv": """Stadt;Umsatz;Kunden
Berlin;12.400,50;1.250
Köln;8.700,00;980
Bremen;23.150,25;2.310
Gesamt;44.250,75;4.540
""",
    "magasins.csv": (
        "Ville;Ventes;Employés\nLyon;1\u202f234,56;3\nParis;2\u202f000,00;9\nLille;985,10;4\nTotal;4\u202f219,66;16\n"
    ),
    "bank.csv": """Booking date;Text;Amount;Balance
01.12.2025;Salary;2.500,00;5.430,20
03.12.2025;Rent;-850,00;4.580,20
05.12.2025;Food;-45,20;4.535,00
08.01.2026;Refund;100,00;4.635,00
""",
    "receipt.csv": "Item,Amount\nDesk,240.00\nLamp,35.50\nSubtotal,275.50\nVAT 20%,55.10\nTotal,330.60\n",
    "prices.csv": "Item,Price\nRope,€11\nSail,$20\nOar,€30\n",
    "trips.csv": "Date,Trips\n03/04/2025,4\n03/05/2025,5\n04/02/2025,6\n",
    "people.csv": "Name,Age\nUma,31\nVal,27\nWes,31\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def planned(path: Path, question: str, history: Sequence[Turn] = ()) -> TablePlan:
    found = read(path, question, history)
    assert isinstance(found, Reading), found
    return found.plans[0][1]


@pytest.mark.parametrize(
    ("file", "question", "start"),
    [
        # Totals and means, of all rows and of some.
        ("invoices.csv", "total amount", "The total amount is 27,040.50 EUR, over 5 rows of invoices.csv."),
        ("invoices.csv", "What is the total?", "The total amount is 27,040.50 EUR"),
        ("invoices.csv", "How much did we pay Nordic Dredging?", "For Nordic Dredging, the total amount is 22,400 EUR"),
        ("invoices.csv", "How much did we spend on repairs in 2024?", "In 2024 for Repairs, the total amount is 2,4"),
        ("invoices.csv", "average amount before 2025", "Before 2025, the mean amount is 6,210.13 EUR, over 4 rows"),
        ("invoices.csv", "total amount in the first quarter of 2024", "In Q1 of 2024, the total amount is 24,840.50"),
        ("invoices.csv", "total amount from January to February 2024", "From January 2024 until February 2024, the"),
        ("invoices.csv", "total amount after 11 February 2024", "After 11 February 2024, the total amount is 2,840"),
        ("lines.csv", "What is the price of Ink?", "For Ink, the order ID is 501, the customer is Ada and the price"),
        # What is left out.
        ("invoices.csv", "total amount without Aune & Sons", "Without Aune & Sons, the total amount is 23,040 EUR"),
        ("invoices.csv", "total amount except Lyng Paint and Nordic Dredging", "Without Lyng Paint or Nordic Dredgi"),
        ("tickets.csv", "How many tickets are not urgent?", "3 of the 5 rows of tickets.csv match with Urgent not y"),
        # Counting rows, different values, and what counts already.
        ("invoices.csv", "How many invoices from Aune & Sons?", "2 of the 5 rows of invoices.csv match for Aune & S"),
        ("invoices.csv", "how many rows have an amount over 2000?", "3 of the 5 rows of invoices.csv match with amo"),
        ("tickets.csv", "How many tickets are there?", "tickets.csv has 5 rows."),
        ("tickets.csv", "How many owners are there?", "There are 3 different values of Owner, in 5 rows"),
        ("tickets.csv", "How many open tickets does Ann have?", "2 of the 5 rows of tickets.csv match for open and"),
        ("lines.csv", "How many orders did Ada place?", "There are 2 different values of Order ID for Ada, in 3 rows"),
        ("lines.csv", "How many pens were sold?", "For Pen, the total qty is 12, over 2 rows of lines.csv."),
        ("bank.csv", "How many bookings are there?", "bank.csv has 4 rows."),
        # Who has the most.
        ("invoices.csv", "top 2 suppliers by amount", "The 2 highest by total amount are 22,400 EUR (Nordic Dredging)"),
        ("invoices.csv", "highest amount", "The highest amount is 12,500 EUR: 2024-01-03 (Nordic Dredging, Harbour)."),
        ("tickets.csv", "Who has the most tickets?", "Ann has the highest number of rows: 3."),
        ("tickets.csv", "Which ticket took the most hours?", "00044 (Cid, closed) has the highest number of hours: 8."),
        ("tickets.csv", "What is the highest ticket number?", "The highest ticket No is 00107: Ann (closed, no)."),
        ("lines.csv", "Which customer has the most orders?", "Ada has the highest number of different values of Ord"),
        ("people.csv", "Who is the oldest?", "Uma and Wes have the highest age: 31 each. I read “oldest” by Age."),
        # Shares and differences.
        ("invoices.csv", "What percentage of the amount is for repairs?", "The share for Repairs is 9.03 % of the to"),
        ("tickets.csv", "What share of tickets is open?", "The share for open is 40 % of the rows of tickets.csv."),
        ("invoices.csv", "difference between the highest and lowest amount", "The difference between the highest an"),
        ("filialen.csv", "Differenz zwischen Berlin und Köln beim Umsatz", "The total umsatz is 12,400.50 (Berlin)"),
        # Looking up.
        ("tickets.csv", "Who owns 00044?", "For 00044, the owner is Cid, in tickets.csv."),
        ("tickets.csv", "What is the status of ticket 00042?", "For 00042, the status is closed, in tickets.csv."),
        ("tickets.csv", "Which tickets are open?", "2 rows of tickets.csv match for open, with 2 values of Ticket N"),
        ("bank.csv", "What is the balance at the end?", "The balance of the latest booking date, 08.01.2026, is 4,6"),
        # Amounts with both signs.
        ("bank.csv", "How much was spent in total?", "The total outgoing amount is 895.20, over 4 rows of bank.csv."),
        ("bank.csv", "How much was received in December 2025?", "In December of 2025, the total incoming amount is"),
        # What the file sums up itself.
        ("receipt.csv", "What is the VAT?", "The row “VAT 20%” of receipt.csv says 55.10."),
        ("receipt.csv", "What is the total?", "The row “Total” of receipt.csv says 330.60 for Amount; the 2 rows"),
        ("filialen.csv", "Which Stadt has the most Kunden?", "Bremen has the highest kunden: 2,310. I left out row"),
        # German and French.
        ("filialen.csv", "Wie hoch ist der Gesamtumsatz?", "The total umsatz is 44,250.75, over 3 rows of filialen."),
        ("filialen.csv", "Wie viele Kunden hat Köln?", "For Köln, the total kunden is 980"),
        ("filialen.csv", "Wie viele Städte gibt es?", "filialen.csv has 3 rows."),
        ("filialen.csv", "Welche Stadt hat den niedrigsten Umsatz?", "Köln has the lowest umsatz: 8,700."),
        ("filialen.csv", "Wie hoch ist der Umsatz ohne Berlin?", "Without Berlin, the total umsatz is 31,850.25"),
        ("magasins.csv", "Quel est le total des ventes ?", "The total number of ventes is 4,219.66, over 3 rows"),
        ("magasins.csv", "Quelle ville a les ventes les plus élevées ?", "Paris has the highest number of ventes: 2"),
        ("magasins.csv", "Combien d'employés y a-t-il ?", "The total number of employés is 16"),
        ("magasins.csv", "Quelles sont les ventes sans Lyon ?", "Without Lyon, the total number of ventes is 2,985.10"),
    ],
)  # fmt: skip
def test_the_words_of_a_question_become_a_calculation(folder: Path, file: str, question: str, start: str) -> None:
    assert said(folder / file, question).startswith(start)


@pytest.mark.parametrize(
    ("file", "question", "reason"),
    [
        ("invoices.csv", "What is the total amount without Zoe?", "“Zoe”"),
        ("invoices.csv", "How much did we pay Nordic Shipping?", "“Shipping”"),
        ("invoices.csv", "What is the total discount of Lyng Paint?", "“discount”"),
        ("invoices.csv", "How many invoices are overdue?", "“overdue”"),
        ("invoices.csv", "What is the total amount of 7 repairs?", "“7”"),
        ("invoices.csv", "What is the total amount of the suppliers?", "“suppliers”"),
        ("invoices.csv", "Which supplier has the second highest amount?", "“second”"),
        ("invoices.csv", "What is the amount of only Lyng Paint?", "“only”"),
        ("invoices.csv", "How many suppliers have more than 2 invoices?", "comparison"),
        ("invoices.csv", "Which supplier has no repairs?", "left"),
        ("tickets.csv", "What is the sum of the ticket numbers?", "identifiers"),
        ("people.csv", "How many people are in London?", "“London”"),
        ("people.csv", "What was the age in 2024?", "no dates"),
        ("lines.csv", "How many customers ordered both a Pen and a Pad?", "“both”"),
        ("filialen.csv", "Wie hoch ist der Umsatz in Dresden?", "“Dresden”"),
        ("magasins.csv", "Quelles sont les ventes de Marseille ?", "“Marseille”"),
    ],
)
def test_a_question_that_is_not_understood_to_its_last_word_gets_no_number(
    folder: Path, file: str, question: str, reason: str
) -> None:
    found = read(folder / file, question)
    assert isinstance(found, Declined), found
    assert reason in found.reason


@pytest.mark.parametrize("name", ["Uma", "Val"])
def test_somebody_is_found_by_a_part_of_the_name_and_that_is_told(tmp_path: Path, name: str) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("Name,Salary\nUma Berg,100\nVal Dahl,200\nUma Dahl,400\n")
    answer = said(path, f"What is the total salary of {name}?")
    assert f"I read “{name}” as {'Uma Berg or Uma Dahl' if name == 'Uma' else 'Val Dahl'} in Name." in answer


def test_dates_that_can_be_read_in_two_ways_give_both_answers_where_they_differ(folder: Path) -> None:
    answer = said(folder / "trips.csv", "How many trips in March 2025?")
    assert "If the month comes first in the dates: in March of 2025, the total number of trips is 9" in answer
    assert "If the day comes first in the dates: no row of trips.csv matches" in answer
    assert "two ways" not in said(folder / "trips.csv", "How many trips in 2025?")


def test_the_highest_is_told_for_single_rows_and_for_sums_where_they_differ(folder: Path) -> None:
    path = folder / "sums.csv"
    path.write_text("Customer,Amount\nAda,10\nAda,30\nBob,35\n")
    answer = said(path, "Which customer has the highest amount?")
    assert (
        "Adding up the rows: Ada has the highest total amount: 40. Row by row: Bob has the highest amount: 35."
        in answer
    )
    assert said(path, "Which customer has the highest total amount?").startswith("Ada has the highest total amount: 40")


def test_a_value_of_two_columns_is_told_for_both(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text("Caller,Receiver,Minutes\nAnn,Ben,3\nBen,Ann,5\nBen,Cid,7\n")
    answer = said(path, "How many minutes for Ann?")
    assert "With “Ann” as Caller: for Ann, the total number of minutes is 3" in answer
    assert "With “Ann” as Receiver: for Ann, the total number of minutes is 5" in answer
    assert "is 3, over 1 row" in said(path, "How many minutes for caller Ann?")


def test_currencies_get_a_total_each(folder: Path) -> None:
    answer = said(folder / "prices.csv", "What is the total price?")
    assert answer.startswith(
        "There is no single total price, because the currencies of Price differ: it is 41 EUR and 20 USD"
    )
    assert said(folder / "prices.csv", "What is the total price of Rope and Oar?").startswith(
        "For Rope or Oar, the total price is 41 EUR"
    )


def test_total_per_supplier(folder: Path) -> None:
    result = compute(typed(folder / "invoices.csv"), planned(folder / "invoices.csv", "total per supplier"))
    assert {row.group[0]: row.values[0] for row in result.rows} == {
        "Aune & Sons": 4000.5,
        "Lyng Paint": 640,
        "Nordic Dredging": 22400,
    }


def test_mean_winter_passengers_by_year() -> None:
    plan = planned(SAMPLE, "mean winter passengers by year")
    assert plan.conditions[0].values == ["12", "1", "2"]
    assert [group.part for group in plan.groups] == ["year"]
    assert compute(typed(SAMPLE), plan).rows[0].values == [1410]


def test_a_ratio_of_two_columns_is_not_a_group() -> None:
    plan = planned(SAMPLE, "winter passengers per crossing by year")
    measure = plan.measures[0]
    assert (measure.function, measure.column, measure.per) == ("ratio", "Passengers", "Crossings")
    assert [(group.column, group.part) for group in plan.groups] == [("Month", "year")]


def test_a_follow_up_replaces_what_it_names_and_keeps_the_rest() -> None:
    history: list[Turn] = [{"role": "user", "content": "mean winter passengers by year"}]
    plan, before = planned(SAMPLE, "and in summer?", history), planned(SAMPLE, "mean winter passengers by year")
    assert plan.conditions[0].values == ["6", "7", "8"]
    assert (plan.groups, plan.measures) == (before.groups, before.measures)


def test_a_fragment_that_says_all_leans_on_nothing(folder: Path) -> None:
    history: list[Turn] = [{"role": "user", "content": "Which supplier got the highest total?"}]
    plan = planned(folder / "invoices.csv", "amount by category", history)
    assert [row.group for row in compute(typed(folder / "invoices.csv"), plan).rows] == [["Harbour"], ["Repairs"]]


def test_cancelled_crossings_are_the_cancelled_ones() -> None:
    start = "In February of 1928, the total cancelled is 26"
    assert said(SAMPLE, "How many crossings were cancelled in February 1928?").startswith(start)


def test_a_trend_is_told() -> None:
    assert "From 1924 to 1931 it rose by 87 %." in said(SAMPLE, "How did passengers develop over the years?")


@pytest.mark.parametrize(
    "question",
    [
        "How many passengers may the Solveig carry in winter?",
        "Who rebuilt the engine?",
        "Why were crossings cancelled?",
        "What colour is the ship?",
        "Where does the ferry go?",
        "",
    ],
)
def test_what_a_table_cannot_answer_is_left_alone(question: str) -> None:
    assert not isinstance(read(SAMPLE, question), Reading)


def test_rows_are_named_as_ranges() -> None:
    assert row_ranges([7]) == "row 7"
    assert row_ranges([2, 3, 4, 9]) == "rows 2-4, 9"
    assert row_ranges(list(range(1, 400, 2))) == "rows 1, 3, 5, 7, 9, 11 and 194 more"


def test_how_much_of_something_sums_whatever_the_table_counts(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("Product,Units,Revenue\nTea,2,10\nGreen Tea,3,12\nGreen Tea,4,20\n")
    assert said(path, "How much Green Tea was sold?").startswith(
        "For Green Tea, the total number of units is 7 and the total revenue is 32, over 2 rows of sales.csv."
    )


ACCOUNT = """Buchungstag;Valuta;Text;Ausgang;Eingang;Stand
02.01.2026;02.01.2026;Lohn;;900,00;1.400,00
05.01.2026;06.01.2026;Miete;510,00;;890,00
09.01.2026;09.01.2026;Strom;61,20;;828,80
02.02.2026;03.02.2026;Miete;510,00;;318,80
"""


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        (ACCOUNT, "Wie viel habe ich im Januar gezahlt?",
         "In January, the total ausgang is 571.20, over 3 rows of t.csv"),
        (ACCOUNT, "What is the total Stand?", "Stand says in each row how much it is by then, so it has no total"),
        ("Town,Month,Snow (cm)\nMoss,Jan,n/a\nMoss,Feb,12\nBodø,Jan,30\n", "How much Snow had Moss in January?",
         "t.csv does not say the total snow in January for Moss: no number stands there."),
        ("Week,Nurse,Calls\n2026-W01,Ola,3\n2026-W02,Liv,11\n2026-W03,Ola,2\n", "Who had the most calls?",
         "Liv has the highest number of calls: 11. I read “Who” as the column Nurse."),
        ("Ship,Flag,Tons\nAda,NO,5\nBea,NO,9\nCyd,SE,7\n", "What are the 2 ships with the most Tons?",
         "The 2 highest by tons are 9 (Bea (NO)) and 7 (Cyd (SE))."),
        ("Ship,Flag,Total\nAda,NO,5\nBea,NO,9\nCyd,SE,6\n", "What share of the total came from SE?",
         "The share for SE is 30 % of the total total of t.csv."),
        ("Ware;Menge;Stückpreis;Gesamt\nTee;20;1,50;30,00\nRum;3;12,00;36,00\n", "Welche Ware ist am teuersten?",
         "Rum has the highest stückpreis: 12. I read “teuersten” by Stückpreis."),
        ("Ware;Menge;Stückpreis;Betrag\nTee;20;1,50;30,00\nRum;3;12,00;36,00\n", "Wie hoch ist der Gesamtpreis?",
         "the question does not say what to add up: Stückpreis, Menge or Betrag"),
        ("Day,Trips\n2026-03-05,4\n2026-03-06,9\n", "How many Trips on 5 March?",
         "On 5 March, the total number of trips is 4, over 1 row of t.csv."),
    ],
)  # fmt: skip
def test_everyday_files(tmp_path: Path, text: str, question: str, answer: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert told(path, question).startswith(answer), told(path, question)


def test_a_table_of_one_month_answers_what_was_in_that_month(tmp_path: Path) -> None:
    table = Table("wages, sheet “May”", ["Name", "Pay"], [["Ola", "4"], ["Liv", "5"]], [2, 3])
    profile = TypedTable(table).profile()
    in_may, in_june = (plan_parts(f"What is the total pay in {month}?", [])[0] for month in ("May", "June"))
    assert isinstance(plan_calculation(in_may, profile), Reading)
    assert isinstance(plan_calculation(in_june, profile), Declined)


@pytest.mark.parametrize(
    ("name", "text", "question", "words"),
    [
        ("orders.csv", "Order,Product,Quantity,Unit price\n1,Tea,7,2.5\n2,Tea,3,2.5\n3,Oil,9,4.1\n",
         "How many units of tea were sold?", "total quantity is 10"),
        ("orders.csv", "Order,Product,Quantity,Unit price\n1,Tea,7,2.5\n2,Tea,3,2.5\n3,Oil,9,4.1\n",
         "How many orders of fewer than 5 units?", "1 of the 3 rows"),
        ("staff.csv", "Name,Office,Salary (EUR),Bonus\nAda,Oslo,900,10%\nBo,Oslo,800,8%\nCy,Bern,990,9%\n",
         "Which office has the most employees?", "Oslo has the highest number of rows: 2"),
        ("staff.csv", "Name,Office,Salary (EUR),Bonus\nAda,Oslo,900,10%\nBo,Oslo,800,8%\nCy,Bern,990,9%\n",
         "What is Ada's bonus in euros?", "Bonus is in %, and the question speaks of EUR"),
        ("tasks.csv", "No,Task,Due\n1,Review of deployments by two people,2026-09-30\n2,Test of backups,2026-10-01\n",
         "How many deployments were there in September?", "do not know what is to be counted"),
    ],
)  # fmt: skip
def test_what_a_word_means_in_a_table(tmp_path: Path, name: str, text: str, question: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    assert words in told(tmp_path / name, question)


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        ("incident.pdf, page 2", "incidents"),
        ("staff.xlsx, sheet “Budget”", "staff"),
        ("report.docx, table 1", "reports"),
    ],
)
def test_the_name_of_a_document_does_not_say_what_the_rows_of_its_tables_are(
    tmp_path: Path, table: str, asked: str
) -> None:
    path = tmp_path / table
    path.write_text("No,Action\n1,Look\n2,Act\n")
    assert read(path, f"How many {asked} are there?") is None


@pytest.mark.parametrize("table", ["shipments.csv", "shipments.xlsx, sheet “Sheet1”", "2026.xlsx, sheet “Shipments”"])
def test_the_name_of_a_file_of_rows_and_of_a_sheet_does(tmp_path: Path, table: str) -> None:
    path = tmp_path / table
    path.write_text("No,Port\n1,Oslo\n2,Bern\n")
    assert "has 2 rows" in told(path, "How many shipments are there?")
