"""What answers are worth; the answers are such as products like ours give."""

from datetime import date
from decimal import Decimal

import pytest

from bench.trust.judge import Reply, judge
from bench.trust.question import Day, Every, Nothing, Number, Question, Readings, Words

_ORDER_ROW = "Order: 7001; Customer: Ada; Date: 2025-01-03; Amount: 4 [1]."


def _outcome(question: Question, answer: str, citations: int = 1) -> str:
    return judge(question, Reply(answer, citations), "orders.csv").outcome


def _number(value: str, kind: str = "sum", text: str = "What is the total amount?", **more: bool) -> Question:
    return Question(text, kind, Number(Decimal(value), **more))


@pytest.mark.parametrize(
    "written",
    [
        "12,345.60",
        "12.345,60",
        "12 345,6",
        "12\u202f345,60",
        "12'345.60",
        "12345.6",
        "€12,345.60",
        "12.345,60 €",
        "**12,345.60**",
    ],
)
def test_a_number_is_found_in_any_notation(written: str) -> None:
    assert _outcome(_number("12345.6"), f"The total amount is {written}, over 4 rows of orders.csv [1].") == "right"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("-1234.5", "-1,234.50"),
        ("-1234.5", "(1,234.50)"),
        ("-1234.5", "1.234,50-"),
        ("-1234.5", "minus 1234.5"),
        ("23139667", "2,31,39,667"),
    ],
)
def test_negative_numbers_and_lakhs_are_found(value: str, written: str) -> None:
    assert _outcome(_number(value), f"The total amount is {written} [1].") == "right"


@pytest.mark.parametrize("written", ["44.25", "44,25", "4,425", "44,250.5", "144,250", "44,251"])
def test_other_numbers_are_wrong(written: str) -> None:
    assert _outcome(_number("44250"), f"The total amount is {written} [1].") == "wrong"


def test_a_sum_may_not_be_rounded_but_an_average_may() -> None:
    assert _outcome(_number("1483.583333"), "The total amount is 1,483.58 [1].") == "wrong"
    assert _outcome(_number("1483.583333", "average", rounded=True), "The mean amount is 1,483.58 [1].") == "right"
    assert _outcome(_number("1483.583333", "average", rounded=True), "The mean amount is 1,483.57 [1].") == "wrong"


@pytest.mark.parametrize(
    ("written", "outcome"), [("61.5 %", "right"), ("61,54 %", "right"), ("0.615", "right"), ("62.5 %", "wrong")]
)
def test_a_share(written: str, outcome: str) -> None:
    question = _number("61.538", "share", "What share is Ada's?", rounded=True, share=True)
    assert _outcome(question, f"Ada's share is {written} [1].") == outcome


def test_the_number_of_rows_of_a_sum_is_no_count() -> None:
    question = _number("4", "count", "How many orders are there?")
    assert _outcome(question, "The total order is 28,010, over 4 rows of orders.csv [1].") == "wrong"
    assert _outcome(question, "There are 4 orders [1].") == "right"
    assert _outcome(question, "There are four orders [1].") == "right"


def test_a_quoted_row_does_not_answer_what_is_added_up() -> None:
    assert _outcome(_number("4", "count", "How many orders are there?"), _ORDER_ROW) == "wrong"
    assert _outcome(_number("4", "lookup", "What is the amount of order 7001?"), _ORDER_ROW) == "right"


def test_the_first_value_counts() -> None:
    question = _number("40")
    assert _outcome(question, "The total amount is 80 [1]. Ada has 40 [1].") == "wrong"
    assert _outcome(question, "I read 1.000 as one thousand. The total amount is 40 [1].") == "right"
    assert _outcome(question, "The total amount is 40 [1]. I left out the total row (80).") == "right"
    assert (
        _outcome(_number("40", "lookup", "What is the amount of 7002?"), f"{_ORDER_ROW} Order: 7002; Amount: 40 [2].")
        == "wrong"
    )


def test_what_is_declined_is_honest_unless_a_value_is_asserted() -> None:
    question = _number("40")
    assert (
        _outcome(question, "The documents don't say: nothing in them answers “What is the total amount”.", 0)
        == "honest"
    )
    assert _outcome(question, "I could not add the amounts up: two cells could not be read.", 0) == "honest"
    assert _outcome(question, "The total amount is 90 [1]. Two cells could not be read.") == "wrong"
    assert _outcome(question, "No row of orders.csv matches [1].") == "wrong"


