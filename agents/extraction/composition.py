"""Writes an answer without a model: extracts and calculations, each with its citation, in the order of the question."""

import re
from dataclasses import replace

from agents.extraction.extracts import Extract, Looked, look
from agents.extraction.fitting import gives_reason
from agents.extraction.question import is_contents, meant_documents, wants_summary
from agents.extraction.statements import Document, documents, is_row, is_table_row
from agents.extraction.summary import key_sentences, labels
from agents.extraction.wording import Wording, not_understood
from agents.text.answer_state import AnswerState, Decline, Evidence, Finding, Part
from agents.text.language import joined, sentences, words
from agents.text.lexicon import lexicon_of
from agents.text.markdown import literal
from agents.text.sources import Citations, marked

_SUMMARY_SENTENCES = 12
_PER_DOCUMENT = 3
_MOST_UNREAD = 5
_TOTALS = frozenset({"total", "sum", "summe", "gesamt", "gesamtsumme", "somme"})


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
        blocks.append(f"**{literal(_as_title(part['question']))}**\n\n{block}" if len(parts) > 1 else block)
    return "\n\n".join([*blocks, *_copies(state, citations)]), citations


def _copies(state: AnswerState, citations: Citations) -> list[str]:
    """That what the answer rests on was added more than once, and counted once."""
    used = {one["document_id"] for one in citations.listed()}
    wording = Wording(lexicon_of(state["parts"][0]["question"]))
    copies = [one for one in state.get("copies", {}).values() if one["of_id"] in used]
    return [" ".join(wording.copy(one["name"], one["of"]) for one in copies)] if copies else []


def _answer(part: Part, at: int, state: AnswerState, citations: Citations, refused: set[str]) -> str:
    evidence = [one for one in state.get("evidence", []) if at in one["parts"]]
    findings = [
        one for one in state.get("findings", []) if one["part"] == at and not _holds_any(one["sentence"], refused)
    ]
    # What the rows of a table say is the Analysis Agent's to answer: a row out of its column says little.
    looked = look(part, [one for one in evidence if not is_table_row(one)], refused)
    if findings and not _is_stated(looked, findings):
        return "\n\n".join(_calculation(finding, citations) for finding in findings)
    if wants_summary(part["question"]):
        return _summary(part["question"], evidence, citations, refused) + _unread(state)
    if looked.extracts:
        return _quoted(looked, citations)
    declined = [one for one in state.get("declined", []) if one["part"] == at]
    # Of several documents, none is to blame for a word that it does not know.
    if declined and (state["readable"] == 1 or not declined[0].get("unknown")):
        told = Wording(lexicon_of(part["question"])).not_from_table(declined[0]["reason"])
    else:
        # A table has no language of its own.
        lexicons = () if declined else looked.lexicons
        looked = replace(looked, unknown=_unknown_everywhere(looked, declined), lexicons=lexicons)
        told = _nothing(part, looked, citations, refused)
    return told + _unread(state)


def _is_stated(looked: Looked, findings: list[Finding]) -> bool:
    """Whether the document that was calculated with has a label of its own for what was asked, such as 'Amount due: …'
    below the rows of an invoice. A mere 'Total' is compared with the rows, and both are told."""
    asked = looked.asked
    if asked is None or not looked.extracts or all(term.word in _TOTALS for term in asked.terms):
        return False
    of = {finding["document_id"] for finding in findings}
    return all(one.named and one.evidence["document_id"] in of for one in looked.extracts)


def _unknown_everywhere(looked: Looked, declined: list[Decline]) -> tuple[str, ...]:
    """The names that neither the passages nor the tables mention."""
    tables = [{word.casefold() for word in one.get("unknown", [])} for one in declined]
    return tuple(name for name in looked.unknown if all(name.casefold() in words for words in tables))


def _calculation(finding: Finding, citations: Citations) -> str:
    number = citations.of_finding(finding)
    told = " ".join(marked(sentence, number) for sentence in sentences(finding["sentence"]))
    return f"{told}\n\n{finding['table']}" if finding["table"] else told


