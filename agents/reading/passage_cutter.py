"""Cuts sections into passages: about 600 to 900 characters, never in mid-sentence, never across a reference."""

from collections.abc import Iterable, Iterator

from agents.reading.sections import Section
from agents.text.language import sentences

ENOUGH = 600
MOST = 900


def cut(sections: Iterable[Section]) -> Iterator[tuple[str, str]]:
    """(reference, text) of each passage."""
    for section in sections:
        if section.whole:
            yield section.reference, section.text
            continue
        for text in _pack(section.text):
            yield section.reference, text


def _pack(text: str) -> Iterator[str]:
    gathered = ""
    for separator, piece in _pieces(text):
        if gathered and len(gathered) + len(piece) > MOST:
            yield gathered
            gathered = ""
        gathered = f"{gathered}{separator}{piece}" if gathered else piece
        if len(gathered) >= ENOUGH and separator != " ":
            yield gathered
            gathered = ""
    if gathered:
        yield gathered


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Pieces no longer than a passage, each with what parts it from the one before."""
    for paragraph in text.split("\n\n"):
        separator = "\n\n"
        for line in paragraph.split("\n"):
            for sentence in [line] if len(line) <= ENOUGH // 2 else sentences(line):
                for piece in _bounded(sentence):
                    yield separator, piece
                    separator = " "
            separator = "\n"


def _bounded(sentence: str) -> Iterator[str]:
    """A "sentence" without an end (a base64 block, a language without spaces) is cut at its length."""
    while len(sentence) > MOST:
        at = sentence.rfind(" ", ENOUGH, MOST)
        at = at if at > 0 else MOST
        yield sentence[:at]
        sentence = sentence[at:].lstrip()
    if sentence:
        yield sentence
