"""What the error of a model server means: its status and its own words, sorted into the few cases that matter.

The words are those of vLLM, llama.cpp, Ollama, LM Studio, TGI, SGLang, LiteLLM, OpenRouter, OpenAI, Azure, Anthropic,
Gemini, Mistral and Groq. Whoever asks sees none of them: they may hold a key.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

Meaning = Literal[
    "too_long", "no_room", "filtered", "quota", "unauthorised", "forbidden", "unknown_model", "unsupported", "busy",
    "loading", "failed", "refused",
]  # fmt: skip

_WORDS_READ = 4000  # characters: a page of HTML says no more than its beginning
# Without what is neither a letter nor a digit.
_CODES: dict[str, Meaning] = {
    "contextlengthexceeded": "too_long",
    "stringabovemaxlength": "too_long",
    "exceedcontextsizeerror": "too_long",
    "requesttoolarge": "too_long",
    "contentfilter": "filtered",
    "contentpolicyviolation": "filtered",
    "responsibleaipolicyviolation": "filtered",
    "insufficientquota": "quota",
    "billinghardlimitreached": "quota",
    "billingnotactive": "quota",
    "insufficientbalance": "quota",
    "invalidapikey": "unauthorised",
    "authenticationerror": "unauthorised",
    "permissionerror": "forbidden",
    "modelnotfound": "unknown_model",
    "modelnotavailable": "unknown_model",
    "invalidmodel": "unknown_model",
    "budgetexceeded": "quota",
    "deploymentnotfound": "unknown_model",
    "unsupportedparameter": "refused",
    "unsupportedvalue": "refused",
    "ratelimitexceeded": "busy",
    "ratelimiterror": "busy",
    "overloadederror": "failed",
}
_STATUSES: dict[int, Meaning] = {
    401: "unauthorised", 402: "quota", 403: "forbidden", 404: "unknown_model", 408: "failed", 409: "failed",
    425: "failed", 429: "busy", 501: "unsupported",
}  # fmt: skip


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I | re.S)


_NO_ROOM = _words(
    r"\bmax(?:_completion|_new|_output)?_tokens\b.{0,40}\b(?:too (?:large|big)|exceeds?|must be (?:less|at most))",
    r"at most \d+ completion tokens",
    r"\b(?:in|for) the completion",
    r"max_(?:new_|total_)?tokens`? must be <=",
)
_MESSAGES_ALONE = _words(r"context length (?:is|of) (\d+).*?(\d+) (?:in the messages|tokens from the input)")
_TOO_LONG = _words(
    r"context (?:length|size|window|limit|overflow)", r"context (?:the )?overflows", r"context shift is disabled",
    r"(?:larger|longer|bigger) than the (?:available |maximum )?(?:context|model)", r"n_ctx\b",
    r"(?:max\w*|model'?s?) (?:model |input |sequence |prompt |total )*(?:length|tokens)",
    r"\b(?:prompt|input|inputs|conversation|messages?|request|sequence)`?s?\b.{0,60}"
    r"\b(?:too long|too large|too many tokens|exceeds?|longer than|larger than|must have less)",
    r"too many (?:input |prompt |total )?tokens", r"(?:number of|token count|tokens?) .{0,30}\bexceeds?\b",
    r"reduce (?:the length|your prompt|the number of)",
    r"(?:size|length|tokens?) limit exceeded",
)  # fmt: skip
_FILTERED = _words(
    r"content[ _-]?(?:management )?(?:policy|filter)", r"\bsafety (?:system|policy|filters?|reasons?|settings?)\b",
    r"\bmoderation\b", r"\bflagged\b", r"responsible ?ai", r"usage polic(?:y|ies)", r"prohibited content",
    r"\bcontent was blocked\b|\bblocked (?:by|for|due to)\b.{0,30}\b(?:content|safety|policy)",
)  # fmt: skip
_QUOTA = _words(
    r"exceeded your current quota", r"insufficient[ _](?:quota|balance|credits?|funds)", r"credit balance",
    r"\bout of credits?\b", r"\b(?:not enough|no more|requires more|add more) credits?\b",
    r"\bbilling (?:details|hard limit|account)",
    r"payment required", r"\bbudget has been exceeded\b",
)  # fmt: skip
_KEY = _words(r"(?:invalid|incorrect|missing|no|expired|wrong) api[ _-]?key", r"api[ _-]?key (?:is )?(?:not |in)valid")
_NO_MODEL = _words(
    r"\bmodel\b.{0,120}(?:not found|does not exist|doesn't exist|is not available|not loaded|unknown)",
    r"\bmodels/\S+ is not found",
    r"(?:unknown|invalid|no such|unrecognized) model", r"not a valid model", r"no models? (?:is |are )?loaded",
    r"try pulling it",
)  # fmt: skip
_UNSUPPORTED = _words(
    r"(?:does not|doesn't|do not|don't|cannot|not) support", r"\bunsupported\b", r"\bnot implemented\b",
    r"requires? --[a-z]", r"support tool use", r"(?:failed to parse|invalid|unable to).{0,20}grammar",
)  # fmt: skip
TOOL_USE = _words(r"\btool[ _-]?(?:use|choice|calls?|calling)\b", r"\bfunction[ _-]?call(?:s|ing)?\b", r"\btools\b")
_NEVER_FITS = _words(r"\brequest too large\b")
_LOADING = _words(r"\bloading (?:the )?model\b", r"\bmodel\b.{0,120}\bloading\b")
# For what none of the servers' own codes tells, in the order in which words count.
_BY_WORDS: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    ("quota", _QUOTA), ("no_room", _NO_ROOM), ("filtered", _FILTERED), ("unauthorised", _KEY),
    ("unknown_model", _NO_MODEL), ("too_long", _TOO_LONG), ("unsupported", _UNSUPPORTED),
    ("loading", _LOADING),
)  # fmt: skip
# A server that is busy also speaks of tokens and limits, one that is closed of anything.
_WORDS_COUNT: dict[int, tuple[Meaning, ...]] = {
    401: (), 403: ("quota", "filtered", "unauthorised", "unknown_model"), 429: ("quota",),
}  # fmt: skip
_FAILED_WORDS: tuple[Meaning, ...] = ("loading", "too_long", "unsupported", "filtered", "no_room", "unknown_model")


@dataclass(frozen=True, slots=True)
class Said:
    """What a server said about its error. All of it is its own: a program may look at it, nobody is shown it."""

    codes: tuple[str, ...] = ()  # its code, its type, and those of what is inside
    parameter: str | None = None  # what it does not take
    words: str = ""
    status: int | None = None  # in a stream that began with 200
    written: str = ""  # what the model wrote, and the server could not read as a call or as JSON


_INNER = ("innererror", "inner_error")


def said_in(body: Any) -> Said:
    """An error in any shape: the object in ``error``, a text, a list, ``detail``, a page."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return Said(words=body[:_WORDS_READ])
    if isinstance(body, list):
        body = body[0] if len(body) == 1 else {"detail": body}
    if not isinstance(body, dict):
        return Said(words=str(body or "")[:_WORDS_READ])
    error = body.get("error")
    if isinstance(error, list):
        error = error[0] if error else None
    about = error if isinstance(error, dict) else body
    inner: dict[str, Any] = next((one for name in _INNER if isinstance(one := about.get(name), dict)), {})
    named = [about.get("code"), inner.get("code"), about.get("type"), about.get("status")]
    parameter = about.get("param")
    return Said(
        tuple(re.sub(r"[^a-z0-9]", "", str(one).lower()) for one in named if isinstance(one, str | int)),
        parameter if isinstance(parameter, str) else None,
        _words_of(body)[:_WORDS_READ],
        next((status for one in named if (status := _status(one)) is not None), None),
        written if isinstance(written := about.get("failed_generation"), str) else "",
    )


