import pytest

from agents.text.lexicon import FRENCH, GERMAN, lexicon_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Who is the tenant?", "en"), ("Wer ist der Mieter?", "de"), ("Quel est le prix annuel ?", "fr"),
        ("Wat is de huur van het huis?", "nl"), ("¿Cuál es el precio?", "es"), ("Qual è il prezzo?", "it"),
        ("How much does it cost in die shop", "en"), ("Was kostete Swisscom?", "de"), ("Was the order paid?", "en"),
    ],
)  # fmt: skip
def test_a_language_is_known_by_its_commonest_words(text: str, code: str) -> None:
    found = lexicon_of(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["Was dinner Ada's idea?", "Was breakfast Included?", "Was payment Ada's idea?"])
def test_was_before_a_noun_is_not_german(text: str) -> None:
    assert lexicon_of(text) is not GERMAN


@pytest.mark.parametrize("text", ["Root cause", "POL-8841", ""])
def test_a_language_that_cannot_be_told_is_none(text: str) -> None:
    assert lexicon_of(text) is None


@pytest.mark.parametrize(
    "forms", ["beginnt beginnen begann", "prüft geprüft prüfte", "zahlt gezahlt zahlen", "Hund Hunde"]
)
def test_forms_of_a_german_word_share_a_stem(forms: str) -> None:
    assert len({GERMAN.stem(form.lower()) for form in forms.split()}) == 1


def test_who_does_it_is_not_what_is_done() -> None:
    assert GERMAN.stem("mieter") == GERMAN.stem("mieterin") != GERMAN.stem("miete")


@pytest.mark.parametrize("forms", ["commence commencent", "coûte coûtent", "présent présents"])
def test_forms_of_a_french_word_share_a_stem(forms: str) -> None:
    assert len({FRENCH.stem(form) for form in forms.split()}) == 1
