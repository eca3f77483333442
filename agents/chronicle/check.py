"""Whether a sentence about a run says only what its facts say: numbers, names, quotes, decisions, outcomes. No I/O.

It is strict: what it cannot find in the facts that are cited is refused, also where a person would see that it is
right. What is refused is told by rules instead.
"""

import re
from collections import Counter
from collections.abc import Sequence

from agents.chronicle.facts import Fact
from agents.text.language import STOP_WORDS, numbers, sentences, stem, words
from agents.text.lexicon import lexicon_of

LONGEST = 400  # characters
_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|‘([^‘’]+)’|`([^`]+)`|«([^«»]+)»|„([^„“”]+)[“”]")
_TOKEN = re.compile(r"[^\s“”\"‘«»„`()\[\],;:!?]+")
# How a sentence may begin, beside the words that are everywhere.
_OPENING = """
    one two three four five six seven eight nine ten first second third next finally later meanwhile nobody somebody
    someone people everybody work"""
_OPENERS = frozenset(_OPENING.split())
_COUNTING = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty"""
_COUNTS = {word: count for count, word in enumerate(_COUNTING.split())} | {
    "once": 1, "twice": 2, "thrice": 3, "both": 2, "dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000
}  # fmt: skip
_VAGUE = "dozens hundreds thousands millions many most several half third quarter majority"
_VAGUE_COUNTS = frozenset(_VAGUE.split(" "))
# Why something happened, and what somebody meant by it, is said by no event unless it says so itself.
_REASONS = re.compile(
    r"\b(because|since|due to|so that|in order to|therefore|thus|hence|as a result|resulting|caus\w+|led to|thanks to|"
    r"owing to|wanted|wants|hop(?:ed|es|ing)|intend\w*|meant to|aim(?:ed|s|ing)?|try(?:ing)? to|tried to|"
    r"attempt\w* to|decided to)\b",
    re.IGNORECASE,
)
_OPINIONS = re.compile(
    r"\b(\w*successful(?:ly)?|unfortunate(?:ly)?|fortunate(?:ly)?|careful(?:ly)?|(?:in)?correct(?:ly)?|wrong(?:ly)?|"
    r"quick(?:ly)?|slow(?:ly)?|eas(?:y|ily)|thorough(?:ly)?|clear(?:ly)?|good|bad|great|poor(?:ly)?|probably|perhaps|"
    r"likely|apparently|seem\w*|appear\w*|should|could|would|might|may|will|not|never|without|no|nothing|none)\b",
    re.IGNORECASE,
)
# What was decided must be said by a fact in the same word.
_DECIDING = """
    approve reject decline agree allow deny refuse permit accept cancel stop resume pause withdraw delete remove send
    pay book confirm expire"""
_DECISIONS = frozenset(map(stem, _DECIDING.split()))
# Not in what was asked, and not in what somebody wrote beside it.
_DECIDED_IN = ("action", "status", "state", "details", "reason", "message", "choice", "chosen")
_DENIALS = re.compile(r"\b(not|never|without|no|nothing|none|nobody|\w+n['’]t)\b", re.IGNORECASE)
_FAILING = "fail failed failure error problem crash broke broken"
_FAILED = frozenset(map(stem, _FAILING.split(" ")))
_SUCCEEDING = "succeed success complete completed finish finished"
_SUCCEEDED = frozenset(map(stem, _SUCCEEDING.split(" ")))


def objection(text: str, cited: Sequence[Fact]) -> str | None:
    """Why the sentence cannot stand, for logs and tests; None: it says nothing but what the facts say."""
    if not cited:
        return "it names no facts"
    if not text.strip() or len(text) > LONGEST or len(sentences(text)) != 1:
        return "it is not one short sentence"
    language = lexicon_of(_unquoted(text))
    if language is not None and language.code != "en":
        return "it is not English"
    grounds = "\n".join(fact.text for fact in cited)
    for check in (_quotes, _numbers, _names, _claims, _outcomes):
        if (found := check(text, grounds, cited)) is not None:
            return found
    return None


def _quotes(text: str, grounds: str, cited: Sequence[Fact]) -> str | None:
    said = _plain(grounds)
    for groups in _QUOTED.findall(text):
        quoted = _plain("".join(groups)).rstrip(".,;:!?…")
        if quoted and quoted not in said:
            return f"nothing says “{quoted}”"
    return None


def _numbers(text: str, grounds: str, cited: Sequence[Fact]) -> str | None:
    known = _figures(grounds)
    counted = _countable(cited)
    for number in _figures(text) - known:
        if not number.isdigit() or int(number) not in counted:
            return f"no fact has the number {number}"
    said = set(words(grounds))
    for word in words(_unquoted(text)):
        if word in _VAGUE_COUNTS and word not in said:
            return f"no fact says {word}"
        count = _COUNTS.get(word)
        if count is None or word in said or word == "one":
            continue
        if count not in counted and str(count) not in known:
            return f"no fact has the number {word}"
    return None


def _figures(text: str) -> set[str]:
    return {number.strip(".") for number in numbers(text)}


def _countable(cited: Sequence[Fact]) -> set[int]:
    """How many facts are alike: all of them, or those with the same agent, action or status."""
    alike = Counter(
        (fact.label, name, fact.values[name])
        for fact in cited
        for name in ("agent", "action", "status")
        if name in fact.values
    )
    labels = Counter(fact.label for fact in cited)
    return {len(cited), *alike.values(), *labels.values()}


def _names(text: str, grounds: str, cited: Sequence[Fact]) -> str | None:
    """Whatever is written as a name or as a program writes it: with a capital, a digit, a dot or a line within."""
    said = set(words(grounds))
    for at, token in enumerate(_TOKEN.findall(_unquoted(text))):
        bare = token.strip(".’'…–-")
        parts = words(bare)
        if not parts or all(part in said or part.isdigit() for part in parts):
            continue
        first = at == 0 and bare[:1].isupper() and not any(letter.isupper() for letter in bare[1:])
        if first and (parts[0] in STOP_WORDS or parts[0] in _OPENERS):
            continue
        named = any(letter.isupper() for letter in bare) or re.search(r"[\d_./\\@]", bare)
        if named and bare not in ("I", "AI"):
            return f"no fact names {bare}"
    return None


def _claims(text: str, grounds: str, cited: Sequence[Fact]) -> str | None:
    said, own = _plain(grounds), _unquoted(text)
    for pattern in (_REASONS, _OPINIONS):
        for match in pattern.finditer(own):
            if not re.search(rf"\b{re.escape(match.group().lower())}\b", said):
                return f"no fact says “{match.group()}”"
    known = {
        stem(word) for fact in cited for name in _DECIDED_IN if name in fact.values for word in words(fact.values[name])
    }
    decided = [word for word in words(own) if stem(word) in _DECISIONS]
    for word in decided:
        if stem(word) not in known:
            return f"no fact says “{word}”"
    if decided and (denied := _DENIALS.search(own)):
        return f"it says “{denied.group()}” of what was decided"
    return None


def _outcomes(text: str, grounds: str, cited: Sequence[Fact]) -> str | None:
    said = {stem(word) for word in words(_unquoted(text))}
    statuses = {fact.values.get("status", fact.values.get("state", "")) for fact in cited}
    problems = any(fact.label == "problem" for fact in cited)
    if said & _FAILED and not (statuses & {"failed", "cancelled"} or problems):
        return "no fact has failed"
    if said & _SUCCEEDED and not statuses & {"completed", "finished"}:
        return "no fact was completed"
    return None


def _unquoted(text: str) -> str:
    """Without what is quoted, which is checked as a whole."""
    return _QUOTED.sub(" ", text)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
