"""Writes an answer without a model: extracts and calculations, each with its citation, in the order of the question."""

from agents.extraction.extracts import Extract, extracts, is_row, key_sentences, nearest, unknown_names
from agents.extraction.question import wants_summary
from agents.text.answer_state import AnswerState, Evidence, Finding, Part
from agents.text.language import joined, sentences
from agents.text.sources import Citations, marked

_SUMMARY_SENTENCES = 12
_PER_DOCUMENT = 3
_MOST_UNREAD = 5
# A calculation that explains every word of the question beats a sentence that merely shares words with it.
_CLEARLY = 0.75


def compose(state: AnswerState) -> tuple[str, Citations]:
    """The answer as Markdown with [n] marks. Sentences that a review sent back are left out."""
    citations = Citations()
    if not state["readable"]:
        return "There are no documents in this session. Add some, then ask again.", citations
    refused = set(state.get("refused", []))
    parts = state["parts"]
    blocks = []
    for at, part in enumerate(parts):
        block = _answer(part, at, state, citations, refused)
        blocks.append(f"**{_as_title(part['question'])}**\n\n{block}" if len(parts) > 1 else block)
    return "\n\n".join(blocks), citations


def _answer(part: Part, at: int, state: AnswerState, citations: Citations, refused: set[str]) -> str:
    evidence = [one for one in state.get("evidence", []) if at in one["parts"]]
    if wants_summary(part["question"]):
        return _summary(evidence, citations, refused)
    finding = max(
        (one for one in state.get("findings", []) if one["part"] == at and not _holds_any(one["sentence"], refused)),
        key=lambda one: one["strength"], default=None,
    )  # fmt: skip
    found = extracts(part, evidence, refused)
    if finding and (finding["strength"] >= _CLEARLY or not found or found[0].coverage < finding["strength"]):
        return _calculation(finding, citations)
    if found:
        return " ".join(marked(one.text, citations.of_evidence(one.evidence, one.text)) for one in found)
    return _nothing(part, evidence, citations, refused) + _unread(state)


def _calculation(finding: Finding, citations: Citations) -> str:
    sentence = marked(finding["sentence"], citations.of_finding(finding))
    return f"{sentence}\n\n{finding['table']}" if finding["table"] else sentence


def _nothing(part: Part, evidence: list[Evidence], citations: Citations, refused: set[str]) -> str:
    told = f"The documents don't say: nothing in them answers “{part['question']}”."
    if unknown := unknown_names(part, evidence):
        return f"{told} They never mention {joined((f'“{name}”' for name in unknown), 'or')}."
    near = nearest(part, evidence)
    if near is None or _holds_any(near.text, refused):
        return told
    return f"{told} The closest they come: {marked(near.text, citations.of_evidence(near.evidence, near.text))}"


def _unread(state: AnswerState) -> str:
    """What nobody could read may be what was asked for."""
    return "".join(f" {sentence}" for sentence in state.get("unread", [])[:_MOST_UNREAD])


def _summary(evidence: list[Evidence], citations: Citations, refused: set[str]) -> str:
    by_document: dict[str, list[Evidence]] = {}
    for one in evidence:
        by_document.setdefault(one["document_name"], []).append(one)
    share = max(1, min(_PER_DOCUMENT, _SUMMARY_SENTENCES // max(1, len(by_document))))
    lines = []
    for name, passages in by_document.items():
        chosen = [one for one in key_sentences(passages, share) if not _holds_any(one.text, refused)]
        lines.append(f"- **{name}**: {_told(chosen, passages, citations)}")
    return "\n".join(lines) or "The documents don't say: they hold no text."


def _told(chosen: list[Extract], passages: list[Evidence], citations: Citations) -> str:
    if chosen:
        return " ".join(marked(one.text, citations.of_evidence(one.evidence, one.text)) for one in chosen)
    first = passages[0]
    line = first["text"].split("\n")[0]
    if is_row(line):
        columns = [cell.split(": ")[0] for cell in line.split("; ")]
        return marked(f"a table of {joined(columns)}.", citations.of_evidence(first, line))
    # One sentence without its end: the review reads a quotation of two as two claims, one of them without a source.
    beginning = sentences(line)[0].rstrip(".!?…")[:200] if line.strip() else ""
    return marked(f"begins with “{beginning}”.", citations.of_evidence(first, line))


def _holds_any(text: str, refused: set[str]) -> bool:
    return any(sentence in text for sentence in refused)


def _as_title(question: str) -> str:
    return question[:1].upper() + question[1:] + "?" if question else ""
