"""Picks what of the evidence answers a question, without a model: a sentence, a label's value, or what a heading heads.

It is an answer only if every word of the question that matters is accounted for and what was asked for is there: a date
for "when", a number of the very thing for "how many". Anything less is no answer but at best what comes close.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from agents.extraction.asking import Asked, Term, asked
from agents.extraction.matching import Match, holds, match
from agents.extraction.question import plan_parts
from agents.extraction.statements import Document, Statement, documents, goes_on, is_dangling, is_table_row
from agents.extraction.values import Kind, spans
from agents.text.answer_state import Evidence, Part
from agents.text.lexicon import ENGLISH, Lexicon, lexicon_of
from utils.sessions.passages import Hit

_ALIKE = 0.06  # Scores that differ by less are equally good.
_ELSEWHERE = 0.3  # Of another document, which itself says all of it: other words are as good.
_NEAR = 0.5
_SHORTEST = 4  # Words of what is told as coming close.
_MOST_TOLD = 4
_MOST_ITEMS = 15
_MOST_BELOW = 3
_MOST_LETTERS = 600
_CARRIED = 0.3
_TABLE_ROW = 0.3
_STEPS = 0.6
_ANSWER = 2.0  # In a ranking: before everything that only comes close.
_FROM_HEADINGS = ("what", "which", "list", "heading", "manner", "reason", "whether", "date", "place")
_CLAUSE = re.compile(
    r"\b(?:clause|section|article|paragraph|point|item|chapter|ziffer|absatz|abschnitt|artikel|punkt|kapitel|alinéa) "
    r"(\d{1,3}(?:\.\d{1,3})*)(?![\d.]*\d)|§ ?(\d{1,3}(?:\.\d{1,3})*)", re.I
)  # fmt: skip
_NUMBERING = re.compile(
    r"^(?:(?:§+|art\w*\.?|section|clause|chapter|no\.|nr\.|kapitel|ziffer) ?)?\d{1,3}(?:\.\d{1,3})*[.)]?\s+", re.I
)
_ITS_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3})*[.)]? +[^\W\d]")
_CHANGED = re.compile(
    r"\b(?:moved|changed|rescheduled|postponed|brought forward|instead of|no longer|corrected|correction|updated?|"
    r"amended|increased|reduced|raised|lowered|extended|shortened|delayed|put (?:off|back)|replaced by|verschoben|"
    r"verlegt|geändert|korrigiert|vorverlegt|erhöht|ermäßigt|angehoben|gesenkt|verlängert|verkürzt|reporté|déplacé|"
    r"modifié|avancé|augmenté|relevé|réduit|baissé|prolongé|remplacé)\w*\b|"
    # 'The fee rises to 14 euros', but not 'with the size of the boat'.
    r"\b(?:(?:increase|reduce|raise|rise)s?|steigt|sinkt|augmente|passe)\b[^.;]*?\b(?:to|auf|à)\b[^\w.;]{0,3}"
    r"(?:about |rund |etwa |environ )?(?:[A-Z]{3} |[$€£] ?)?\d", re.I
)  # fmt: skip
# What only may be, or is now and then: 'It can be extended by 2 weeks.'
_ONLY_MAY_BE = re.compile(
    r"\b(?:can|(?-i:may)|might|could|kann|könn\w*|darf|dürf\w*|peut|peuvent|pourr\w+|often|usually|sometimes|oft|meist\w*|"
    r"manchmal|souvent|parfois)\b[^.;,]*$", re.I
)  # fmt: skip
_IT = re.compile(r"\b(?:it|they|he|she|es|sie|er|das|il|elle|ce|c['’])\b", re.I)
# 'It was moved', also behind the name of who says it.
_IT_WAS = re.compile(r"(?:^|[:\].!?)] )(?:it|they|es|sie|er|das|il|elle) ", re.I)
_SOON_AFTER = 4  # Statements.
_REASON_HEADING = re.compile(
    r"\b(?:reasons?|causes?|why|background|motiv\w+|grund|gründe|ursachen?|warum|raisons?|pourquoi)\b", re.I
)
_BARE_ROW = re.compile(r"^[^:;]+(?:; [^:;]+){2,}$")
_NOT = re.compile(r"\b(?:not|no|never|without|nicht|kein\w*|ohne|pas|sans|aucun\w*)\b", re.I)
_NUMBERS = frozenset({"number", "no", "nummer", "nr", "numéro"})
_VALUES = {"date": "date", "time": "time", "money": "money", "place": "place", "duration": "duration"}


@dataclass(frozen=True, slots=True)
class Extract:
    """A piece of a passage that answers. ``coverage`` is the share of the question it covers, 0 to 1.

    ``item``: one of a list. ``before``: what another piece of the answer has changed. ``older``: from a quoted mail.
    ``bare``: a row of a table that does not name its columns, so that what its cells are is not said. ``named``: its
    label is what was asked, word for word.
    """

    text: str
    evidence: Evidence
    coverage: float
    score: float
    item: bool = False
    before: bool = False
    older: bool = False
    bare: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What a question found: what answers it, or what comes close, and the words that nothing holds."""

    asked: Asked | None
    extracts: list[Extract]
    nearest: Extract | None = None
    unknown: tuple[str, ...] = ()
    lexicons: tuple[Lexicon, ...] = ()  # Of the documents.


