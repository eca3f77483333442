import pytest

from agents.extraction.composition import compose
from agents.team.review_agent import claims
from agents.text.answer_state import Finding
from tests.agents.extraction import papers
from tests.agents.extraction.papers import Paper, state


def answer(question: str, *found: Paper, **given: tuple[str, ...]) -> str:
    return compose(state(question, *found, **given))[0]


def test_a_value_is_an_answer_with_its_source() -> None:
    assert answer("Who sent the mail?", papers.MAIL) == "From: Noor Bakker [1]."


def test_what_stands_below_a_heading_is_a_list_with_sources() -> None:
    assert answer("What are the action items?", papers.MINUTES) == (
        "- Li Wei books the organist [1].\n- Ruth Ash prints the posters [1]."
    )


@pytest.mark.parametrize(
    ("question", "paper", "beginning"),
    [
        ("Who is the guarantor?", papers.LEASE, "The documents don't say: nothing in them answers “Who is"),
        ("Wie hoch ist die Mahngebühr?", papers.MIETVERTRAG, "Das steht nicht in den Dokumenten"),
        ("Quelle est la pénalité de retard ?", papers.CONTRAT, "Les documents ne le disent pas"),
    ],
)  # fmt: skip
def test_what_is_not_said_is_told_in_the_language_of_the_question(question: str, paper: Paper, beginning: str) -> None:
    assert answer(question, paper).startswith(beginning)


def test_a_question_in_another_language_than_the_documents_is_told_why_it_finds_nothing() -> None:
    said = answer("Wann beginnt die Miete?", papers.LEASE)
    assert said.startswith("Das steht nicht in den Dokumenten")
    assert "die Dokumente sind auf Englisch" in said


def test_a_question_that_is_not_understood_is_told_so_in_its_language() -> None:
    assert answer("¿Cuándo empieza el contrato de alquiler?", papers.LEASE).startswith("No se entendió la pregunta")


def test_no_reason_is_made_of_a_sentence_without_one() -> None:
    said = answer("Why are pets not allowed?", papers.LEASE)
    assert said.startswith("The documents don't give a reason for this.")
    assert "Pets are not allowed [1]." in said


def test_what_could_not_be_read_is_said_where_nothing_answers() -> None:
    unread = ("scan.pdf could not be read in full: pages 2-5 hold no text.",)
    assert answer("Who is the guarantor?", papers.LEASE, unread=unread).endswith(unread[0])
    assert unread[0] not in answer("How much is the rent?", papers.LEASE, unread=unread)


def test_what_an_older_mail_says_is_said_to_be_old() -> None:
    mail: Paper = (("line 1", "Hello."), ("older mail, line 3", "The fee is 800 crowns."))
    assert answer("How much is the fee?", mail) == "An older mail quoted there says: The fee is 800 crowns [1]."


def test_documents_that_differ_are_told_by_name() -> None:
    offers = [(("beginning", f"Offer {name}\n\nPrice: EUR {price}"),) for name, price in (("A", "140"), ("B", "155"))]
    assert answer("What is the price?", *offers, names=("a.txt", "b.txt")) == (
        "- **a.txt**: Price: EUR 140 [1].\n- **b.txt**: Price: EUR 155 [2]."
    )


def test_a_summary_is_of_the_document_that_is_meant() -> None:
    said = answer("Summarize the contract", papers.LEASE, papers.MINUTES, names=("lease.docx", "board.md"))
    assert said.startswith("- **lease.docx**:")
    assert "board.md" not in said


def test_a_summary_of_what_is_not_there_names_what_is() -> None:
    said = answer("Summarize the invoice", papers.LEASE, papers.MINUTES, names=("lease.docx", "board.md"))
    assert "lease.docx, board.md" in said
    assert "[1]" not in said


def test_the_contents_are_a_line_for_each_document() -> None:
    said = answer("What do these documents contain?", papers.LEASE, papers.TEAM, names=("lease.docx", "team.md"))
    assert [line.split(":")[0] for line in said.split("\n")] == ["- **lease.docx**", "- **team.md**"]


@pytest.mark.parametrize(
    "question",
    ["Who is the guarantor?", "Why are pets not allowed?", "Wie hoch ist die Mahngebühr?", "Is subletting allowed?"],
)
def test_the_review_finds_no_fault_in_an_honest_answer(question: str) -> None:
    for claim in claims(answer(question, papers.LEASE)):
        assert claim.cited


def test_the_words_of_a_question_are_shown_as_they_are() -> None:
    said = answer("<b>x</b> **bold** [a](javascript:b) [1]?", papers.LEASE)
    assert "“\\<b\\>x\\</b\\> \\*\\*bold\\*\\* \\[a\\](javascript:b) \\[1\\]”" in said


def test_each_sentence_that_is_quoted_has_its_own_mark() -> None:
    said = answer("Where does Ada live?", papers.TEAM)
    assert said == ("Ada Quist joined the team in March 2021 [1]. She leads the mobile group and lives in Bergen [1].")


def test_no_reason_is_denied_that_the_closest_passage_gives() -> None:
    log: Paper = (("line 1", "The crane was idle because of frost."),)
    said = answer("Why was the red crane idle?", log)
    assert "don't give a reason" not in said
    assert "because of frost" in said


@pytest.mark.parametrize("question", ["?", "How many are there?"])
def test_a_question_without_words_is_told_so(question: str) -> None:
    assert answer(question, papers.LEASE) == "The documents don't say: the question has no words to look for."


def test_what_a_document_states_below_its_rows_comes_before_what_its_rows_add_up_to() -> None:
    paper = (("page 1", "Item: crane; Amount: 1,280\nItem: trip; Amount: 95\n\nVAT: 261\nAmount due: 1,636"),)

    def answered(question: str, of: str) -> str:
        given = state(question, paper)
        finding: Finding = {
            "part": 0, "document_id": of, "document_name": "a", "passage_id": 1, "reference": "page 1", "quote": "x",
            "sentence": "The total amount is 1,375.", "table": "", "strength": 1.0,
        }  # fmt: skip
        return compose({**given, "findings": [finding]})[0]

    own = state("", paper)["evidence"][0]["document_id"]
    assert answered("What is the amount due?", own) == "Amount due: 1,636 [1]."
    assert answered("What is the total amount?", own) == "The total amount is 1,375 [1]."
    assert answered("What is the amount due?", "another") == "The total amount is 1,375 [1]."
