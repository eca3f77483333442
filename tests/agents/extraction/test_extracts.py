import pytest

from agents.extraction.extracts import look
from agents.extraction.statements import documents
from tests.agents.extraction import papers
from tests.agents.extraction.papers import Paper, evidence, part


def told(question: str, *found: Paper) -> str:
    """What answers a question over papers, or nothing."""
    return " | ".join(one.text for one in look(part(question), evidence(*found)).extracts)


@pytest.mark.parametrize(
    ("paper", "question", "words"),
    [
        (papers.LEASE, "Who is the landlord?", "Anna Vik"),
        (papers.LEASE, "Who is the tenant?", "Boris Lund"),
        (papers.LEASE, "Until when is the lease valid?", "30 April 2026"),
        (papers.LEASE, "When does the contract end?", "30 April 2026"),
        (papers.LEASE, "How long is the notice period?", "two months"),
        (papers.LEASE, "How much is the rent?", "EUR 980"),
        (papers.LEASE, "What is the deposit?", "2,940"),
        (papers.LEASE, "When is the deposit returned?", "within 30 days"),
        (papers.LEASE, "Are pets allowed?", "not allowed"),
        (papers.MINUTES, "When was the meeting?", "Date: 4 June 2025, 19:30"),
        (papers.MINUTES, "What time did the meeting start?", "19:30"),
        (papers.MINUTES, "Where did the meeting take place?", "Parish hall"),
        (papers.MINUTES, "When is the next meeting?", "2 September 2025"),
        (papers.MINUTES, "Who was present?", "Omar Said, Li Wei"),
        (papers.MINUTES, "Who presented the programme?", "Omar Said presented"),
        (papers.MINUTES, "Why was the concert moved?", "organ is being repaired"),
        (papers.MINUTES, "Action items", "Li Wei books the organist | - Ruth Ash prints".replace("- ", "")),
        (papers.MAIL, "Who sent the mail?", "From: Noor Bakker"),
        (papers.MAIL, "To whom was the mail sent?", "To: Ian Reid"),
        (papers.MAIL, "What is the subject of the mail?", "Pump inspection"),
        (papers.MAIL, "When is the inspection?", "19 June"),
        (papers.MAIL, "What does the inspection cost?", "640 euros"),
        (papers.TEAM, "Who leads the mobile group?", "Ada Quist joined the team in March 2021. She leads"),
        (papers.TEAM, "Where does Ada live?", "Bergen"),
        (papers.TEAM, "Which languages does Max speak?", "German and Italian"),
        (papers.FAQ, "How do I reset my password?", "Forgot"),
        (papers.FAQ, "What are the opening hours on Saturday?", "9 am to 1 pm"),
        (papers.CARD, "What is the serial number?", "PX2-551"),
        (papers.CARD, "Who is the dealer?", "Svensson"),
        (papers.CARD, "How many employees are there?", "41"),
        (papers.CARD, "What is the phone number of the hotline?", "+46 40 55 10 20"),
        (papers.MIETVERTRAG, "Wer ist der Mieter?", "Emre Yildiz"),
        (papers.MIETVERTRAG, "Wann beginnt der Mietvertrag?", "1. April 2025"),
        (papers.MIETVERTRAG, "Wie hoch ist die Miete?", "780,00"),
        (papers.MIETVERTRAG, "Wie lange ist die Kündigungsfrist?", "drei Monate"),
        (papers.MIETVERTRAG, "Wer hat den Vertrag geprüft?", "Jutta Maier"),
        (papers.CONTRAT, "Quand se termine le contrat ?", "31 janvier 2028"),
        (papers.CONTRAT, "Quel est le prix annuel ?", "5 400"),
        (papers.CONTRAT, "Qui est la responsable du contrat ?", "Claire Fontaine"),
        (papers.CLAUSES, "What does clause 3.2 say?", "3.2 In case of a serious breach"),
        (papers.CLAUSES, "What does section 5 say?", "5. Governing law | Norwegian law governs it."),
        (papers.CLAUSES, "What is the notice period?", "four months' notice"),
        (papers.CLAUSES, "By how much may the fee be raised?", "3 per cent"),
        (papers.INVOICE, "What is the invoice number?", "Invoice no. 20518"),
        (papers.INVOICE, "What is the invoice date?", "3 April 2025"),
        (papers.FESTIVAL, "How much does the crane lift?", "12 tonnes"),
        (papers.KUCHEN, "Wie viel Butter brauche ich?", "125 g Butter"),
        (papers.KUCHEN, "Wie viele Äpfel brauche ich?", "5 Äpfel"),
    ],
)
def test_what_is_stated_is_found(paper: Paper, question: str, words: str) -> None:
    assert words in told(question, paper)