def _quoted(looked: Looked, citations: Citations) -> str:
    wording = Wording(looked.asked.lexicon if looked.asked else None)
    found = looked.extracts
    if found[0].item:
        return "\n".join(f"- {_marked(one, citations)}" for one in found)
    if any(one.before for one in found):
        return " ".join(
            wording.before(_marked(one, citations)) if one.before else _marked(one, citations) for one in found
        )
    if found[0].bare:
        return wording.bare_row(_marked(found[0], citations))
    if found[0].older:
        return wording.older(" ".join(_marked(one, citations) for one in found))
    if len({one.evidence["document_id"] for one in found}) > 1:
        return "\n".join(f"- **{literal(one.evidence['document_name'])}**: {_marked(one, citations)}" for one in found)
    return " ".join(_of_which(looked, one) + _marked(one, citations) for one in found)


def _of_which(looked: Looked, one: Extract) -> str:
    """For "which hotel …?" the title, where the sentence says 'the hotel' of what its document is about."""
    title = one.evidence.get("title", "")
    asked = looked.asked
    if asked is None or asked.wanted != "which" or not title or title in one.text or title.endswith((".", "!")):
        return ""
    return f"**{literal(title)}**: " if asked.focus & {asked.lexicon.stem(word) for word in words(title)} else ""


def _marked(one: Extract, citations: Citations) -> str:
    text = one.text.rstrip(" :;,")
    number = citations.of_evidence(one.evidence, text)
    return " ".join(marked(sentence, number) for sentence in sentences(text))


def _nothing(part: Part, looked: Looked, citations: Citations, refused: set[str]) -> str:
    """What is said where nothing answers: why, as far as it is known, and what comes close."""
    if looked.asked is None:
        lexicon = lexicon_of(part["question"])
        return not_understood(lexicon) if lexicon else Wording(None).nothing(part["question"])
    wording = Wording(looked.asked.lexicon)
    unreasoned = looked.asked.wanted == "reason" and looked.nearest and not gives_reason(looked.nearest.text)
    if not looked.asked.terms and looked.asked.wanted not in ("phone", "email"):
        return wording.nothing_asked()
    told = [wording.no_reason() if unreasoned else wording.nothing(part["question"])]
    if looked.lexicons and looked.asked.lexicon not in looked.lexicons:
        told.append(wording.other_language(looked.lexicons[0]))
    elif looked.unknown:
        told.append(wording.never(looked.unknown))
    elif looked.nearest and not _holds_any(looked.nearest.text, refused):
        told.append(wording.closest(_marked(looked.nearest, citations)))
    return " ".join(told)


def _unread(state: AnswerState) -> str:
    """What nobody could read may be what was asked for: a paragraph of its own."""
    told = " ".join(state.get("unread", [])[:_MOST_UNREAD])
    return f"\n\n{literal(told)}" if told else ""


def _summary(question: str, evidence: list[Evidence], citations: Citations, refused: set[str]) -> str:
    found = documents(evidence)
    meant = meant_documents(question, [(one.name, one.title) for one in found])
    wording = Wording(lexicon_of(question))
    if meant is None:
        return wording.which_document(question, [one.name for one in found])
    chosen = [one for one in found if one.name in meant]
    share = 1 if is_contents(question) else max(1, min(_PER_DOCUMENT, _SUMMARY_SENTENCES // max(1, len(chosen))))
    lines = [f"- **{literal(one.name)}**: {_told(one, evidence, share, citations, refused)}" for one in chosen]
    return "\n".join(lines) or "The documents don't say: they hold no text."


def _told(document: Document, evidence: list[Evidence], share: int, citations: Citations, refused: set[str]) -> str:
    told = [one for one in key_sentences(document, share) if not _holds_any(one.text, refused)]
    told = told or [one for one in labels(document, share) if not _holds_any(one.text, refused)]
    if told:
        return " ".join(_marked(one, citations) for one in told)
    first = next(one for one in evidence if one["document_name"] == document.name)
    line = first["text"].split("\n")[0]
    if is_row(line):
        columns = [cell.split(": ")[0] for cell in line.split("; ")]
        return marked(f"a table of {joined(columns)}.", citations.of_evidence(first, line))
    # One sentence without its end: the review reads a quotation of two as two claims, one of them without a source.
    beginning = re.sub(r"[.!?…]+$", "", sentences(line)[0])[:200] if line.strip() else ""
    return marked(f"begins with “{beginning}”.", citations.of_evidence(first, line))


def _holds_any(text: str, refused: set[str]) -> bool:
    return any(sentence in text for sentence in refused)


def _as_title(question: str) -> str:
    return question[:1].upper() + question[1:] + "?" if question else ""