def look(part: Part, evidence: list[Evidence], refused: Collection[str] = ()) -> Looked:
    """Look for an answer to a part of a question. Nothing that holds a refused sentence is taken."""
    found = documents(evidence, lexicon_of(part["question"]) or ENGLISH)
    lexicons = tuple(dict.fromkeys(document.lexicon for document in found))
    question = understood(part, lexicons)
    if question is None:
        return Looked(None, [], lexicons=lexicons)
    if question.wanted in ("title", "headings"):
        return Looked(question, _outline(question, found, refused), lexicons=lexicons)
    if numbered := _numbered(question, found, refused):
        return Looked(question, numbered, lexicons=lexicons)
    matches = _matches(question, part, found, refused)
    chosen = _chosen(question, matches, _headed(question, found, refused))
    chosen = chosen or _bare_rows(question, matches)
    if chosen:
        return Looked(question, chosen, lexicons=lexicons)
    return Looked(question, [], _nearest(question, matches), _unknown(question, found), lexicons)


def rank(part: Part, hits: list[Hit], titles: dict[str, str]) -> list[Hit]:
    """Passages by their best statement for the question, then by the search's own score."""
    evidence = [as_evidence(hit, titles) for hit in hits]
    found = documents(evidence, lexicon_of(part["question"]) or ENGLISH)
    best: dict[int, float] = {}
    for piece in plan_parts(part["question"], []):  # A message that nobody has cut into its questions has several.
        for passage, score in _scores(piece | {"carried": piece["carried"] or part["carried"]}, found):
            best[passage] = max(best.get(passage, 0.0), score)
    return sorted(hits, key=lambda hit: (-best.get(hit.id, 0.0), -hit.score))


def _scores(part: Part, found: list[Document]) -> Iterator[tuple[int, float]]:
    """The passage of each statement and heading, by its id, and how well it answers."""
    question = understood(part, tuple(dict.fromkeys(document.lexicon for document in found)))
    if question is None:
        return
    for one, _ in _matches(question, part, found, ()):
        yield one.statement.evidence["passage_id"], one.score + _ANSWER * one.answers
    for heading, score in _fitting_headings(question, found):
        for below in (heading, *heading.below):
            yield below.evidence["passage_id"], score + _ANSWER


def as_evidence(hit: Hit, titles: dict[str, str]) -> Evidence:
    """``titles``: what each document is called by its first line, by its id."""
    return Evidence(
        passage_id=hit.id, document_id=hit.document_id, document_name=hit.document_name, reference=hit.reference,
        text=hit.text, n=hit.n, title=titles.get(hit.document_id, ""), parts=[],
    )  # fmt: skip


def understood(part: Part, lexicons: tuple[Lexicon, ...]) -> Asked | None:
    """What a part asks, with the words of the question it leans on where it says nothing by itself."""
    fallback = lexicons[0] if lexicons and lexicons[0].understood else ENGLISH
    question = asked(part["question"], fallback)
    if question is None or not part["carried"]:
        return question
    carried = asked(_leant_on(part), fallback)
    if carried is None:
        return question
    if not question.needed:
        return replace(question, terms=(*question.terms, *carried.terms), focus=question.focus or carried.focus)
    if question.wanted == "heading":  # "and in summer?": the earlier question with one word more.
        return replace(carried, terms=tuple(dict.fromkeys((*question.terms, *carried.terms))))
    return question


