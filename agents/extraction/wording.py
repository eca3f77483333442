"""The sentences around what is quoted, in the language of the question."""

from agents.text.lexicon import ENGLISH, Code, Lexicon
from agents.text.markdown import literal

_NOTHING: dict[Code, str] = {
    "en": "The documents don't say: nothing in them answers “{question}”.",
    "de": "Das steht nicht in den Dokumenten: Nichts darin beantwortet „{question}“.",
    "fr": "Les documents ne le disent pas : rien n'y répond à « {question} ».",
}
_NOT_FROM_TABLE: dict[Code, str] = {
    "en": "The documents don't say, as far as the question was understood: {reason}.",
    "de": "Das steht nicht in den Dokumenten, soweit die Frage verstanden wurde: {reason}.",
    "fr": "Les documents ne le disent pas, pour autant que la question ait été comprise : {reason}.",
}
_NOTHING_ASKED: dict[Code, str] = {
    "en": "The documents don't say: the question has no words to look for.",
    "de": "Das steht nicht in den Dokumenten: Die Frage hat keine Wörter, nach denen zu suchen wäre.",
    "fr": "Les documents ne le disent pas : la question n'a pas de mots à chercher.",
}
_NO_REASON: dict[Code, str] = {
    "en": "The documents don't give a reason for this.",
    "de": "Das steht nicht in den Dokumenten: Sie nennen keinen Grund dafür.",
    "fr": "Les documents ne le disent pas : ils n'en donnent pas la raison.",
}
_NEVER: dict[Code, str] = {
    "en": "They never mention {names}.",
    "de": "Sie erwähnen {names} nicht.",
    "fr": "Ils ne mentionnent pas {names}.",
}
_CLOSEST: dict[Code, str] = {
    "en": "The closest passage: {quoted}",
    "de": "Am nächsten kommt: {quoted}",
    "fr": "Le passage le plus proche : {quoted}",
}
_OTHER_LANGUAGE: dict[Code, str] = {
    "en": "The question is in English and the documents are in {language}: without a model, a question is answered "
    "only in the language of the documents.",
    "de": "Die Frage ist auf Deutsch, die Dokumente sind auf {language}: Ohne Sprachmodell wird eine Frage nur in der "
    "Sprache der Dokumente beantwortet.",
    "fr": "La question est en français et les documents sont en {language} : sans modèle, une question n'est traitée "
    "que dans la langue des documents.",
}
_LANGUAGES: dict[Code, dict[Code, str]] = {
    "en": {"en": "English", "de": "German", "fr": "French", "nl": "Dutch", "es": "Spanish", "it": "Italian"},
    "de": {"en": "Englisch", "de": "Deutsch", "fr": "Französisch", "nl": "Niederländisch", "es": "Spanisch",
           "it": "Italienisch"},
    "fr": {"en": "anglais", "de": "allemand", "fr": "français", "nl": "néerlandais", "es": "espagnol", "it": "italien"},
}  # fmt: skip
_NOT_UNDERSTOOD: dict[Code, str] = {
    "nl": "Deze vraag is niet begrepen: zonder model worden alleen vragen in het Engels, Duits en Frans begrepen.",
    "es": "No se entendió la pregunta: sin un modelo no se entienden más que preguntas en inglés, alemán y francés.",
    "it": "La domanda non è stata capita: senza un modello si capiscono solo domande in inglese, tedesco e francese.",
}
_BEFORE: dict[Code, str] = {
    "en": "Another passage has it as it was before: {quoted}",
    "de": "Eine andere Stelle nennt den früheren Stand: {quoted}",
    "fr": "Un autre passage donne l'état antérieur : {quoted}",
}
_OLDER: dict[Code, str] = {
    "en": "An older mail quoted there says: {quoted}",
    "de": "Eine darin zitierte ältere Mail sagt: {quoted}",
    "fr": "Un ancien courriel qui y est cité dit : {quoted}",
}
_DIFFER: dict[Code, str] = {
    "en": "There are {count} passages about this:",
    "de": "Dazu gibt es {count} Stellen:",
    "fr": "Il y a {count} passages à ce sujet :",
}
_WHICH_DOCUMENT: dict[Code, str] = {
    "en": "No document is called “{wanted}”. These are here: {names}. Ask again with one of these names.",
    "de": "Kein Dokument heißt „{wanted}“. Vorhanden sind: {names}. Fragen Sie mit einem dieser Namen noch einmal.",
    "fr": "Aucun document ne s'appelle « {wanted} ». Il y a : {names}. Reposez la question avec l'un de ces noms.",
}
_BARE_ROW: dict[Code, str] = {
    "en": "A row of a table without names of columns says: {quoted}",
    "de": "Eine Zeile einer Tabelle ohne Spaltennamen sagt: {quoted}",
    "fr": "Une ligne d'un tableau sans noms de colonnes dit : {quoted}",
}
_COPY: dict[Code, str] = {
    "en": "{copy} has the same content as {original} and was counted once.",
    "de": "{copy} hat denselben Inhalt wie {original} und wurde nur einmal gezählt.",
    "fr": "{copy} a le même contenu que {original} et n'a été compté qu'une fois.",
}
_AND: dict[Code, str] = {"en": "and", "de": "und", "fr": "et"}
_OR: dict[Code, str] = {"en": "or", "de": "oder", "fr": "ou"}
_QUOTES: dict[Code, tuple[str, str]] = {"en": ("“", "”"), "de": ("„", "“"), "fr": ("« ", " »")}


