"""What is known of a language: its commonest words, by which it is recognised, and the stems of its words."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from snowballstemmer.french_stemmer import FrenchStemmer
from snowballstemmer.german_stemmer import GermanStemmer

from agents.text.folding import folded
from agents.text.language import STOP_WORDS, stem

Code = Literal["en", "de", "fr", "nl", "es", "it"]

_GERMAN = """
    ab aber alle allem allen aller alles als also am an andere anderen auch auf aus bei beim bin bis bist da dabei
    damit dann das dass dein deine dem den denn der deren des dessen die dies diese diesem diesen dieser dieses doch
    dort du durch ein eine einem einen einer eines er es etwa euch euer eure für gibt habe haben hat hatte hatten hier
    hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im in ins ist ja jede jedem jeden jeder jedes kann
    kein keine keinem keinen keiner können könnte man mein meine meinem meinen meiner mich mir mit muss müssen nach
    nicht noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit sich sie sind so soll sollen sollte
    sondern sowie über um und uns unser unsere unter vom von vor war waren was weil wenn wer wem wen wessen werde
    werden wie wieder wird wir wo wofür woher wohin womit wozu worden wurde wurden während warum wann weshalb wieso
    welche welchem welchen welcher welches viel viele vielen zu zum zur zwischen bitte bzw denen darf dürfen"""
_FRENCH = """
    à ai alors après au aucun aucune aussi autre autres aux avait avec avez avoir avons ayant c ce cela ces cet cette
    ceux chaque chez ci comme comment d dans de depuis des dois doit doivent donc dont du elle elles en entre es est
    et étaient était été êtes être eu eux faut fut ils il j je jusqu jusque l la laquelle le lequel les lesquelles
    lesquels leur leurs lors lui m ma mais me même mes moi mon n ne ni nos notre nous on ont or ou où par parce pas
    pendant peu peut peuvent plus pour pourquoi puis qu quand que quel quelle quelles quels qui quoi s sa sans se
    selon ses si son sont sous sur t ta te tes toi ton tous tout toute toutes très tu un une va vers vos votre vous y
    combien a sera seront aura auront lieu"""
_DUTCH = """
    aan als bij dat de deze die dit door een en er heeft hebben het hij hoe hoeveel hun ik in is je kan maar met mijn
    moet naar niet nog of om ons ook op over te toen tot uit van veel voor waar waarom wanneer wat we welke werd wie
    wij worden wordt zal zich zijn zo zou"""
_SPANISH = """
    al como cómo con cuál cuáles cuando cuándo cuánta cuántas cuánto cuántos de del desde donde dónde el ella ellos en
    entre era es esta está este esto fue ha han hasta hay la las le les lo los más me mi muy no nos o para pero por
    porque que qué quién quiénes se ser si sin sobre son su sus también tiene un una y ya"""
_ITALIAN = """
    al alla anche che chi ci come con cosa da dal dalla degli dei del della delle di dove e è era gli ha hanno i il in
    la le lo ma nel nella non o per perché più quale quali quando quanta quante quanti quanto questa questo se si sono
    su sua suo tra un una"""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """One language. ``understood``: questions in it can be answered; of the others only the name is known."""

    code: Code
    name: str
    stop_words: frozenset[str]
    stem: Callable[[str], str]
    understood: bool = True


def _plain(word: str) -> str:
    """Without accents, which are often left out, above all of capitals: 'Événement' and 'evenement'."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


