"""Words and sentences of English text: enough to find, compare and quote, with nothing to download."""

import re
from collections.abc import Iterable
from functools import lru_cache

from agents.text.folding import folded

_STOP_WORDS = """
    a about above after again all also although am among an and another any anybody anyone anything are aren't as at
    be because been before being between both but by can cannot can't could did didn't do does doesn't doing don't done
    down during each either else ever every few for from further get gets give given gives got had has have having he
    her here hers herself him himself his how i if in into is isn't it it's its itself just let like many may me might
    more most much must my myself neither no nor not now of off often on once one only or other our ours ourselves out
    over own per please same shall she should so some such than that that's the their theirs them themselves then there
    these they thing things this those through to too toward towards under until up upon us use very was wasn't we were
    weren't what what's whatever when where whether which while who whoever whom whose why will with within without
    would you your yours yourself"""
STOP_WORDS: frozenset[str] = frozenset(_STOP_WORDS.split())

# Words that ask rather than name: they steer an answer, but no document need contain them.
_ASKING_WORDS = """
    answer calculate compute describe detail details document documents explain file files find happen happened
    happens happening list mention mentioned mentions number say says show tell know called name named total overall
    kind sort type amount exactly currently today according quickly briefly summarise summarize summary
    overview outline"""
ASKING_WORDS: frozenset[str] = frozenset(_ASKING_WORDS.split())

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?", re.UNICODE)
_NUMBER = re.compile(r"\d[\d,.  ]*\d|\d")
_GROUPING_SPACE = re.compile("[\u00a0\u2009\u202f]")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|prof|st|no|nos|vs|fig|figs|approx|ca|capt|cpt|lt|sgt|inc|ltd|co|corp|dept|est|e\.g|i\.e|etc|p|pp|"
    r"vol|sec|art|cf|al|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|min|max|ext|tel|ref|"
    r"hr|fr|nr|abs|bzw|ggf|inkl|zzgl|evtl|\w*str|bspw|usw|vgl|dipl|ing|geb|tél|mme|mlle|env|av|bd|"
    r"[a-z])\.$",
    re.IGNORECASE,
)
# "1. Open the lid": the number of an item. "am 3. März": a day of a month. Neither is the end of a sentence.
_ITEM_NUMBER = re.compile(r"\s*(?:[-*•]\s*)?(?:§\s*)?\d{1,2}(?:\.\d{1,2})*\.")
_ORDINAL = re.compile(r"(?:^|[\s(])\d{1,2}\.$")
_AFTER_ORDINAL = re.compile(
    r"\s+(?:jan|feb|mar|mär|apr|mai|may|jun|jul|aug|sep|okt|oct|nov|dez|dec|stock|etage|ober|unter|werktag|kapitel|"
    r"klasse|jahr|quartal|auflage|platz|tag|woche|monat)",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]*[A-Z0-9À-ÖØ-Þ])|\n+")


def words(text: str) -> list[str]:
    """The words of a text in lower case; 'Solveig’s' is 'solveig'."""
    found = (match.group().lower().replace("’", "'") for match in _WORD.finditer(folded(text)))
    return [word[:-2] if word.endswith("'s") else word for word in found]


def content_words(text: str) -> list[str]:
    """The words that carry meaning, each once, in order."""
    kept = (word for word in words(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit()))
    return list(dict.fromkeys(kept))


def stems(text: str) -> list[str]:
    """The stems of all words of a text, in order and with repetitions."""
    return [stem(word) for word in words(text)]


# Words that nothing ends with.
_UNFINISHED = re.compile(
    r"(?:^| )(?:of|an?|the|is|are|was|were|at|on|in|to|by|from|until|for|with|between|and|or|than|ist|sind|war|von|vom|"
    r"der|das|dem|den|des|und|oder|auf|mit|bis|am|im|zum|zur|für|de|du|des|la|le|les|et|ou|est|sont|à|au|par|pour)$"
)


def is_unfinished(text: str) -> bool:
    """Whether a text breaks off in the middle of a sentence: 'It ends on'."""
    return bool(_UNFINISHED.search(text[-12:]))


