"""The English words that a sentence about a run may have beside those of its facts. Each list is closed."""

from agents.text.language import stem


def _stems(text: str) -> frozenset[str]:
    return frozenset(map(stem, text.split()))


_TOOL, _MODEL, _TEXT, _SAID = "tool call", "call of a model", "text for the user", "words of a person to the agents"
_QUESTION, _ASKED, _PROBLEM = "question", "question to people", "problem"
_END = "end of the run"

# None of them counts, denies, doubts, compares, gives a reason or says who.
FUNCTION_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "with",
        "from",
        "for",
        "into",
        "about",
        "that",
        "this",
        "these",
        "those",
        "it",
        "its",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "and",
        "whether",
    ]
)
ARTICLES = frozenset(("a", "an", "the"))
# Where something else may begin to be said.
BREAKS = frozenset([",", ";", ":", "(", ")", "–", "—", "and", "but", "while", "which", "who"])
PASSIVE = frozenset(["is", "are", "was", "were", "be", "been"])
PEOPLE = frozenset(["people", "somebody", "someone", "person", "user", "agent", "agents"])
COUNTED = frozenset(["time", "times"])
_COUNTING = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty"""
COUNTS = {word: count for count, word in enumerate(_COUNTING.split())} | {"once": 1, "twice": 2, "both": 2}
# Which kinds of facts they tell of.
TELLING: dict[str, frozenset[str]] = {
    stem("call"): frozenset((_TOOL, _MODEL)),
    stem("use"): frozenset((_TOOL, _MODEL)),
    stem("used"): frozenset((_TOOL, _MODEL)),
    stem("ask"): frozenset((_QUESTION, _ASKED, _SAID)),
    stem("choose"): frozenset((_ASKED,)),
    stem("write"): frozenset((_TEXT, _SAID, _ASKED)),
    stem("say"): frozenset((_TEXT, _SAID)),
    stem("answer"): frozenset((_TEXT,)),
    stem("report"): frozenset((_PROBLEM,)),
    stem("end"): frozenset((_END,)),
}
DECISIONS = _stems("approve reject decline allow deny refuse accept permit")
STATUSES: dict[str, frozenset[str]] = (
    {one: frozenset(("failed",)) for one in _stems("fail failed failure")}
    | {one: frozenset(("completed", "finished")) for one in _stems("complete finish")}
    | {one: frozenset(("cancelled",)) for one in _stems("cancel cancelled")}
    | {one: frozenset(("waiting",)) for one in _stems("wait")}
    | {one: frozenset(("paused",)) for one in _stems("pause")}
    | {one: frozenset(("resumed",)) for one in _stems("resume")}
)
# By the value of a fact: after which words its own may follow.
ATTRIBUTING: dict[str, frozenset[str]] = {
    "question": _stems("ask"),
    "words": _stems("write say answer"),
    "message": _stems("report"),
    "comment": _stems("write"),
    "input": _stems("input"),
    "output": _stems("output"),
    "details": _stems("details fail failed"),
    "reason": _stems("reason fail failed wait pause cancel cancelled"),
    "chosen": _stems("choose"),
    "choice": _stems("choose"),
}
NAMED_VALUES = frozenset(("input", "output", "details", "reason", "comment"))
# What denies or doubts: words may not be taken over without those of their sentence.
TURNING = frozenset(
    [
        "no",
        "not",
        "never",
        "nothing",
        "none",
        "nobody",
        "neither",
        "nor",
        "without",
        "cannot",
        "if",
        "unless",
        "or",
        "may",
        "might",
        "could",
        "should",
        "would",
        "can",
        "will",
        "only",
        "almost",
        "hardly",
        "perhaps",
        "maybe",
        "probably",
        "until",
        "except",
    ]
)