@pytest.mark.parametrize(
    ("paper", "question"),
    [
        (papers.LEASE, "Who is the guarantor?"),
        (papers.LEASE, "What is the penalty for late payment?"),
        (papers.LEASE, "How many rooms does the flat have?"),
        (papers.LEASE, "Is subletting allowed?"),
        (papers.LEASE, "When was the flat renovated?"),
        (papers.MINUTES, "Who paid for the concert?"),
        (papers.MINUTES, "What did Eva Holt say?"),
        (papers.MINUTES, "How many members does the board have?"),
        (papers.MINUTES, "Who moved to Ely?"),
        (papers.MAIL, "Where is the lorry parked?"),
        (papers.MAIL, "When did Ian answer?"),
        (papers.TEAM, "Where does Max live?"),
        (papers.TEAM, "When did Ada leave the team?"),
        (papers.TEAM, "Which languages does Ada speak?"),
        (papers.TEAM, "Who leads the design group?"),
        (papers.FAQ, "What are the opening hours on Sunday?"),
        (papers.CARD, "What is the order number?"),
        (papers.CARD, "How many dealers are there?"),
        (papers.MIETVERTRAG, "Wie groß ist die Wohnung?"),
        (papers.MIETVERTRAG, "Wer ist der Hausmeister?"),
        (papers.MIETVERTRAG, "Wie hoch ist die Mahngebühr?"),
        (papers.CONTRAT, "Quelle est la pénalité de retard ?"),
        (papers.CONTRAT, "Qui est le directeur ?"),
        (papers.FESTIVAL, "Who took the minutes?"),
        (papers.CLAUSES, "What does clause 9 say?"),
    ],
)
def test_what_is_not_stated_is_not_answered(paper: Paper, question: str) -> None:
    assert told(question, paper) == ""


def test_a_question_about_one_is_not_answered_by_the_sentence_about_another() -> None:
    assert "March 2021" in told("When did Ada join the team?", papers.TEAM)
    assert told("When did Eva join the team?", papers.TEAM) == ""
    assert look(part("When did Eva join the team?"), evidence(papers.TEAM)).unknown == ("Eva",)


def test_a_year_in_the_question_must_be_that_of_the_statement() -> None:
    report: Paper = (("lines 1-2", "In 2023 the turnover was 91 million euros. In 2024 it was 94 million euros."),)
    assert told("What was the turnover in 2023?", report).startswith("In 2023")
    assert told("What was the turnover in 2022?", report) == ""


def test_a_price_of_one_thing_is_not_that_of_another_in_the_same_sentence() -> None:
    news: Paper = (("line 1", "The new hall cost 12 million dollars, because the sea wall had to be replaced."),)
    assert "12 million" in told("How much did the hall cost?", news)
    assert told("How much did the sea wall cost?", news) == ""


def test_what_is_denied_is_told_apart_from_what_is_said() -> None:
    policy: Paper = (
        ("What is covered", "What is covered\n\nFire and theft are covered."),
        ("What is not covered", "What is not covered\n\nDamage caused by floods is not covered."),
    )
    assert told("What is covered?", policy) == "Fire and theft are covered."
    assert told("What is not covered?", policy) == "Damage caused by floods is not covered."


def test_two_papers_that_answer_differently_are_both_told() -> None:
    offers = [(("beginning", f"Offer {name}\n\nPrice: EUR {price}"),) for name, price in (("A", "140"), ("B", "155"))]
    assert told("What is the price?", *offers) == "Price: EUR 140 | Price: EUR 155"


def test_what_was_changed_later_comes_first() -> None:
    first: Paper = (("line 1", "The excursion starts at 7:00 in front of the school."),)
    later: Paper = (("line 1", "The excursion was moved to 7:30."),)
    extracts = look(part("At what time does the excursion start?"), evidence(first, later)).extracts
    assert [(one.text, one.before) for one in extracts] == [
        ("The excursion was moved to 7:30.", False), ("The excursion starts at 7:00 in front of the school.", True),
    ]  # fmt: skip


def test_quoted_mail_is_older_and_comes_after_the_new() -> None:
    mail: Paper = (
        ("lines 1-2", "The berth is free from 12 April."),
        ("older mail, lines 4-5", "The berth is free from 1 April. The fee is 800 crowns."),
    )
    (new,) = look(part("From when is the berth free?"), evidence(mail)).extracts
    assert (new.text, new.older) == ("The berth is free from 12 April.", False)
    (old,) = look(part("How much is the fee?"), evidence(mail)).extracts
    assert (old.text, old.older) == ("The fee is 800 crowns.", True)


