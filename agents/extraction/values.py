"""What a date, a number, a name and the other things one asks for look like in a text, in any language understood."""

import re
from collections.abc import Iterator
from typing import Literal

Span = tuple[int, int]  # [start, end) within a text.
Kind = Literal["date", "time", "duration", "number", "money", "phone", "email", "place", "name"]

_MONTH = (
    r"(?:jan(?:uary|uar|vier)?|feb(?:ruary|ruar)?|févr?(?:ier)?|mar(?:ch|s)?|märz?|apr(?:il)?|avril|may|mai|june?|juni|"
    r"juin|july?|juli|juillet|aug(?:ust)?|août|sep(?:t(?:ember|embre)?)?|oct(?:ober|obre)?|okt(?:ober)?|"
    r"nov(?:ember|embre)?|dec(?:ember)?|dez(?:ember)?|déc(?:embre)?)\b\.?"
)
_WEEKDAY = (
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|"
    r"sonnabends?|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
)
_WORDS_OF_COUNT = """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million dozen half eine einem einen
    einer zwei drei vier fünf sechs sieben acht neun zehn elf zwölf fünfzehn zwanzig dreißig vierzig fünfzig hundert
    tausend deux trois quatre cinq sept huit neuf dix onze douze quinze vingt trente quarante cinquante cent mille"""