_GERMAN_IRREGULAR = {
    "fand": "find", "fanden": "find", "gefunden": "find", "begann": "beginn", "begannen": "beginn",
    "begonnen": "beginn", "schrieb": "schreib", "geschrieben": "schreib", "kam": "komm", "kamen": "komm",
    "ging": "geh", "nahm": "nehm", "genommen": "nehm", "gab": "geb", "lag": "lieg", "stand": "steh",
    "sprach": "sprech", "gesprochen": "sprech", "traf": "treff", "getroffen": "treff", "schloss": "schliess",
    "geschlossen": "schliess", "starb": "sterb", "gestorben": "sterb", "trug": "trag", "fuhr": "fahr", "hielt": "halt",
    "stieg": "steig", "gestiegen": "steig", "verließ": "verlass", "verlor": "verlier", "verloren": "verlier",
    "unterschrieb": "unterschreib", "unterschrieben": "unterschreib", "leitete": "leit", "brannte": "brenn",
    "gebrannt": "brenn", "stattfand": "stattfind", "stattgefunden": "stattfind",
}  # fmt: skip
# Who does it, which is not what is done: "Mieter" and "Miete".
_GERMAN_DOER = re.compile(
    r"(\w*(?:miet|kauf|käuf|leit|lehr|fahr|arbeit|spiel|wohn|sitz|nehm|fäng|gründ|hab|träg|stell|sicher|nutz|treu|rat|tret|"
    r"prüf|red|sprech|führ|geb|halt|zahl|schreib|trag|dien)er)(?:n|s|in|innen)?$"
)
_GERMAN_PARTICIPLE = re.compile(r"ge(\w{3,}?(?:t|en))$")


@lru_cache(maxsize=50_000)
def _german_stem(word: str) -> str:
    """Snowball's stem without what marks a person or a tense: 'beginnt', 'beginnen'; 'geprüft', 'prüfte'."""
    if word in _GERMAN_IRREGULAR:
        return _GERMAN_IRREGULAR[word]
    if not word.isalpha():
        return word
    if doer := _GERMAN_DOER.match(word):
        return _plain(doer[1])
    bare = _GERMAN_PARTICIPLE.sub(r"\1", word)
    stemmed = _plain(GermanStemmer().stemWord(bare.replace("ß", "ss")))
    return stemmed[:-1] if len(stemmed) > 4 and re.search(r"[^aeiou]t$", stemmed) else stemmed


@lru_cache(maxsize=50_000)
def _french_stem(word: str) -> str:
    if not word.isalpha():
        return word
    stemmed = _plain(FrenchStemmer().stemWord(word))
    return stemmed[:-3] if stemmed.endswith("ent") and len(stemmed) > 6 else stemmed


ENGLISH = Lexicon("en", "English", STOP_WORDS, stem)
GERMAN = Lexicon("de", "German", frozenset(_GERMAN.split()), _german_stem)
FRENCH = Lexicon("fr", "French", frozenset(_FRENCH.split()), _french_stem)
LEXICONS: tuple[Lexicon, ...] = (
    ENGLISH, GERMAN, FRENCH,
    Lexicon("nl", "Dutch", frozenset(_DUTCH.split()), stem, understood=False),
    Lexicon("es", "Spanish", frozenset(_SPANISH.split()), stem, understood=False),
    Lexicon("it", "Italian", frozenset(_ITALIAN.split()), stem, understood=False),
)  # fmt: skip

# 'Was kostet Tee?': in English, no verb follows, but 'breakfast' ends like one.
_GERMAN_WAS = re.compile(
    r"Was (?:kost|bedeut|heiß|mach|pass|passier|sag|besag|brauch|benötig|zahl|bezahl|verdien|verkauf|liefer|bring|"
    r"gehör|fehl|regel|umfass|beinhalt|enthäl|enthalt|gil|gel|steh|lieg|wieg|schuld|mein|verlang|biet|leist|plan|schreib|"
    r"beschreib|bekomm|änder|ergib|beträg)(?:e?te?n?|en) [A-ZÄÖÜ]"
)
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 20_000  # Characters: a language shows itself within a few.


def lexicon_of(text: str) -> Lexicon | None:
    """The language of a text, by its commonest words; None where too few of them are known to tell."""
    said = [word for word in _WORD.findall(folded(text[:_LONGEST]).lower()) if word not in ("a", "i", "s", "t")]
    counted = sorted(((sum(word in one.stop_words for word in said), one) for one in LEXICONS), key=lambda one: -one[0])
    (most, best), (second, _) = counted[:2]
    tied = {one.code for count, one in counted if count == most}
    if most and {"de", "en"} <= tied and _GERMAN_WAS.match(text.strip()):
        return GERMAN
    return best if most > second else None