def test_a_row_of_a_table_document_answers_no_question_that_is_to_be_counted() -> None:
    table: Paper = (("rows 2-3", "Order: 7001; Customer: Ada\nOrder: 7002; Customer: Cyd"),)
    assert told("How many orders are there?", table) == ""


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the title of the document?", "Lease"),
        ("Welche Abschnitte hat das Dokument?", "Lease | Term | Rent | Deposit"),
    ],
)  # fmt: skip
def test_titles_and_headings_are_told(question: str, words: str) -> None:
    assert told(question, papers.LEASE) == words


def test_a_list_below_a_line_that_introduces_it_is_what_the_line_names() -> None:
    notes: Paper = (("beginning", "Release 2\n\nNew features:\n- Dark mode\n- Export\n\nThe price stays."),)
    assert told("What are the new features?", notes) == "Dark mode | Export"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the total rent?", ""),
        ("What is the total?", ""),
        ("What is the sum insured?", "Sum insured: £400,000"),
        ("When does the policy start?", "Start date: 3 May 2024"),
    ],
)
def test_the_value_of_a_label_answers_only_what_the_label_is_about(question: str, words: str) -> None:
    policy: Paper = (("beginning", "Lease policy\n\nSum insured: £400,000\nStart date: 3 May 2024"),)
    assert told(question, policy) == words


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When did the windmill close?", ""),
        ("When did the tower open?", ""),
        ("When did the stairs close?", "The stairs of the tower are steep. They were closed in March 2021"),
    ],
)
def test_it_is_the_subject_of_the_sentence_before(question: str, words: str) -> None:
    report: Paper = (
        ("line 1", "The stairs of the tower are steep. They were closed in March 2021 and opened in May 2021."),
    )
    titled: Paper = (("line 1", f"The windmill\n\n{report[0][1]}"),)
    assert told(question, titled).startswith(words)
    assert bool(told(question, titled)) is bool(words)


def test_who_is_named_in_the_question_is_not_who_is_asked_for() -> None:
    board: Paper = (("line 1", "The chair is Professor Ilse Maar. Colin Abe was treasurer before Vera Holt."),)
    assert told("Who was the chair before Ilse Maar?", board) == ""
    assert "Colin Abe" in told("Who was treasurer before Vera Holt?", board)
    assert "Ilse Maar" in told("Who is the chair?", board)


@pytest.mark.parametrize("question", ["Who will run the backup?", "Who performs the backup?", "Who runs the backup?"])
def test_who_will_do_it_is_the_subject(question: str) -> None:
    mail: Paper = (("line 1", "Aiko will run the backup on the evening before."),)
    assert "Aiko" in told(question, mail)


@pytest.mark.parametrize("closing", ["Best, Greta", "Kind regards,", "Mit freundlichen Grüßen", "Cordialement, Luc"])
def test_the_closing_of_a_mail_states_nothing(closing: str) -> None:
    assert documents(evidence((("lines 1-3", f"The pump is old.\n\n{closing}"),)))[0].statements[-1].text == (
        "The pump is old."
    )


def test_an_amount_may_be_told_by_what_is_paid() -> None:
    lease: Paper = (("line 1", "The deposit is three months' rent. The lease runs for five years."),)
    assert told("What is the deposit?", lease) == "The deposit is three months' rent."
    bail: Paper = (("line 1", "Le pont est fermé parce que deux piliers sont fissurés."),)
    assert told("Pourquoi le pont est-il fermé ?", bail) == bail[0][1]


def paper(text: str) -> Paper:
    return (("lines 1-9", text),)


@pytest.mark.parametrize(
    ("text", "question", "words"),
    [
        ("The fee is 300 crowns.\n\nThe fee was raised to 360 crowns.", "How much is the fee?", "raised to 360"),
        ("The play begins at 20:00.\n\nMia: it was moved to 21:00.", "When does the play begin?", "moved to 21:00"),
        ("The fair is on 4 May. It was postponed to 9 May.", "When is the fair?", "postponed to 9 May"),
    ],
)
def test_what_was_changed_comes_with_what_it_was_before(text: str, question: str, words: str) -> None:
    first, second = told(question, paper(text)).split(" | ")
    assert words in first
    assert second in text