def _matches(
    question: Asked, part: Part, found: list[Document], refused: Collection[str]
) -> list[tuple[Match, Document]]:
    """Every statement against the question, best first."""
    carried = asked(_leant_on(part), question.lexicon) if part["carried"] else None
    leaning = tuple(term for term in carried.terms if term not in question.terms) if carried else ()
    matches = []
    for document in found:
        valued = question.wanted in _VALUES or any(term.word in _NUMBERS for term in question.terms)
        dated = [one for one in document.headings if valued and any(spans("number", _NUMBERING.sub("", one.text)))]
        for statement in [*document.statements, *dated]:
            if any(sentence in statement.text for sentence in refused):
                continue
            one = match(question, statement, document)
            if is_table_row(statement.evidence):
                one = replace(one, score=one.score - _TABLE_ROW, fits=None)
            if leaning:
                held = sum(_held(term, statement, document) for term in leaning) / len(leaning)
                one = replace(one, score=one.score + _CARRIED * held)
            matches.append((one, document))
    matches.sort(key=lambda one: (not one[0].answers, -one[0].score))
    return matches


def _leant_on(part: Part) -> str:
    """The question that stands on its own, without the follow-ups after it."""
    return part["carried"].partition("\n")[0]


def _held(term: Term, statement: Statement, document: Document) -> bool:
    lead = statement.lead.stems if statement.lead else frozenset()
    return holds(term, statement.stems | lead | statement.heading_stems | document.title_stems)


def _chosen(
    question: Asked, matches: list[tuple[Match, Document]], headed: tuple[float, list[Extract]] | None
) -> list[Extract]:
    answers = [(one, document) for one, document in matches if one.answers and not _one_row_of_several(one, matches)]
    if headed and (not answers or headed[0] > answers[0][0].score):
        return headed[1]
    if not answers:
        return []
    best, _ = answers[0]
    if change := _change(question, best, matches):
        return [change, replace(_extract(best), before=True)]
    told = [(best, answers[0][1])]
    for one, document in answers[1:]:
        says_it = document not in (of for _, of in told) and _says_all(question, one.statement)
        near = best.score - one.score < (_ELSEWHERE if says_it else _ALIKE)
        if len(told) < _MOST_TOLD and near and _rivals(question, best, one, told, document):
            told.append((one, document))
    return [replace(_extract(one), named=_is_named(question, one.statement)) for one, _ in told]


def _is_named(question: Asked, statement: Statement) -> bool:
    label = {token.stem for token in statement.label_tokens}
    return bool(label) and not statement.is_row and label == {term.stem for term in question.terms}


def _one_row_of_several(one: Match, matches: list[tuple[Match, Document]]) -> bool:
    """Whether other rows fit the question just as well, so that none of them alone answers it."""
    return one.statement.is_row and any(
        other.answers and other.statement.is_row and abs(other.score - one.score) < _ALIKE
        and other.statement.evidence["document_id"] == one.statement.evidence["document_id"]
        and not _same(other.statement.text, one.statement.text)
        for other, _ in matches
    )  # fmt: skip


def _rivals(question: Asked, best: Match, one: Match, told: list[tuple[Match, Document]], document: Document) -> bool:
    """Whether another statement says something else of the same: both are told."""
    text = one.statement.text
    if any(_same(text, other.statement.text) for other, _ in told):
        return False
    if best.statement.label:
        return one.statement.label.lower() == best.statement.label.lower()
    elsewhere = all(document is not other for _, other in told) or _contradicts(question, best.statement, one)
    return elsewhere and question.wanted not in ("whether", "manner", "reason", "list")


def _contradicts(question: Asked, best: Statement, one: Match) -> bool:
    """Whether another sentence of the document, which itself holds all that is asked, has another value."""
    kind = _VALUES.get(question.wanted)
    if kind is None or one.statement.label or one.statement.is_row or one.statement.older or not question.needed:
        return False
    if not all(_says_all(question, part) for part in (best, one.statement)):
        return False
    values, others = (_values_of(kind, part) for part in (best, one.statement))
    return bool(values) and bool(others) and not values & others


def _says_all(question: Asked, statement: Statement) -> bool:
    """Whether a statement itself, and not what stands around it, holds all that is asked."""
    return all(holds(term, statement.stems) for term in question.needed)


def _same(one: str, other: str) -> bool:
    return one.strip(" .-*•").lower() == other.strip(" .-*•").lower()


def _change(question: Asked, best: Match, matches: list[tuple[Match, Document]]) -> Extract | None:
    """A passage that says that the value which was found is no longer so: 'moved to 7:30'."""
    kind = _VALUES.get(question.wanted)
    if kind is None or _tells_a_change(best.statement.text):
        return None
    given = _values_of(kind, best.statement)
    for one, _ in matches:
        statement = one.statement
        if statement is best.statement or statement.older or statement.is_row or not _tells_a_change(statement.text):
            continue
        nouns = [term for term in question.needed if not term.name and holds(term, statement.stems)]
        if not _values_of(kind, statement) - given:
            continue
        if (nouns and len(one.missing) <= 1) or _goes_on_about(best.statement, statement, kind, matches):
            return _extract(one)
    return None


