"""Picks the sentences of the evidence that answer a question, without a model.

A sentence scores by the words of the question it holds (rare ones weigh more), what its neighbours and its place add,
how near the words stand to each other, and whether it has the kind of thing that was asked for.
"""

import math
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from agents.extraction.question import Expected, asked_words, expected, is_definition, is_wide, names
from agents.text.answer_state import Evidence, Part
from agents.text.language import content_words, sentences, stem, stems, words
from utils.sessions.passages import Hit

_NEAR = 0.4
_ENOUGH_UNFIT = 0.85
ENOUGH = 0.55  # Share of the question's weight that a passage must cover to count as an answer.
# Rows of a table answer a question only where nothing better does: they are what the Analysis Agent works on.
_TABLE_ROW, _OTHER_ROW = 0.7, 0.95
_MEASURING_STEMS = {stem(word) for word in ("cost", "costs", "price", "take", "last", "weigh", "measure", "amount")}
_MEASURING = 0.7
# Words that say little: "How often is a heartbeat sent?" is about the heartbeat.
_LIGHT_WORDS = """
    send sent need use happen get make take give go come keep work put set mean contain include become start begin end
    want allow help look seem apply exist new old big biggest large largest great greatest small smallest main major
    important key best worst"""
_LIGHT_STEMS = {stem(word) for word in _LIGHT_WORDS.split()}
_LIGHT = 0.4
_LEANING = 0.5
_LONG = 300  # Characters: longer sentences are hard to read as an answer.
_NEIGHBOUR, _PLACE, _PASSAGE, _CARRIED = 0.55, 0.6, 0.35, 0.3