def test_what_was_changed_of_another_thing_changes_nothing() -> None:
    text = "The play begins at 20:00.\n\nThe bar opens at 19:00.\n\nIt was moved to 21:00."
    assert told("When does the play begin?", paper(text)) == "The play begins at 20:00."


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("Built: 1998\nYard: Ulstein", "Which yard built her?", "Yard: Ulstein"),
        ("Check-in: 3 May\nWi-Fi: free", "When is the check-out?", ""),
        ("Check-in: 3 May\nCheck-out: 9 May", "When is the check-out?", "Check-out: 9 May"),
        ("The first six months are a probation period.", "How long is the notice period during probation?", ""),
        ("between\n\nAda Lund (the landlord)\n\nand\n\nBo Lie (the tenant)\n\nIt begins in May.", "Who is the tenant?",
         "Bo Lie (the tenant)"),
        ("The lease begins on 1 June 2026 and ends on", "When does the lease end?", ""),
        ("Breakfast is served from 7 to 10.", "Is breakfast included?", ""),
        ("Breakfast is served from 7 to 10. It is included.", "Is breakfast included?",
         "Breakfast is served from 7 to 10. It is included."),
        ("Date: Tue, 10 Feb 2026\nSubject: Plan\nTo: Bo Lie", "Who sent the mail?", ""),
        ("From: Ada Lund\nTo: Bo Lie\nSubject: Plan\n\nHi Bo,", "Who wrote the mail?", "From: Ada Lund"),
        ("Yesterday we read the plan. Bo, 9 May.\n\nHi Bo,", "To whom is the letter addressed?", "Hi Bo,"),
    ],
)  # fmt: skip
def test_what_only_comes_close_is_no_answer(text: str, question: str, expected: str) -> None:
    assert told(question, paper(text)) == expected


@pytest.mark.parametrize(
    ("paper", "question", "words"),
    [
        (papers.HANDBOOK, "What is the notice period?", "two weeks. After that it is three months"),
        (papers.HANDBOOK, "What is the notice period after probation?", "After that it is three months"),
        (papers.HANDBOOK, "How much does a lost badge cost?", "is free. Each further one costs 15 EUR"),
        (papers.HAUS, "Sind Hunde erlaubt?", "Die Haltung von Hunden bedarf der Zustimmung"),
        (papers.HAUS, "Wer ist der Vermieter?", "Vermieterin ist Frau Dr. Helga Sommer"),
        (papers.HAUS, "Wie groß ist die Wohnung?", "78,5 m²"),
        (papers.HAUS, "Wie hoch ist die Miete?", "auf 1.165,00 €. | Die Kaltmiete beträgt 1.120,00 € im Monat."),
    ],
)
def test_what_holds_otherwise_is_told_with_it(paper: Paper, question: str, words: str) -> None:
    assert words in told(question, paper)


@pytest.mark.parametrize(
    ("paper", "question"),
    [
        (papers.HANDBOOK, "How many days of holiday do part-time employees have?"),
        (papers.HANDBOOK, "How many people were on call?"),
        (papers.HANDBOOK, "Who is the deputy of Mara Lind?"),
        (papers.HANDBOOK, "What is Sven Ohm's extension?"),
        (papers.HANDBOOK, "How many badges are there?"),
        (papers.BOARD, "Who voted for the budget?"),
        (papers.BOARD, "When does the agreement end?"),
        (papers.HAUS[:3], "Wer ist der Vermieter?"),
    ],
)
def test_what_is_said_of_something_else_is_no_answer(paper: Paper, question: str) -> None:
    assert told(question, paper) == ""


def test_documents_that_say_different_things_in_different_words_are_all_told() -> None:
    found = told("What is the notice period?", papers.HANDBOOK, papers.BOARD)
    assert "two weeks" in found
    assert "60 days" in found


def test_one_of_several_rows_that_fit_alike_is_no_answer() -> None:
    table: Paper = (("section “Calls”", "Calls\n\nWeek: 9; Nurse: Ola; Calls: 3\nWeek: 10; Nurse: Liv; Calls: 11"),)
    assert told("Who had the most calls?", table) == ""


def test_a_row_answers_how_many_only_by_the_cell_of_that_name() -> None:
    rows = paper("Branch: Bristol; Account: 6816; Staff: 12")
    assert told("How many staff are there in Bristol?", rows) == "Branch: Bristol; Account: 6816; Staff: 12"
    assert told("How many branches are there?", rows) == ""


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The loan period is 4 weeks. It can be extended by 2 weeks.", "How long is the loan period?"),
        ("Die Leihfrist beträgt 4 Wochen. Sie kann um 2 Wochen verlängert werden.", "Wie lange ist die Leihfrist?"),
        ("Le délai est de 4 semaines. Il peut être prolongé de 2 semaines.", "Quel est le délai ?"),
        ("The ferry leaves at 8:00. It is often delayed until 8:30.", "When does the ferry leave?"),
        ("The fee is 12 euros. The fee rises with the size of the boat by 3 euros a metre.", "How much is the fee?"),
        ("The market opens at 6:00. The sun rises over the market at 5:30.", "When does the market open?"),
    ],
)
def test_what_may_change_or_goes_up_with_another_thing_was_not_changed(text: str, question: str) -> None:
    assert told(question, paper(text)) == f"{text.partition('.')[0]}."