class Wording:
    """What the answer says besides its quotations, to one question."""

    def __init__(self, lexicon: Lexicon | None) -> None:
        self._code: Code = lexicon.code if lexicon and lexicon.code in _NOTHING else ENGLISH.code

    def nothing(self, question: str) -> str:
        return _NOTHING[self._code].format(question=literal(question.strip(" ?")))

    def not_from_table(self, reason: str) -> str:
        return _NOT_FROM_TABLE[self._code].format(reason=reason)

    def nothing_asked(self) -> str:
        return _NOTHING_ASKED[self._code]

    def no_reason(self) -> str:
        return _NO_REASON[self._code]

    def never(self, names: tuple[str, ...]) -> str:
        opening, closing = _QUOTES[self._code]
        quoted = [f"{opening}{literal(name)}{closing}" for name in names]
        listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {_OR[self._code]} {quoted[-1]}"
        return _NEVER[self._code].format(names=listed)

    def closest(self, quoted: str) -> str:
        return _CLOSEST[self._code].format(quoted=quoted)

    def other_language(self, documents: Lexicon) -> str:
        return _OTHER_LANGUAGE[self._code].format(language=_LANGUAGES[self._code][documents.code])

    def before(self, quoted: str) -> str:
        return _BEFORE[self._code].format(quoted=quoted)

    def older(self, quoted: str) -> str:
        return _OLDER[self._code].format(quoted=quoted)

    def differ(self, count: int) -> str:
        return _DIFFER[self._code].format(count=count)

    def bare_row(self, quoted: str) -> str:
        return _BARE_ROW[self._code].format(quoted=quoted)

    def copy(self, copy: str, original: str) -> str:
        return _COPY[self._code].format(copy=literal(copy), original=literal(original))

    def which_document(self, wanted: str, names: list[str]) -> str:
        return _WHICH_DOCUMENT[self._code].format(wanted=literal(wanted), names=literal(", ".join(names)))


_LEADS = tuple(
    template.partition("{quoted}")[0] for one in (_CLOSEST, _BEFORE, _OLDER, _BARE_ROW) for template in one.values()
)


def without_lead(sentence: str) -> str:
    """A quotation without the words that introduce it, which no source has."""
    return next((sentence.removeprefix(lead) for lead in _LEADS if sentence.startswith(lead)), sentence)


def not_understood(lexicon: Lexicon) -> str:
    """To a question in a language that is only recognised, in that language."""
    return _NOT_UNDERSTOOD[lexicon.code]
