"""The highest and the lowest."""

from pathlib import Path

import pytest

from tests.support.tables import told

STAFF = """Employee,Department,Age,Salary
Ada,IT,30,5000
Bob,IT,40,4500
Cid,HR,50,4800
Dan,HR,20,1000
"""


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("highest average salary by department", "IT has the highest mean salary: 4,750."),
        ("Which department has more employees, IT or HR?", "HR and IT have the highest number of rows"),
        ("average age of the three highest paid", "I do not understand “highest paid” beside Age"),
        ("Who earns the most per age?", "the question asks by Salary and Age at once"),
        ("Who is the highest paid by salary?", "Ada (IT) has the highest salary: 5,000"),
        ("What is the average salary of the three highest salaries?", "I do not understand"),
    ],
)
def test_what_the_highest_is_of(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF)
    assert told(path, question).startswith(start)


@pytest.mark.parametrize(
    ("header", "question", "start"),
    [
        (
            "Hotel,Rating",
            "Which hotel is the best?",
            "b has the highest rating: 3. I read “best” as the highest Rating.",
        ),
        ("Hotel,Rating", "What is the worst hotel?", "a has the lowest rating: 1."),
        ("Line,Delay", "Which line has the worst delay?", "b has the highest delay: 3."),
        ("Shop,Price", "Which shop has the best price?", "a has the lowest price: 1."),
        ("Shop,Price", "What is the best?", "nothing in t.csv says what “best” means"),
        ("Boat,Length", "Which boat has the best length?", "it is not said whether a high or a low Length is “best”"),
        ("Item,Price", "What is the cheapest?", "The lowest price is 1: a."),
        ("Name,Salary", "What is the cheapest?", "no column of t.csv says what “cheapest” means"),
        ("Name,Salary", "Who spent the most?", "no column of t.csv says what was spent"),
        ("Name,Salary", "Wer hat am meisten ausgegeben?", "no column of t.csv says what was spent"),
        ("Name,Amount", "Wer hat am meisten ausgegeben?", "b has the highest amount: 3."),
    ],
)
def test_the_best_and_the_cheapest_need_a_column_that_says_it(
    tmp_path: Path, header: str, question: str, start: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\na,1\nb,3\nc,2\n")
    assert told(path, question).startswith(start)


@pytest.mark.parametrize(
    ("table", "question", "start"),
    [
        (
            "Work,Net price,Gross price\na,10,12\nb,40,48\n",
            "Which work is the dearest?",
            "b has the highest net price: 40.",
        ),
        (
            "Work,Net price,Gross price\na,10,30\nb,20,25\n",
            "Which work is the dearest?",
            "This can be read in two ways. By Net price: b has the highest net price: 20.",
        ),
        ("Hill,Length,Height\na,10,30\nb,20,25\n", "Which hill is the highest?", "a has the highest height: 30."),
        ("Hill,Length,Height\na,10,30\nb,20,25\n", "What is the highest?", "the question does not say by what"),
        ("Flat,Rooms,Size (m²)\na,4,60\nb,3,72\n", "Which flat is the largest?", "b has the highest size: 72 m²."),
        (
            "Train,Delay (min),Cars\na,4,8\nb,3,9\n",
            "Which train had the longest delay?",
            "a has the highest delay: 4 min.",
        ),
        ("Place,Opened\na,1907\nb,1898\n", "Which place is the oldest?", "b has the earliest opened: 1898."),
    ],
)
def test_a_superlative_goes_by_the_column_that_it_speaks_of(
    tmp_path: Path, table: str, question: str, start: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table)
    assert told(path, question).startswith(start)


FILMS = "Film,Rating,Entries\nA,8,100\nB,7,300\nC,9,200\nD,5,50\n"
BRANCHES = "Branch,Revenue\nA,10\nB,20\nC,5\n"
FILIALEN = "Filiale,Umsatz\nA,10\nB,20\nC,5\n"


@pytest.mark.parametrize(
    ("table", "question", "start"),
    [
        (BRANCHES, "Which are the 2 branches with the highest revenue?", "The 2 highest by revenue are 20 (B) and 10"),
        (BRANCHES, "Which of the 3 branches has the highest revenue?", "I do not understand what “3” has to do"),
        (BRANCHES, "Which of the two branches has the highest revenue?", "I do not understand what “two” has to do"),
        (FILIALEN, "Welche der 3 Filialen hat den höchsten Umsatz?", "I do not understand what “3” has to do"),
        (FILIALEN, "Welches sind die 2 Filialen mit dem höchsten Umsatz?", "The 2 highest by umsatz are 20 (B) and"),
        (FILIALEN, "Laquelle des 3 filiales a le plus de ventes ?", "I do not understand what “3” has to do"),
        (FILMS, "Quels sont les 3 films avec le plus d'entrées ?", "The 3 highest by entries are 300 (B), 200 (C)"),
        (FILMS, "Combien de lignes y a-t-il ?", "t.csv has 4 rows."),
    ],
)
def test_a_number_before_a_noun_is_how_many_are_asked_for(
    tmp_path: Path, table: str, question: str, start: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table)
    assert told(path, question).startswith(start)


@pytest.mark.parametrize(
    ("names", "question", "start"),
    [
        ("Destination,Trips", "Which nation has the most trips?", "I do not know what “nation” means"),
        ("Firm,Operating profit", "Which firm has the best rating?", "I do not know what “rating” means"),
        ("Estate,Value", "Which state has the highest value?", "I do not know what “state” means"),
        ("Artikel,Einzelpreis", "What are the costs of A?", "For A, the einzelpreis is 5"),
    ],
)
def test_only_german_nouns_are_found_at_the_end_of_a_word(
    tmp_path: Path, names: str, question: str, start: str
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{names}\nA,5\nB,7\n")
    assert told(path, question).startswith(start)


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("Which package has the highest version?", "“version” is not a column of numbers"),
        ("Which package has the largest size?", "b (2.9) has the highest size: 7 MB."),
        ("Which package is the largest?", "b (2.9) has the highest size: 7 MB."),
    ],
)
def test_text_has_no_highest(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Package,Version,Size (MB)\na,2.10,5\nb,2.9,7\n")
    assert told(path, question).startswith(start)