def _tells_a_change(text: str) -> bool:
    return any(not _ONLY_MAY_BE.search(text[: one.start()]) for one in _CHANGED.finditer(text))


def _goes_on_about(first: Statement, later: Statement, kind: str, matches: list[tuple[Match, Document]]) -> bool:
    """Whether 'it' of a later statement is what the first speaks of: no other thing has such a value between them."""
    if later.lead is first and is_dangling(later.text):
        return True
    if later.lead is not None or not _IT_WAS.search(later.text) or not 0 < later.at - first.at <= _SOON_AFTER:
        return False
    between = (
        one.statement
        for one, _ in matches
        if first.at < one.statement.at < later.at
        and one.statement.evidence["document_id"] == first.evidence["document_id"]
    )
    return first.evidence["document_id"] == later.evidence["document_id"] and not any(
        _values_of(kind, one) and not _IT.search(one.text) for one in between
    )


def _values_of(kind: str, statement: Statement) -> set[str]:
    """The values of a kind; of a date also the times, which "when" asks for, too."""
    kinds: tuple[Kind, ...] = ("date", "time") if kind == "date" else (kind,)  # type: ignore[assignment]
    return {statement.text[slice(*span)].lower() for one in kinds for span in spans(one, statement.text)}


def _extract(one: Match) -> Extract:
    statement = one.statement
    text, lead = _clean(statement.text), statement.lead
    while lead is not None and len(lead.text) + len(text) < _MOST_LETTERS:
        text = f"{_clean(lead.text)} {text}"
        lead = lead.lead
    if (later := goes_on(statement)) and len(later.text) + len(text) < _MOST_LETTERS:
        text = f"{text} {later.text}"
    return Extract(text, statement.evidence, one.coverage, one.score, older=statement.older)


def _clean(text: str) -> str:
    """Without the mark of a list item or of quoted mail."""
    return re.sub(r"^(?:[-*•>]\s*)+", "", text)


def _headed(question: Asked, found: list[Document], refused: Collection[str]) -> tuple[float, list[Extract]] | None:
    """What stands below the heading that says what is asked: its list, or its first sentences."""
    for heading, score in _fitting_headings(question, found):
        below = [one for one in heading.below if not any(sentence in one.text for sentence in refused)]
        kind = _VALUES.get(question.wanted)
        if kind:
            below = _valued(kind, below)
        items = [one for one in below if one.is_item or (one.label and not one.is_row)]
        listed = len(items) > 1 and len(items) >= len(below) / 2
        if listed and question.wanted == "manner":
            below = items
        taken: list[Extract] = []
        letters = 0
        for one in below[: _MOST_ITEMS if listed else _MOST_BELOW]:
            letters += len(one.text)
            if taken and letters > _MOST_LETTERS and not listed:
                break
            taken.append(Extract(_clean(one.text), one.evidence, 1.0, score, item=listed))
        if taken:
            # "How do I descale it?" asks for the steps, of which a sentence beside them says only when.
            return score + (_STEPS if listed and question.wanted == "manner" else 0.0), taken
    return None


def _valued(kind: str, below: list[Statement]) -> list[Statement]:
    """What has a value, with what stands between: 'The first is free. Each further one costs 15 euros.'"""
    at = [number for number, one in enumerate(below) if any(spans(kind, one.text))]  # type: ignore[arg-type]
    if not at or below[at[0]].label or below[at[0]].is_row or below[at[0]].is_item:
        return below[at[0] : at[0] + 1] if at else []
    within = [number for number in at if number < at[0] + _MOST_BELOW]
    return below[at[0] : within[-1] + 1]


def _fitting_headings(question: Asked, found: list[Document]) -> list[tuple[Statement, float]]:
    """Headings that hold what is asked, best first."""
    if question.wanted not in _FROM_HEADINGS or not question.needed:
        return []
    fitting = []
    for document in found:
        for heading in document.headings:
            if not heading.below:
                continue
            own = [term for term in question.needed if holds(term, heading.stems)]
            rest = [term for term in question.needed if term not in own]
            only_names = question.wanted != "heading" and all(term.name for term in own)
            if not own or only_names or any(not _of_document(term, document) for term in rest):
                continue
            content = {token.stem for token in heading.tokens if token.plain not in document.lexicon.stop_words}
            named = {stem for stem in content if any(holds(term, frozenset({stem})) for term in question.terms)}
            share = len(named) / len(content) if content else 0.0
            typed = question.wanted in _VALUES or question.wanted == "reason"
            if question.wanted == "reason" and not _REASON_HEADING.search(heading.text):
                continue
            if bool(_NOT.search(question.text)) != bool(_NOT.search(heading.text)):
                continue
            if share < (0.99 if typed else 0.5) or (typed and rest):
                continue
            exact = sum(term.stem in heading.stems for term in own) / len(own)
            coverage = (len(own) + 0.5 * len(rest)) / len(question.needed)
            bonus = 0.75 if question.wanted in ("what", "list", "heading", "which") or heading.asks else 0.45
            fitting.append((heading, coverage * (0.8 + 0.2 * exact) + bonus * share))
    return sorted(fitting, key=lambda one: -one[1])