_DANGLING = re.compile(
    r"^(?:he|she|it|they|his|her|its|their|this|that|these|those|such|both|there|then|however|but|also|therefore|thus|so|"
    r"instead|moreover|furthermore|otherwise|the (?:former|latter|same))\b", re.I
)  # fmt: skip
_DATE = re.compile(
    r"\b(?:1[5-9]|20|21)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b(?:january|february|march|april|june|july|august|september|october"
    r"|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|yesterday|spring|summer|autumn"
    r"|winter)\b|\b(?:in|until|since|from|by) may\b|\b\d{1,2} may\b", re.I
)  # fmt: skip
_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety|hundred|thousand|million|dozen|half|twice|none)\b", re.I
)  # fmt: skip
_NAME = re.compile(
    r"(?<=[a-z,;’'] )(?:[A-ZÀ-Þ][\w’'-]+)|^(?:[A-ZÀ-Þ][\w’'-]+ ){2,}|\b(?:Mr|Mrs|Ms|Dr|Captain|Capt)\.? [A-Z]"
)
_MONEY = re.compile(r"[€$£¥]|\b(?:crowns?|dollars?|euros?|pounds?|francs?|marks?|kroner|eur|usd|gbp|chf)\b", re.I)
_PLACE_NAME = re.compile(r"\b(?:in|at|to|from|near|off|on|into|between|outside|through) (?:the )?[A-ZÀ-Þ]")
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|so that|so as to|in order to|caused|cause|reason|therefore|as a result|"
    r"thanks to|in case|after|led to|prevented|required)\b", re.I
)  # fmt: skip
_FITS: dict[Expected, re.Pattern[str]] = {
    "number": _NUMBER, "date": _DATE, "person": _NAME, "place": _PLACE_NAME, "reason": _REASON,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extract:
    """One or two sentences of a passage. ``coverage`` is the share of the question they cover, 0 to 1."""

    text: str
    evidence: Evidence
    coverage: float
    score: float
    fits: bool = True  # It has the kind of thing that was asked for: a number, a date, a name.


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    stems: list[str]
    at: int
    evidence: Evidence


def extracts(part: Part, evidence: list[Evidence], refused: Collection[str] = ()) -> list[Extract]:
    """What answers a part, best first: one sentence for a plain fact, up to three for a wide question; or nothing.

    Nothing that holds a refused sentence is taken.
    """
    wanted = _weights(part, evidence)
    if not wanted:
        return []
    kind = expected(part["question"])
    named = name_stems(part["question"])
    found: list[Extract] = []
    for passage in evidence:
        found += _scored(part, _sentences(passage), wanted, kind)
    found = [one for one in found if not any(sentence in one.text for sentence in refused)]
    found.sort(key=lambda extract: (-extract.score, extract.evidence["passage_id"]))
    known = {stem_ for passage in evidence for stem_ in stems(passage["text"] + " " + passage["document_name"])}
    if not named <= known:
        return []
    return _chosen(found, part["question"])


def nearest(part: Part, evidence: list[Evidence]) -> Extract | None:
    """The sentence that comes closest where nothing answers the question, if it comes close at all."""
    wanted = _weights(part, evidence)
    found = [one for passage in evidence for one in _scored(part, _sentences(passage), wanted, "anything")]
    own = {stem(word) for word in asked_words(part["question"])}
    near = [one for one in found if one.coverage >= _NEAR and not is_row(one.text) and own & set(stems(one.text))]
    return max(near, key=lambda extract: extract.score, default=None)


def rank(part: Part, hits: list[Hit]) -> list[Hit]:
    """Passages by their best sentence for the question, then by the search's own score."""
    evidence = {hit.id: as_evidence(hit) for hit in hits}
    wanted = _weights(part, list(evidence.values()))
    kind = expected(part["question"])

    def best(hit: Hit) -> float:
        scored = _scored(part, _sentences(evidence[hit.id]), wanted, kind)
        return max((one.score for one in scored), default=0.0)

    return sorted(hits, key=lambda hit: (-best(hit), -hit.score))


def as_evidence(hit: Hit) -> Evidence:
    return Evidence(
        passage_id=hit.id, document_id=hit.document_id, document_name=hit.document_name, reference=hit.reference,
        text=hit.text, n=hit.n, parts=[],
    )  # fmt: skip


def unknown_names(part: Part, evidence: list[Evidence]) -> list[str]:
    """Names in the question that no evidence mentions."""
    known = {stem_ for passage in evidence for stem_ in stems(passage["text"] + " " + passage["document_name"])}
    return [name for name in names(part["question"]) if not known.issuperset(stems(name))]


def name_stems(question: str) -> set[str]:
    return {stem_ for name in names(question) for stem_ in stems(name)}


def key_sentences(evidence: list[Evidence], most: int) -> list[Extract]:
    """The sentences that say most of what the passages are about, in reading order."""
    everything = (sentence for passage in evidence for sentence in _sentences(passage))
    listed = [one for one in everything if not is_row(one.text) and not _is_heading(one.text)]
    spread = Counter(stem_ for sentence in listed for stem_ in set(_content_stems(sentence.text)))
    found = []
    for sentence in listed:
        meant = _content_stems(sentence.text)
        if not 7 <= len(words(sentence.text)) <= 45 or _DANGLING.match(sentence.text):
            continue
        if sum(letter.isalpha() or letter.isspace() for letter in sentence.text) < 0.8 * len(sentence.text):
            continue  # A diagram, a formula, a line of code.
        centrality = sum(math.log1p(spread[stem_] - 1) for stem_ in set(meant)) / (4 + len(meant))
        opening = 0.25 if sentence.at <= 1 else 0.0
        found.append(Extract(sentence.text, sentence.evidence, 1.0, centrality + opening))
    found.sort(key=lambda extract: -extract.score)
    chosen: list[Extract] = []
    for extract in found:
        if len(chosen) < most and not any(_alike(extract.text, other.text) for other in chosen):
            chosen.append(extract)
    order = {passage["passage_id"]: place for place, passage in enumerate(evidence)}
    return sorted(chosen, key=lambda extract: (order[extract.evidence["passage_id"]], -extract.score))


def leans_on_another(sentence: str) -> bool:
    """Whether a sentence cannot be understood without the one before it."""
    return bool(_DANGLING.match(sentence))


def _weights(part: Part, evidence: list[Evidence]) -> dict[str, float]:
    """How much each word of the question counts, by how few passages hold it."""
    wanted = list(dict.fromkeys(stem(word) for word in asked_words(part["question"])))
    leaning = [word for word in map(stem, asked_words(part["carried"])) if word not in wanted]
    if len(wanted) <= 1:  # "and why?" alone says nothing to look for.
        wanted += leaning
    holding = Counter(stem_ for passage in evidence for stem_ in set(stems(passage["text"])))
    total = max(len(evidence), 8) + 1  # Among a few passages, rarity says little.
    rarity = {word: math.log(total / (holding[word] + 0.5)) / math.log(total / 0.5) for word in wanted}

    def importance(word: str) -> float:
        if word in leaning:
            return _LEANING
        return _MEASURING if word in _MEASURING_STEMS else _LIGHT if word in _LIGHT_STEMS else 1.0

    return {word: (0.4 + rarity[word]) * importance(word) for word in wanted}


def _sentences(passage: Evidence) -> list[_Sentence]:
    return [
        _Sentence(text.removeprefix("- "), stems(text), at, passage)
        for at, text in enumerate(sentences(passage["text"]))
        if words(text)
    ]


def _scored(part: Part, listed: list[_Sentence], wanted: dict[str, float], kind: Expected) -> list[Extract]:
    if not listed:
        return []
    passage = listed[0].evidence
    named = name_stems(part["question"])
    carried = {stem(word) for word in asked_words(part["carried"])} - set(wanted)
    place = set(stems(passage["reference"] + " " + passage["document_name"].rsplit(".", 1)[0]))
    whole = {stem_ for sentence in listed for stem_ in sentence.stems}
    total = sum(wanted.values())
    asked = {stem(word) for word in asked_words(part["question"])} or set(wanted)
    defines = is_definition(part["question"])
    found = []
    for at, sentence in enumerate(listed):
        if not asked & set(sentence.stems) or _is_heading(sentence.text):
            continue
        text = _with_context(listed, at, wanted)
        said = stems(text)
        own = set(said)
        beside = {stem_ for near in listed[max(0, at - 1) : at + 2] for stem_ in near.stems}
        covered = 0.0
        for word, weight in wanted.items():
            share = 1.0 if word in own else _NEIGHBOUR if word in beside else _PLACE if word in place else 0.0
            covered += weight * (share or (_PASSAGE if word in whole else 0.0))
        coverage = covered / total
        leaning = _CARRIED * len(carried & (own | beside | place)) / len(carried) if carried else 0.0
        fits = 0.3 * _fits(kind, sentence, wanted)
        length = 0.2 if len(text) > _LONG else 0.0
        missing = 0.25 * len(named - whole - place)
        direct = sum(wanted[word] for word in own & set(wanted)) / total
        if defines and asked & set(sentence.stems[:3]):
            fits += 0.3
        score = coverage + 0.5 * direct + fits + leaning + 0.15 * _nearness(said, wanted) - missing - length
        if is_row(text):
            score *= _TABLE_ROW if passage["document_name"].lower().endswith((".csv", ".tsv")) else _OTHER_ROW
        suits = kind == "reason" or _fits(kind, sentence, wanted) >= 0
        found.append(Extract(text, passage, coverage, score, suits))
    return found


def _fits(kind: Expected, sentence: _Sentence, wanted: dict[str, float]) -> int:
    """1 when the sentence has the kind of thing that was asked for, -1 when it has not, 0 when anything will do."""
    if kind not in _FITS:
        return 0
    fits = bool(_FITS[kind].search(sentence.text))
    if kind == "number" and (measured := wanted.keys() & _MEASURING_STEMS):
        fits = fits and bool(measured & set(sentence.stems) or _MONEY.search(sentence.text))
    return 1 if fits else -1


def _with_context(listed: list[_Sentence], at: int, wanted: dict[str, float]) -> str:
    """The sentence, with the one before it when it starts with 'She' or that one has the words of the question."""
    text = listed[at].text
    if not at or _is_heading(listed[at - 1].text) or is_row(listed[at - 1].text) or is_row(text):
        return text
    before = listed[at - 1]
    if len(before.text) + len(text) > _LONG * 1.4:
        return text
    leans = _DANGLING.match(text) or (wanted.keys() & before.stems) - set(listed[at].stems)
    return f"{before.text} {text}" if leans else text


def _nearness(found: list[str], wanted: dict[str, float]) -> float:
    """1 when the question's words stand side by side, towards 0 when they are far apart."""
    at = [place for place, stem_ in enumerate(found) if stem_ in wanted]
    distinct = len({found[place] for place in at})
    if distinct < 2:
        return 0.0
    return min(1.0, distinct / (at[-1] - at[0] + 1))


def _chosen(found: list[Extract], question: str) -> list[Extract]:
    asked = {stem(word) for word in asked_words(question)} - _LIGHT_STEMS
    good = [extract for extract in found if extract.coverage >= (ENOUGH if extract.fits else _ENOUGH_UNFIT)]
    if not good:
        return []
    best = good[0]
    if len(asked) > 1 and len(asked & set(stems(best.text))) < 2 and best.coverage < 0.7:
        return []
    chosen = [best]
    for extract in good[1:]:
        if len(chosen) >= (3 if is_wide(question) else 1) or extract.score < 0.8 * best.score:
            break
        if extract.coverage >= 0.9 * best.coverage and not any(_alike(extract.text, other.text) for other in chosen):
            chosen.append(extract)
    return chosen


def _alike(one: str, other: str) -> bool:
    first, second = set(_content_stems(one)), set(_content_stems(other))
    return len(first & second) > 0.6 * min(len(first), len(second)) if first and second else True


def _content_stems(text: str) -> list[str]:
    return [stem(word) for word in content_words(text)]


def _is_heading(text: str) -> bool:
    most = 5 if re.search(r"\d", text) else 12
    return len(words(text)) <= most and text[-1].isalnum() and ":" not in text and not text.startswith("- ")


def is_row(text: str) -> bool:
    """Whether a text is a table row as readers write it: 'Month: 2024-01; Passengers: 812'."""
    return bool(re.match(r"^[^.:;]{1,60}: [^;]*;", text))