_COUNT_WORD = rf"(?:{'|'.join(_WORDS_OF_COUNT.split())})(?:-(?:one|two|three|four|five|six|seven|eight|nine))?"
_DIGITS = r"\d+(?:[.,’'\u00a0\u202f ]\d{3})*(?:[.,]\d+)?"
_UNIT_OF_TIME = (
    r"(?:seconds?|minutes?|mins?|hours?|hrs?|(?:working |business )?days?|nights?|weeks?|months?|quarters?|years?|"
    r"sekunden?|minuten?|stunden?|(?:werk)?tage?n?|wochen?|monate?n?|jahre?n?|secondes?|heures?|jours?|semaines?|mois|"
    r"ans?|années?|trimestres?)\b"
)
_CURRENCY = (
    r"(?:[€$£¥]|\b(?:eur|usd|gbp|chf|aud|cad|nok|sek|dkk|jpy|inr|pln|czk)\b|\b(?:crowns?|dollars?|euros?|pounds?|"
    r"francs?|kroner|kronor|rupees?|cents?|franken)\b)"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|last|\d{1,2}(?:st|nd|rd|th)|ersten?|zweiten?|dritten?|vierten?|fünften?|"
    r"letzten?|premier|deuxième|troisième|dernier)"
)
_DATE = (
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d\d)\b",
    rf"\b\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?: (?:of|de))? {_MONTH}(?:,? \d{{4}}\b)?",
    rf"\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?|\b{_MONTH},? (?:of )?\d{{4}}\b",
    rf"\b(?:in|since|until|till|from|by|im|seit|bis|ab|en|depuis|dès|of|each|every|early|late|mid) {_MONTH}",
    rf"\b(?:between|and|to|until|und|bis) (?=(?-i:[A-Z])){_MONTH}",
    rf"\b(?:1[5-9]|20|21)\d\d\b(?![.,]?\d)|\b{_WEEKDAY}\b",
    rf"\b{_ORDINAL} (?:working |business )?(?:day|werktag|tag|jour)\b",
    rf"\b{_ORDINAL} week of {_MONTH}",
    r"\b(?:today|yesterday|tomorrow|heute|gestern|morgen|demain|hier)\b",
    r"\b(?:spring|summer|autumn|winter|frühjahr|sommer|herbst|printemps|été|automne|hiver)\b",
)
_TIME = (
    r"\b\d{1,2}[:.]\d\d(?: ?(?:a\.m\.?|p\.m\.?|am|pm|uhr|h))?(?!\d|\.\d)",
    r"\b\d{1,2} ?(?:a\.m\.|p\.m\.|am\b|pm\b|uhr\b)|\b\d{1,2} ?h(?: ?\d\d)?\b",
    r"\b\d{1,2} (?:in the (?:morning|afternoon|evening)|o'clock)\b",
    r"\b(?:noon|midnight|mittags|mitternacht|midi|minuit)\b|\bo'clock\b",
)
_DURATION = (
    rf"\b(?:{_DIGITS}|{_COUNT_WORD}|an?|the first|the next)"
    rf"(?:[ -](?:to|bis|à|-|–|or|full|whole|working|business|calendar|consecutive|more|weitere)"
    rf"[ -](?:{_DIGITS}|{_COUNT_WORD})?)? ?[-–]?(?:{_DIGITS} ?)?[ -]?{_UNIT_OF_TIME}",
    r"\bunbestimmte zeit|\bindefinite",
)
_MONEY = (
    rf"{_CURRENCY} ?{_DIGITS}",
    rf"{_DIGITS}(?:,[-–—])? ?(?:million |billion |thousand |mio\.? |millionen |m )?{_CURRENCY}",
    rf"\b{_COUNT_WORD} {_CURRENCY}|\b(?:free|gratis|kostenlos|kostenfrei|gratuit)\b",
)
_PATTERNS: dict[Kind, re.Pattern[str]] = {
    "date": re.compile("|".join(_DATE), re.IGNORECASE),
    "time": re.compile("|".join(_TIME), re.IGNORECASE),
    "duration": re.compile("|".join(_DURATION), re.IGNORECASE),
    "number": re.compile(rf"{_DIGITS}|\b{_COUNT_WORD}\b|\b(?:none|no one|keine[rsnm]?|aucune?)\b", re.IGNORECASE),
    "money": re.compile("|".join(_MONEY), re.IGNORECASE),
    "phone": re.compile(r"(?<![\w.])\+?\(?\d[\d ()/.–-]{5,}\d(?!\w)"),
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
}
_STREETS = "Street|Road|Lane|Avenue|Square|Way|Drive|Quay"
_ROOMS = "room|building|floor|hall|desk|pier|berth|gate|platform|raum|saal|zimmer|halle|salle|bâtiment"
_PLACE = (
    r"\b(?:in|at|to|from|near|off|into|between|outside|through|behind|beside|under|inside|opposite|above|below|via|am|im|"
    r"bei|nach|aus|auf|an|à|au|aux|chez|dans|sur|en|vers) (?:(?:the|der|dem|den|das|die|le|la|les|l') ?)?"
    r"(?:[\w’'-]+ ){0,2}?(?:[A-ZÀ-Þ][\w’'-]+|~?/[\w./~-]+)",
    rf"\b\d+[a-z]?,? (?:rue|avenue|boulevard|place|[A-ZÀ-Þ][\w’'-]+ (?:{_STREETS}))\b",
    r"\b[A-ZÀ-Þ][\wß’'-]*(?:straße|strasse|weg|gasse|platz|allee|ufer)\b \d*",
    rf"\b(?i:{_ROOMS}) [A-Z]?\d+\w*|~?/[\w.~-]+(?:/[\w.-]+)*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\b(?:in|at|on|to|into|near|under|behind|inside|beside|opposite) (?:the|a|your|our|his|her|its|their) [\w-]+",
)
_PLACES = re.compile("|".join(_PLACE))
_NO_PLACE = (
    "time|year|month|week|day|case|order|writing|total|general|advance|morning|afternoon|evening|date|end|beginning|"
    "future|fall|moment"
)
_NOT_PLACE = re.compile(
    rf"\b(?:{_MONTH}|{_WEEKDAY}|(?:1[5-9]|20|21)\d\d\b|\d{{1,2}}[:.]\d\d\b|(?:{_NO_PLACE})\b)", re.IGNORECASE
)
_CAPITALISED = r"[A-ZÀ-Þ][\wà-ÿ’'-]*[a-zà-ÿA-Z]\b|[A-ZÀ-Þ]\."
_TITLE = r"(?:Mr|Mrs|Ms|Dr|Prof|Captain|Capt|Sir|Frau|Herr|Herrn|Mme|M|Madame|Monsieur)\.? "
_WITHIN = "van|von|de|der|le|la|du|da|di|al|of|&"
_NAME = re.compile(rf"(?:{_TITLE})?(?:{_CAPITALISED})(?: (?:(?:{_WITHIN}) )?(?:{_CAPITALISED}))*")
_ARTICLE_WORDS = """
    the a an this that these those each every any no our your his her its their der die das dem den des ein eine einem
    einen einer le la les l un une ce cette ces"""
_ARTICLES = frozenset(_ARTICLE_WORDS.split())
_BEFORE = re.compile(r"([^\W\d_]+)['’]?\s+$|([ld])['’]$", re.IGNORECASE)


def spans(kind: Kind, text: str) -> Iterator[Span]:
    """Everything in the text that looks like one of its kind."""
    if kind == "name":
        yield from _names(text)
    elif kind == "place":
        yield from (match.span() for match in _PLACES.finditer(text) if not _NOT_PLACE.search(match.group()))
    else:
        yield from (match.span() for match in _PATTERNS[kind].finditer(text))


def _names(text: str) -> Iterator[Span]:
    """Names of people and organisations: capitals, of which a single one has no article: not 'the Tenant'."""
    for match in _NAME.finditer(text):
        before = _BEFORE.search(text[max(0, match.start() - 20) : match.start()])
        article = (before[1] or before[2]).lower() if before else ""
        start = match.start()
        if (first := re.match(r"(\w+) (?=\w)", match.group())) and first[1].lower() in _ARTICLES:
            start, article = start + first.end(), first[1].lower()
        if article not in _ARTICLES or " " in text[start : match.end()]:
            yield start, match.end()