def _of_document(term: Term, document: Document) -> bool:
    return holds(term, document.title_stems) or (not term.name and term.stem in document.topics)


def _numbered(question: Asked, found: list[Document], refused: Collection[str]) -> list[Extract]:
    """'What does clause 3.2 say?': what begins with that number, or stands below a heading that does."""
    place = _CLAUSE.search(question.text)
    if place is None:
        return []
    said = set(re.findall(r"[^\W_]+(?:\.\d+)*", place.group().lower()))
    if any(term.word not in said and not term.light for term in question.terms):
        return []
    number = place[1] or place[2]
    begins = re.compile(rf"(?:§ ?|\w+ )?{re.escape(number)}[.):]?\s+\S", re.IGNORECASE)
    chosen: list[Extract] = []
    for document in found:
        heading = next((one for one in document.headings if begins.match(one.text) and one.below), None)
        first = next((at for at, one in enumerate(document.statements) if begins.match(one.text)), None)
        pieces = heading.below if heading else []
        if first is not None:
            rest = document.statements[first + 1 :]
            ends = (
                at
                for at, one in enumerate(rest)
                if _ITS_NUMBER.match(one.text) and not one.text.startswith(f"{number}.")
            )
            pieces = [document.statements[first], *rest[: next(ends, len(rest))]]
        kept = [one for one in pieces if not any(sentence in one.text for sentence in refused)]
        chosen += [Extract(_clean(one.text), one.evidence, 1.0, 1.0) for one in kept[:_MOST_TOLD]]
    return chosen


def _outline(question: Asked, found: list[Document], refused: Collection[str]) -> list[Extract]:
    """The title of each document, or the headings of all."""
    outline = []
    for document in found:
        heads = [one for one in document.headings if not one.text.endswith(":")]
        if question.wanted == "title":
            heads = heads[:1]
        texts = dict.fromkeys(one.text for one in heads if not any(sentence in one.text for sentence in refused))
        for text in texts:
            evidence = next(one.evidence for one in heads if one.text == text)
            outline.append(Extract(text, evidence, 1.0, 1.0, item=len(texts) > 1))
    return outline


def _bare_rows(question: Asked, matches: list[tuple[Match, Document]]) -> list[Extract]:
    """The one row without names of columns that has the names of the question, if it can say what is asked."""
    named = [term for term in question.terms if term.name]
    if not named or question.wanted not in ("money", "amount", "count", "what"):
        return []
    rows = [
        one for one, _ in matches
        if _BARE_ROW.match(one.statement.text) and all(holds(term, one.statement.stems) for term in named)
    ]  # fmt: skip
    if len(rows) != 1 or len(rows[0].missing) > 1 or any(term.name for term in rows[0].missing):
        return []
    numbers = list(spans("number", rows[0].statement.text))
    return [replace(_extract(rows[0]), bare=True)] if len(numbers) == 1 else []


def _nearest(question: Asked, matches: list[tuple[Match, Document]]) -> Extract | None:
    """The statement that comes closest where nothing answers, if it comes close at all."""
    near = [
        one
        for one, _ in matches
        if one.coverage >= _NEAR and one.own and not one.statement.is_row and not one.statement.asks
        and len(one.statement.tokens) >= _SHORTEST
        and not any(term.name for term in one.missing)
    ]  # fmt: skip
    best = max(near, key=lambda one: (one.coverage, one.score), default=None)
    return _extract(best) if best else None


def _unknown(question: Asked, found: list[Document]) -> tuple[str, ...]:
    """Names in the question that no evidence mentions. Dates may be written in many ways and are not among them."""
    stems = frozenset().union(*(document.title_stems for document in found)) if found else frozenset()
    for document in found:
        stems |= frozenset().union(*(one.stems | one.heading_stems for one in document.statements), frozenset())
    return tuple(
        term.word.capitalize() if term.word.islower() else term.word
        for term in question.terms
        if term.name and term.word.isalpha() and not holds(term, stems) and not any(spans("date", f"in {term.word}"))
    )