def meaning(status: int, said: Said) -> Meaning:
    """What an error with this HTTP status, 400 or more, means."""
    # Some say with it that it is too long for this minute, and yet no later one has more room.
    if status == 413 or (status == 429 and _NEVER_FITS.search(said.words)):
        return "too_long"
    for code in said.codes:
        if found := _CODES.get(code):
            return found
    counting = _WORDS_COUNT.get(status, _FAILED_WORDS if status >= 500 else None)
    for found, words in _BY_WORDS:
        if (counting is None or found in counting) and words.search(said.words):
            return "too_long" if found == "no_room" and _is_long_alone(said.words) else found
    return _STATUSES.get(status) or ("failed" if status >= 500 else "refused")


def _is_long_alone(words: str) -> bool:
    """Whether the messages are too long even without an answer."""
    told = _MESSAGES_ALONE.search(words)
    return told is not None and int(told[2]) >= int(told[1])


def _words_of(value: Any) -> str:
    match value:
        case str():
            return value
        case dict():
            return " ".join(_words_of(one) for one in value.values())
        case list():
            return " ".join(_words_of(one) for one in value[:20])
    return ""


def _status(code: Any) -> int | None:
    try:
        number = int(code)
    except (TypeError, ValueError):
        return None
    return number if 400 <= number <= 599 else None
