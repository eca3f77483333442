"""What an answer may rest on, and the numbers its citations carry."""

import re
from typing import Any

from typing_extensions import TypeIs

from agents.text.answer_state import AnswerState, Evidence, Finding
from agents.text.language import sentences, stems
from utils.log.events import Citation

MARK = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_LONGEST_QUOTE = 400


class Citations:
    """Gives sources their numbers in the order in which the answer first cites them."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[int, str], int] = {}
        self._listed: list[dict[str, Any]] = []

    def of_evidence(self, evidence: Evidence, quote: str) -> int:
        """The number for a passage; its quote is what was first taken from it."""
        return self._number(evidence, quote)

    def of_finding(self, finding: Finding) -> int:
        return self._number(finding, finding["quote"])

    def listed(self) -> list[dict[str, Any]]:
        """The fields of a Citation for each number given."""
        return list(self._listed)

    def _number(self, source: Evidence | Finding, quote: str) -> int:
        key = (source["passage_id"], source["reference"])
        if key not in self._numbers:
            self._numbers[key] = len(self._listed) + 1
            citation = Citation(
                number=len(self._listed) + 1, document_id=source["document_id"], document_name=source["document_name"],
                passage_id=source["passage_id"], reference=source["reference"], quote=_shortened(quote),
            )  # fmt: skip
            self._listed.append(citation.model_dump())
        return self._numbers[key]


def is_finding(source: Evidence | Finding) -> TypeIs[Finding]:
    """Whether a source is a calculation, not a passage."""
    return "sentence" in source


def support(state: AnswerState, citation: dict[str, Any]) -> str:
    """All that a citation gives a sentence to stand on: the passage, or the calculation with its rows."""
    key = (citation["passage_id"], citation["reference"])
    texts = [citation["quote"]]
    for finding in state.get("findings", []):
        if (finding["passage_id"], finding["reference"]) == key:
            texts += [finding["sentence"], finding["table"]]
    for evidence in state.get("evidence", []):
        if (evidence["passage_id"], evidence["reference"]) == key:
            texts += [evidence["document_name"], evidence["reference"], evidence["text"]]
    return "\n".join(texts)


def best_quote(evidence: Evidence, sentence: str) -> str:
    """The sentence of a passage that a sentence of the answer has most words in common with."""
    said = set(stems(sentence))
    return max(sentences(evidence["text"]), key=lambda one: len(said & set(stems(one))), default=evidence["text"])


def marks(text: str) -> list[int]:
    """The citation numbers in a text, in order, each once."""
    found = [int(number) for match in MARK.finditer(text) for number in re.split(r"\s*[,;]\s*", match[1])]
    return list(dict.fromkeys(found))


def without_marks(text: str) -> str:
    return re.sub(r"\s*" + MARK.pattern, "", text)


def marked(sentence: str, number: int) -> str:
    """The sentence with its citation before the full stop. '[1]' in a document is no citation of ours."""
    sentence = MARK.sub(r"(\1)", sentence)
    if sentence.endswith((".", "!", "?")):
        return f"{sentence[:-1]} [{number}]{sentence[-1]}"
    return f"{sentence} [{number}]."


def as_data(text: str) -> str:
    """Text of a document for a prompt: it cannot close the tags that it stands in."""
    return re.sub(r"<(?=/?\s*(?:source|passage))", "&lt;", text, flags=re.IGNORECASE)


def _shortened(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else quote[: _LONGEST_QUOTE - 1] + "…"