def test_what_is_asserted_before_it_is_declined_is_asserted() -> None:
    rent, pets = (
        Question("What is the rent?", "how much", Number(Decimal(40))),
        Question("Are dogs allowed?", "unanswerable", Nothing()),
    )
    assert _outcome(rent, "The rent is 90 [1]. The documents don't say when it is due.") == "wrong"
    assert _outcome(rent, "The documents don't say what the rent is. The deposit is 90 [1].") == "honest"
    assert _outcome(pets, "Dogs are allowed [1]. The documents don't say more.") == "wrong"
    assert _outcome(pets, "The documents don't say. The tenant is Ada [1].") == "right"


def test_a_right_value_needs_a_citation() -> None:
    assert _outcome(_number("40"), "The total amount is 40.", 0) == "wrong"


def test_the_closest_passage_of_a_declined_answer_is_not_the_answer() -> None:
    answer = "The documents don't say: nothing in them answers “Who is the tenant”. The closest they come: Contract no. 7 The tenant is Ada Abbott [1]."
    assert _outcome(Question("Who is the tenant?", "who", Words(("Ada Abbott",))), answer) == "honest"


def test_a_sentence_that_the_answer_itself_doubts_is_not_asserted() -> None:
    question = Question("Who is the tenant?", "who", Words(("Ada Abbott",)))
    doubted = (
        "\n\n**Not confirmed by the documents:**\n- “The tenant is Ben Barlow.” (The source speaks of something else.)"
    )
    assert _outcome(question, f"The tenant is Ben Barlow [1].{doubted}") == "honest"
    assert _outcome(question, f"The tenant is Ben Barlow [1]. He is called Ben Barlow [1].{doubted}") == "wrong"


def test_ids_keep_their_digits() -> None:
    question = Question("Which parcel is the heaviest?", "highest", Words(("90071992547409931",)))
    assert _outcome(question, "The heaviest parcel is 90071992547409931 [1].") == "right"
    assert _outcome(question, "The heaviest parcel is 90,071,992,547,409,936 [1].") == "wrong"
    zeros = Question("Which item?", "highest", Words(("00417",)))
    assert _outcome(zeros, "The item is 417 [1].") == "wrong"


def test_several_rows_do_not_say_which_of_them_is_the_largest() -> None:
    question = Question("Which order has the highest amount?", "highest", Words(("7001",)), rivals=("7002",))
    assert _outcome(question, _ORDER_ROW) == "right"
    assert _outcome(question, f"{_ORDER_ROW} Order: 7002; Customer: Ben; Date: 2025-01-04; Amount: 3 [1].") == "wrong"


def test_another_row_first_is_wrong() -> None:
    question = Question("Who has the most?", "most", Words(("Ada",)), rivals=("Ben", "Total"))
    assert _outcome(question, "Ada has the most: 5; Ben has 3 [1].") == "right"
    assert _outcome(question, "Total has the most: 8; Ada has 5 [1].") == "wrong"


def test_false_values_are_wrong_wherever_they_stand() -> None:
    question = Question("What is the rent?", "how much", Number(Decimal(4200)), false=(Words(("4,000",)),))
    assert _outcome(question, "The rent is 4,200 crowns [1].") == "right"
    assert _outcome(question, "The rent is 4,0004,200 crowns [1].") == "wrong"
    assert _outcome(question, "The rent is 4,200 crowns [1]. The rent is 4,000 crowns [1].") == "wrong"


def test_a_sentence_over_two_columns_is_garbled() -> None:
    question = Question("When did Sydlys burn?", "when", Day(date(1952, 3, 3)), apart=("Nordlys",))
    assert _outcome(question, "Sydlys burned on 3 March 1952 [1].") == "right"
    assert _outcome(question, "The ferry Nordlys was built in Sydlys burned on 3 March 1952 [1].") == "wrong"


@pytest.mark.parametrize(
    "written",
    ["3 March 1952", "March 3, 1952", "1952-03-03", "03.03.1952", "3. März 1952", "3 mars 1952", "3-Mar-1952"],
)
def test_a_date_is_found_however_it_is_written(written: str) -> None:
    assert _outcome(Question("When?", "when", Day(date(1952, 3, 3))), f"It was on {written} [1].") == "right"
    assert _outcome(Question("When?", "when", Day(date(1952, 3, 4))), f"It was on {written} [1].") == "wrong"


def test_nothing_may_be_missing_in_a_list() -> None:
    question = Question("What is on board?", "list", Every((Words(("a torch",)), Words(("spare fuses",)))))
    assert _outcome(question, "- A torch [1]\n- Spare fuses [1]") == "right"
    assert _outcome(question, "- A torch [1]") == "wrong"