@pytest.mark.parametrize(
    ("text", "question", "words"),
    [
        ("The fee is 12 euros. From May the fee rises to 14 euros.", "How much is the fee?", "rises to 14"),
        ("Le loyer est de 900 euros. En mai, le loyer passe à 950 euros.", "Quel est le loyer ?", "passe à 950"),
        ("The period is 4 weeks. It was extended to 6 weeks.", "How long is the period?", "extended to 6"),
    ],
)
def test_what_goes_up_to_an_amount_was_changed(text: str, question: str, words: str) -> None:
    first, second = told(question, paper(text)).split(" | ")
    assert words in first
    assert text.startswith(second)


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("The concert is on 3 May. The next meeting takes place on 2 September.", "When is the next concert?", ""),
        ("The first floor is let to Ada. The second floor has 120 m² and costs 900 euros.",
         "How much does the first floor cost?", ""),
        ("The first prize is a boat. The second prize is a bicycle.", "What is the second prize?",
         "The second prize is a bicycle."),
        ("Glass is collected on Monday, 4 May. Every other Friday the paper is collected.", "When is glass collected?",
         "Glass is collected on Monday, 4 May."),
        ("The roof is old. In this meeting Ada was elected chair.", "Who was elected chair?",
         "In this meeting Ada was elected chair."),
        ("The first badge costs 5 euros. The second costs 10 euros.", "How much does the first badge cost?",
         "The first badge costs 5 euros. The second costs 10 euros."),
    ],
)  # fmt: skip
def test_what_speaks_of_a_thing_of_its_own_does_not_go_on(text: str, question: str, expected: str) -> None:
    assert told(question, paper(f"Notes\n\n{text}")) == expected


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("There is free parking behind the house.", "Is parking available?"),
        ("The hotel has a pool.", "Is there a pool available?"),
        ("There is free Wi-Fi in all rooms.", "Is Wi-Fi provided?"),
        ("Das Haus hat ein Schwimmbad.", "Ist ein Schwimmbad vorhanden?"),
        ("Guests may choose from 14 rooms.", "How many rooms are there?"),
        ("Residents can use the 12 parking spaces.", "How many parking spaces are there?"),
        ("Die Mieter können 12 Stellplätze nutzen.", "Wie viele Stellplätze gibt es?"),
        ("You pay a deposit of 20 euros for the key.", "How much do I pay for the key?"),
        ("A fine of 40 euros is due for smoking.", "What does smoking cost?"),
        ("Le retard coûte une amende de 15 euros.", "Combien coûte le retard ?"),
        ("The contract begins as soon as both have signed.", "When does the contract begin?"),
        ("Der Vertrag beginnt, sobald beide unterschrieben haben.", "Wann beginnt der Vertrag?"),
        ("Power: on", "Is the power on?"),
        ("Licht: an", "Ist das Licht an?"),
    ],
)
def test_what_says_it_plainly_is_an_answer(text: str, question: str) -> None:
    assert told(question, paper(f"Notes\n\n{text}")) == text


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("Tickets are sold at the door.", "Are tickets refundable?", ""),
        ("Parking is behind the house.", "Is parking free?", ""),
        ("A deposit is paid by card.", "Is a deposit required?", ""),
        ("You may get three day badges a year.", "How many badges are there?", ""),
        ("Each member may take up to 3 boats.", "How many boats are there?", ""),
        ("You get a day badge for a deposit of 20 euros.", "What is the price of a day badge?", ""),
        ("The key comes for a deposit of 20 euros. The key costs 5 euros.", "How much does the key cost?",
         "The key costs 5 euros."),
        ("The contract may be ended if a fee is not paid.", "When does the contract begin?", ""),
        ("Lease: begins on 1 June 2026 and ends on", "When does the lease end?", ""),
    ],
)  # fmt: skip
def test_what_says_it_of_something_else_is_none(text: str, question: str, expected: str) -> None:
    assert told(question, paper(f"Notes\n\n{text}")) == expected


def test_another_document_is_told_only_where_it_says_all_of_it_itself() -> None:
    policy, letter = paper("Policy\n\nThe excess is 300 euros."), "Letter\n\nThe bike policy has an excess. "
    assert told("How high is the excess?", policy, paper(f"{letter}It is 50 euros.")) == "The excess is 300 euros."