def sentences(text: str) -> list[str]:
    """Cut text into sentences. A line break is a border; 'Dr. Aune' and '3.5 m' hold together."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        # Only its end, so that a text full of abbreviations costs no more than another.
        ending = text[max(start, match.start() - 12) : match.start() + 1]
        if match.group()[0] == "." and (_ABBREVIATION.search(ending) or _counts(text, start, match, ending)):
            continue
        found.append(text[start : match.end()])
        start = match.end()
    found.append(text[start:])
    return [clean for piece in found if (clean := " ".join(piece.split()))]


def _counts(text: str, start: int, stop: re.Match[str], ending: str) -> bool:
    """Whether a full stop belongs to a number: of an item, or of a day."""
    if _ITEM_NUMBER.fullmatch(text, start, stop.start() + 1):
        return True
    return bool(_ORDINAL.search(ending) and _AFTER_ORDINAL.match(text, stop.end()))


def numbers(text: str) -> set[str]:
    """The numbers written in a text, without separators of thousands: '1,240' and '1 240' are '1240'."""
    found: set[str] = set()
    for match in _NUMBER.finditer(_GROUPING_SPACE.sub(" ", folded(text))):
        plain = re.sub(r"[,  ](?=\d{3}(?!\d))", "", match.group())
        found.update(part for part in re.split(r"[,  ]+", plain.strip(".")) if part)
    return found


def joined(items: Iterable[str], last: str = "and") -> str:
    """'a, b and c'."""
    listed = list(items)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"


_VOWEL = re.compile(r"[aeiouy]")
_STEP_2 = [
    ("ational", "ate"), ("ization", "ize"), ("isation", "ize"), ("fulness", "ful"), ("ousness", "ous"),
    ("iveness", "ive"), ("ibility", "ible"), ("ability", "able"), ("ation", "ate"), ("ising", "ize"), ("ments", ""),
    ("ment", ""), ("ness", ""), ("ings", ""),
]  # fmt: skip
_IRREGULAR = {
    "led": "lead", "built": "build", "rebuilt": "rebuild", "carried": "carry", "ran": "run", "went": "go", "gone": "go",
    "made": "make", "paid": "pay", "held": "hold", "kept": "keep", "left": "leave", "began": "begin",
    "begun": "begin", "took": "take", "taken": "take", "bought": "buy", "sold": "sell", "lost": "lose",
    "found": "find", "said": "say", "told": "tell", "wrote": "write", "written": "write", "chose": "choose",
    "chosen": "choose", "rose": "rise", "risen": "rise", "fell": "fall", "fallen": "fall", "grew": "grow",
    "grown": "grow", "spent": "spend", "men": "man", "women": "woman", "children": "child", "people": "person",
    "winters": "winter", "died": "die", "repaid": "repay", "dies": "die", "cost": "cost", "costs": "cost",
    "came": "come", "sent": "send", "met": "meet", "gave": "give",
    "drew": "draw", "drawn": "draw", "broke": "break", "broken": "break", "spoke": "speak", "spoken": "speak",
    "won": "win", "taught": "teach", "brought": "bring", "thought": "think", "caught": "catch", "drove": "drive",
    "driven": "drive", "ate": "eat", "eaten": "eat", "saw": "see", "seen": "see", "knew": "know", "known": "know",
    "stood": "stand", "sat": "sit", "became": "become", "dealt": "deal", "lent": "lend", "meant": "mean",
    "shown": "show", "sank": "sink", "sunk": "sink", "slept": "sleep", "flew": "fly", "flown": "fly", "wore": "wear",
    "worn": "wear", "hid": "hide", "hidden": "hide", "hung": "hang", "burnt": "burn", "born": "bear", "stole": "steal",
    "stolen": "steal", "threw": "throw", "thrown": "throw", "struck": "strike", "swam": "swim", "dug": "dig",
    "fed": "feed", "fought": "fight", "froze": "freeze", "frozen": "freeze", "shot": "shoot", "shut": "shut",
}  # fmt: skip


def quoted(text: str) -> str:
    """In quotation marks; those within it become single ones."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def counted(count: int, noun: str) -> str:
    """``1 passage``, ``2,000 passages``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A light stem: plural, -ed, -ing, -ly and common noun endings fall away; short words stay."""
    if (base := _IRREGULAR.get(word)) is not None:
        return base if base == word else stem(base)
    if len(word) < 4 or word[-1].isdigit():
        return word
    stemmed = _without_verb_ending(_without_plural(word))
    for ending, instead in _STEP_2:
        if stemmed.endswith(ending) and len(stemmed) - len(ending) >= 4:
            stemmed = stemmed[: -len(ending)] + instead
            break
    if stemmed.endswith("ll") and len(stemmed) > 5:  # "cancelled" and "cancel".
        stemmed = stemmed[:-1]
    if stemmed.endswith("ly") and len(stemmed) > 5:
        stemmed = stemmed[:-2]
    if stemmed.endswith("e") and len(stemmed) > 3:
        stemmed = stemmed[:-1]
    return stemmed[:-1] + "i" if stemmed.endswith("y") and len(stemmed) > 3 else stemmed


def _without_plural(word: str) -> str:
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_verb_ending(word: str) -> str:
    for ending in ("ied", "ed", "ing"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and _VOWEL.search(word[: -len(ending)]):
            if ending == "ied":
                return word[:-3] + "y"
            cut = word[: -len(ending)]
            doubled = len(cut) > 3 and cut[-1] == cut[-2] and cut[-1] not in "lsz"
            return cut[:-1] if doubled else cut
    return word
