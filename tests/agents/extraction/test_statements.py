from agents.extraction.statements import Document, documents
from agents.text.answer_state import Evidence


def read(text: str, reference: str = "beginning") -> Document:
    passage = Evidence(
        passage_id=1, document_id="d", document_name="a.txt", reference=reference, text=text, n=0, parts=[0],
        title=text.split("\n", maxsplit=1)[0],
    )  # fmt: skip
    (document,) = documents([passage])
    return document


def test_a_label_has_a_value() -> None:
    document = read("Policy number: POL-8841\nInsured name: Kari Moe")
    assert [(one.label, one.text[one.value_at :].strip()) for one in document.statements] == [
        ("Policy number", "POL-8841"), ("Insured name", "Kari Moe"),
    ]  # fmt: skip


def test_labels_that_stand_together_say_what_all_of_them_are_about() -> None:
    policy, insured = read("Policy number: POL-8841\nInsured name: Kari Moe").statements
    assert policy.block_stems == insured.stems
    assert not read("Ada: yes\nBob: no\nAda: no").statements[0].block_stems


def test_a_long_list_of_labels_is_about_no_one_thing() -> None:
    document = read("\n".join(f"Berth {n}: free" for n in range(3000)))
    assert len(document.statements) == 3000
    assert not any(one.block_stems for one in document.statements)


def test_labels_that_run_on_in_one_line_are_parted() -> None:
    document = read("Date: 6 April 2026, 7:30 a.m. Present: Chair Ingrid Moe and Per Lund Apologies received: none")
    assert [one.text for one in document.statements] == [
        "Date: 6 April 2026, 7:30 a.m.", "Present: Chair Ingrid Moe and Per Lund", "Apologies received: none",
    ]  # fmt: skip


def test_a_sentence_with_a_colon_is_no_label() -> None:
    document = read("You can also use another program. It is called so: brew.")
    assert [one.label for one in document.statements] == ["", "It is called so"]


def test_the_head_of_a_mail_says_who_sent_it() -> None:
    sender, recipient, _ = read("From: Kari Moe\nTo: Per Lund\nSubject: Berth 14").statements
    assert "send" in sender.says
    assert "recipient" in recipient.says


def test_a_date_alone_makes_no_mail() -> None:
    assert not read("Date: 6 April 2026\nPresent: Ingrid Moe").statements[0].says


def test_a_pronoun_leans_on_the_sentence_before() -> None:
    first, second = read("Ada joined in 2021. She leads the group.").statements
    assert second.lead is first


def test_statements_know_their_heading() -> None:
    document = read("Deposit\n\nIt is 900 crowns.\n\nPets\n\nDogs are not allowed.")
    assert [(one.heading, one.text) for one in document.statements] == [
        ("Deposit", "It is 900 crowns."), ("Pets", "Dogs are not allowed."),
    ]  # fmt: skip


def test_a_section_goes_on_in_the_next_passage() -> None:
    passages = [
        Evidence(
            passage_id=n, document_id="d", document_name="a.md", reference="section “Agenda”", n=n, parts=[0], text=text
        )
        for n, text in enumerate(["Agenda\n\n- Budget", "- Roof"])
    ]
    (document,) = documents(passages)
    assert [one.text for one in document.headings[0].below] == ["- Budget", "- Roof"]


def test_what_an_older_mail_says_is_marked() -> None:
    assert read("The fee is 800 crowns.", "older mail, lines 3-4").statements[0].older
    assert read("> The fee is 800 crowns.").statements[0].older
    assert not read("The fee is 900 crowns.").statements[0].older


def test_a_rule_below_a_heading_of_plain_text_is_no_text() -> None:
    document = read("Agenda\n------\n\nThe budget is discussed first, then the roof.")
    assert [one.text for one in document.headings] == ["Agenda"]
