"""New text and older, in the ways that mail programs quote."""

import pytest

from agents.reading.mails import is_mail, stretches, unquoted

INTRODUCTIONS = [
    ["On Mon, 4 May 2026 at 10:00, Siri Vang <siri@example.org> wrote:"],
    ["On Mon, 4 May 2026 at 10:00, Siri Vang <siri@example.org>", "wrote:"],
    ["Am 04.05.2026 um 10:00 schrieb Siri Vang:"],
    ["Le 4 mai 2026 à 10:00, Siri Vang a écrit :"],
    ["-----Original Message-----"],
    ["----- Ursprüngliche Nachricht -----"],
    ["---------- Forwarded message ---------"],
    ["Siri Vang schrieb am 04.05.2026 um 10:00:"],
    ["From: Siri Vang <siri@example.org>", "Sent: Monday, 4 May 2026 10:00", "To: Ola Lie", "Subject: Seeds"],
    ["Von: Siri Vang <siri@example.org>", "Gesendet: Montag, 4. Mai 2026 10:00", "An: Ola Lie", "Betreff: Samen"],
    ["De : Siri Vang", "Envoyé : lundi 4 mai 2026", "À : Ola Lie", "Objet : Graines"],
]


def parts(lines: list[str]) -> tuple[list[str], list[str]]:
    """(new lines, older lines) without blank ones."""
    new: list[str] = []
    older: list[str] = []
    for stretch in stretches(lines):
        (older if stretch.older else new).extend(filter(None, lines[stretch.start : stretch.end]))
    return new, older


@pytest.mark.parametrize("introduction", INTRODUCTIONS, ids=lambda lines: lines[0][:24])
@pytest.mark.parametrize("mark", ["", "> "])
def test_what_stands_below_an_introduction_is_older(introduction: list[str], mark: str) -> None:
    quoted = [f"{mark}Do you have seeds?", mark.strip(), f"{mark}Siri"]
    lines = ["Yes, forty bags.", "", *introduction, "", *quoted]
    assert is_mail(lines)
    assert parts(lines) == (["Yes, forty bags."], [*introduction, *filter(None, quoted)])


def test_answers_between_quoted_lines_are_new() -> None:
    lines = ["From: a@example.org", "Subject: Seeds", "", "> How many bags?", "Forty.", "> And when?", "On Friday."]
    assert parts(lines) == (["From: a@example.org", "Subject: Seeds", "Forty.", "On Friday."],
                            ["> How many bags?", "> And when?"])  # fmt: skip


def test_an_answer_below_what_it_quotes_is_new() -> None:
    lines = ["On 4 May 2026 at 10:00, Siri wrote:", "> How many bags?", "", "Forty bags."]
    assert parts(lines) == (["Forty bags."], ["On 4 May 2026 at 10:00, Siri wrote:", "> How many bags?"])


def test_the_headers_at_the_top_are_the_mail_s_own() -> None:
    lines = ["From: Ola", "To: Siri", "Date: 5 May 2026", "Subject: Seeds", "", "Forty bags."]
    assert is_mail(lines)
    assert parts(lines)[1] == []


@pytest.mark.parametrize(
    "lines",
    [
        ["The committee wrote:", "We agree."],
        ["On Monday we met, and Siri wrote: a letter of 3 pages"],
        ["Date: 5 May 2026", "Present: Ola and Siri"],
        ["> A poem", "> of two lines"],
    ],
)
def test_other_texts_are_no_mails(lines: list[str]) -> None:
    assert not is_mail(lines)


def test_marks_of_quotation_are_taken_off() -> None:
    assert [unquoted(line) for line in ("> a", ">> b", "> > c", "d > e", ">")] == ["a", "b", "c", "d > e", ""]
