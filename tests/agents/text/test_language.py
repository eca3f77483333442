import pytest

from agents.text.language import content_words, counted, joined, numbers, sentences, stem


def test_sentences_end_where_they_end() -> None:
    text = "Dr. M. Aune paid 3.5 crowns. It rained! “Did it?” Yes, at 5 p.m. on 3 May.\n- one\n- two"
    assert sentences(text) == [
        "Dr. M. Aune paid 3.5 crowns.",
        "It rained!",
        "“Did it?”",
        "Yes, at 5 p.m. on 3 May.",
        "- one",
        "- two",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Das Mietverhältnis beginnt am 1. April 2025.", "Die Miete ist am 3. Werktag zu zahlen.",
        "1. Preheat the oven.", "Please call Mr. K. L. Abbot.", "Sie wohnt im 3. Stock.",
    ],
)  # fmt: skip
def test_a_full_stop_behind_a_number_or_an_abbreviation_ends_no_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_ligatures_and_soft_hyphens_are_the_words_they_stand_for() -> None:
    assert content_words("The oﬃce oﬀers ﬁve ber\u00adths") == content_words("The office offers five berths")


@pytest.mark.parametrize(
    "forms",
    [
        ("move", "moved", "moving"), ("take", "took", "taken"), ("hire", "hired"), ("repay", "repaid"),
        ("passenger", "passengers"), ("carry", "carries", "carried", "carrying"), ("rebuild", "rebuilt", "rebuilding"),
        ("cancel", "cancelled", "cancelling"), ("crossing", "crossings"), ("ferry", "ferries"), ("cost", "costs"),
        ("retire", "retired", "retiring"), ("run", "ran", "running"), ("month", "months"), ("pay", "paid", "pays"),
    ],
)  # fmt: skip
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    "different", [("winter", "win"), ("passenger", "passage"), ("ice", "icing sugar"), ("mean", "me")]
)
def test_different_words_keep_apart(different: tuple[str, str]) -> None:
    assert stem(different[0]) != stem(different[1])


def test_content_words_leave_out_what_only_asks() -> None:
    assert content_words("How many passengers may the Solveig's boats carry?") == [
        "passengers",
        "solveig",
        "boats",
        "carry",
    ]


def test_numbers_are_compared_without_separators() -> None:
    assert numbers("1,240 of 12 345 in 1928, 3.5 and 2") == {"1240", "12345", "1928", "3.5", "2"}
    assert numbers("12\u202f345") == numbers("12\u00a0345") == numbers("12 345") == {"12345"}


def test_lists_read_as_english() -> None:
    assert [joined(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_one_is_counted_without_an_s() -> None:
    assert [counted(count, "row") for count in (0, 1, 2000)] == ["0 rows", "1 row", "2,000 rows"]
