import pytest

from agents.extraction.asking import asked


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Who sank it?", "person"), ("When did it sink?", "date"), ("In which year was it built?", "date"),
        ("At what time does it leave?", "time"), ("How long is the notice period?", "duration"),
        ("How many days of leave are there?", "duration"), ("How many boats are there?", "count"),
        ("What did the quay cost?", "money"), ("What is the monthly rent?", "money"),
        ("How heavy is the machine?", "amount"), ("Where is it?", "place"), ("Why did it sink?", "reason"),
        ("How do I install it?", "manner"), ("What is a quay?", "what"), ("Which licence does it have?", "which"),
        ("Is it allowed?", "whether"), ("Root cause", "heading"), ("What is the phone number of Ada?", "phone"),
        ("Wer ist der Mieter?", "person"), ("Bis wann ist das Angebot gültig?", "date"),
        ("Wie hoch ist die Kaution?", "money"), ("Wie viele Zimmer hat die Wohnung?", "count"),
        ("Wie lang ist die Kündigungsfrist?", "duration"), ("Sind Hunde erlaubt?", "whether"),
        ("Quand commence le contrat ?", "date"), ("Combien coûte le contrat ?", "money"),
        ("Combien de membres compte l’association ?", "count"), ("Où a eu lieu la réunion ?", "place"),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_seen(question: str, wanted: str) -> None:
    understood = asked(question)
    assert understood is not None
    assert understood.wanted == wanted


def needed(question: str) -> list[str]:
    understood = asked(question)
    assert understood is not None
    return [term.word for term in understood.needed]


def test_words_that_only_help_to_ask_need_not_be_answered() -> None:
    assert needed("Can you tell me who wrote the report, please?") == ["wrote", "report"]
    assert needed("How many employees does the company have?") == ["employees", "company"]
    assert needed("Wie viele Mitarbeiter hat die Firma?") == ["mitarbeiter", "firma"]


def test_a_verb_that_says_little_counts_where_there_is_nothing_else() -> None:
    assert needed("What happened to Ada?") == ["ada"]
    assert needed("What does Ada offer?") == ["ada", "offer"]


def test_names_and_numbers_have_no_synonyms() -> None:
    understood = asked("When did the company Price leave in 2024?")
    assert understood is not None
    assert {term.word: bool(term.others) for term in understood.terms if term.name} == {"price": False, "2024": False}


@pytest.mark.parametrize(
    "question",
    ["¿Cuándo empieza el contrato de alquiler?", "Wanneer begint de huur van het huis?", "Qual è il prezzo?"],
)
def test_a_question_in_another_language_is_not_understood(question: str) -> None:
    assert asked(question) is None


def test_a_compound_is_the_thing_at_its_end() -> None:
    understood = asked("Wie hoch ist die Miete?")
    assert understood is not None
    (rent,) = understood.terms
    assert rent.is_head_of("kaltmiet")
    tenant = asked("Wer ist der Mieter?")
    assert tenant is not None
    assert not tenant.terms[0].is_head_of("vermieter")