def test_where_nothing_is_known_only_saying_so_is_right() -> None:
    question = Question("What did Zoe pay in total?", "unanswerable", Nothing(zero=True))
    assert _outcome(question, "The documents don't say.", 0) == "right"
    assert _outcome(question, "No row of orders.csv has “Zoe” [1].") == "right"
    assert _outcome(question, "Zoe paid 0 [1].") == "right"
    assert _outcome(question, "The total amount is 40 [1].") == "wrong"
    assert (
        _outcome(Question("Who is it?", "unanswerable", Nothing()), "Das steht nicht in den Dokumenten.", 0) == "right"
    )
    assert (
        _outcome(
            Question("Who is it?", "unanswerable", Nothing()), "Les documents ne le disent pas : rien n'y répond.", 0
        )
        == "right"
    )


def test_what_could_not_be_read_has_to_be_said() -> None:
    question = Question("What is the rent?", "unreadable", Nothing(unreadable=True))
    assert (
        _outcome(question, "The documents don't say. Pages 2 to 5 of scan.pdf hold no text that could be read.", 0)
        == "right"
    )
    assert _outcome(question, "The documents don't say.", 0) == "honest"
    assert _outcome(question, "The rent is 900 [1].") == "wrong"


def test_of_two_readings_both_are_told_or_how_it_was_read() -> None:
    question = Question(
        "How many in March?", "ambiguous", Readings((Number(Decimal(93)), Number(Decimal(41))), ("day first",))
    )
    assert _outcome(question, "93 if the month stands first, 41 if the day does [1].") == "right"
    assert _outcome(question, "There were 93, with the dates read as month first [1].") == "right"
    assert _outcome(question, "There were 93 [1].") == "wrong"
    assert _outcome(question, "I cannot tell: the dates could have the day first or the month.", 0) == "right"
    assert _outcome(question, "The documents don't say.", 0) == "honest"


def test_currencies_are_not_added() -> None:
    sums = Every((Number(Decimal("31.5")), Number(Decimal(20))))
    question = Question("What is the total price?", "ambiguous", Readings((sums,), ("currenc",)))
    assert _outcome(question, "The total price is €31.50 and $20.00 [1].") == "right"
    assert _outcome(question, "The prices are in different currencies, so they cannot be added [1].") == "right"
    assert _outcome(question, "The total price is 51.5 [1].") == "wrong"


def test_a_run_that_fails_is_honest_unless_it_is_a_bug() -> None:
    question = _number("40")
    assert judge(question, Reply("web.eml cannot be read.", failure="unsupported_type")).outcome == "honest"
    assert judge(question, Reply("Something went wrong.", failure="internal_error")).outcome == "wrong"
    unread = Question("What is the rent?", "unreadable", Nothing(unreadable=True))
    assert judge(unread, Reply("scan.pdf contains no text.", failure="no_text")).outcome == "right"


def test_the_name_of_the_file_is_no_answer() -> None:
    question = Question("What is the contract number?", "label", Words(("2026",)))
    assert (
        judge(question, Reply("contract-2026.pdf begins with “Lease” [1].", 1), "contract-2026.pdf").outcome == "wrong"
    )


@pytest.mark.parametrize(
    "answer",
    [
        "It is not clear which column is meant.",
        "I don't understand the question.",
        "Which amount do you mean: net or gross?",
        "The amounts cannot be added: they are in several currencies.",
        "Die Frage wurde nicht verstanden.",
        "La question n’est pas claire.",
    ],
)
def test_what_is_not_understood_is_honest(answer: str) -> None:
    assert _outcome(_number("40"), answer, 0) == "honest"


def test_how_many_rows_of_how_many_is_no_count() -> None:
    question = _number("2", "count", "How many orders did Ada place?")
    assert _outcome(question, "For Ada, the total order is 14,004, over 2 of 4 rows [1].") == "wrong"
    assert _outcome(question, "Ada placed 2 orders, over 2 of 4 rows [1].") == "right"


def test_the_text_of_a_whole_table_is_no_answer() -> None:
    rows = " ".join(f"INV-{at} Ada {at}.50 {at * 7}" for at in range(2, 9))
    assert _outcome(_number("5.5", "lookup", "What is the amount of INV-5?"), f"{rows} [1].") == "wrong"
    assert _outcome(_number("5.5", "lookup", "What is the amount of INV-5?"), "INV-5 Ada 5.50 35 [1].") == "right"


def test_the_right_choice_for_a_wrong_number_is_wrong() -> None:
    question = Question("Who has the most orders?", "most", Words(("Ada",)), because=Number(Decimal(5)))
    assert _outcome(question, "Ada has the most orders: 5 [1].") == "right"
    assert _outcome(question, "Ada has the most orders [1].") == "right"
    assert _outcome(question, "Ada has the highest total order: 29,734 [1].") == "wrong"
    best = Question("Which order is the largest?", "highest", Words(("7003",)), because=Number(Decimal("25.5")))
    assert _outcome(best, "Order: 7003; Customer: Ada; Date: 2025-01-03; Amount: 25.50 [1].") == "right"
