"""The words in which people ask tables, in English, German and French, and what they mean.

A word that is in none of these lists and in no column is not understood, and a question with such a word is not
answered as if it were not there. So what is left out of an answer without a word stands here: ``HARMLESS``.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from agents.tables.dates import unaccented
from agents.text.language import stem, words

Sense = Literal[
    "count", "how much", "sum", "mean", "median", "max", "min", "distinct", "not", "share", "difference", "per",
    "trend", "which", "who", "when", "where", "list", "compare", "incoming", "outgoing", "row", "and", "or", "bound",
    "between", "ratio",
]  # fmt: skip

# A phrase without accents, and its sense; a star stands for any ending. With '=', what it says besides: a comparison.
_PHRASES: dict[Sense, str] = {
    "count": """
        how many; number of; the number; count of; count the; count; how often; how many times; wie viele;
        wieviele; anzahl; anzahl der; anzahl an; anzahl von; wie oft; zahl der; combien de; combien d; combien
        y a de; combien y a d; combien y a; nombre de; nombre d; combien de fois""",
    "how much": """
        how much; wie viel; wieviel; combien; wie hoch; wie gross; how high; how large; how big; how old=age;
        how heavy=weight; how long=length; how tall=height; how expensive=price; wie alt=age; wie
        schwer=weight; wie lang=length; wie lange=duration; wie teuer=price; how fast=speed; how far=distance;
        wie weit=distance; how warm=temperature; how cold=temperature; how hot=temperature""",
    "sum": """
        total; totals; sum; the sum of; altogether; combined; in all; in total; overall; total of; add up to;
        add up; summed; summe; die summe der; gesamt*; insgesamt; zusammen; in summe; somme; totale; totaux;
        totales; au total; en tout; all together; together; grand total; gesamtsumme; la somme; in aggregate;
        aggregate; grand""",
    "mean": """
        average; averages; averaged; on average; mean; avg; typical; durchschnitt*; im durchschnitt; im
        schnitt; im mittel; mittelwert; mittlere*; moyenne; moyen; en moyenne; moyennes; moyens; arithmetic
        mean""",
    "median": "median; mediane; medianwert; zentralwert; middle value",
    "max": """
        highest; largest; biggest; most; maximum; max; maximal*; greatest; top; peak; best=merit; strongest;
        hochste*; hochst; grosste*; meiste*; am meisten; am hochsten; beste*=merit; am besten=merit;
        starkste*; le plus; la plus; les
        plus; le plus grand; la plus grande; le plus eleve; la plus elevee; plus grand; plus grande; plus
        eleve*; plus haut*; maximale; maximum de; le plus de; le plus gros; la plus grosse; plus gros*; le
        plus haut; la plus haute; le plus fort; la plus forte; meilleur*=merit; most expensive=price; dearest=price;
        priciest=price; costliest=price; heaviest=weight; longest=length; oldest=age; tallest=height;
        fastest=speed; most populous=population; most populated=population; hottest=temperature;
        warmest=temperature; best selling=quantity; busiest; fullest; teuerste*=price; schwerste*=weight;
        langste*=length; alteste*=age; warmste*=temperature; schnellste*=speed; heisseste*=temperature; le
        plus cher=price; la plus chere=price; plus cher*=price; les plus chers=price; plus lourd*=weight; le
        plus lourd=weight; la plus lourde=weight; le plus long=length; la plus longue=length; plus
        long*=length; le plus age=age; la plus agee=age; le plus peuple=population; la plus
        peuplee=population; plus peuple*=population; latest=date; newest=date; most recent=date;
        neueste*=date; letzte*=date; dernier*=date;
        zuletzt=date; als letztes=date; jungste*=young; le plus recent=date; la
        plus recente=date; last=date; at
        the end=date; am ende=date; zum schluss=date; a la fin=date; final=date; closing=date; current=date;
        best paid=salary; highest paid=salary; bestbezahlte*=salary; best rated=rating; highest rated=rating;
        most valuable=value; furthest=distance; farthest=distance; most recently=date; more=more; higher=more;
        larger=more; bigger=more; greater=more; better=merit; mehr=more; hoher*=more; grosser*=more;
        expensive=price; older=age; longer=length; heavier=weight; taller=height""",
    "min": """
        lowest; smallest; least; fewest; minimum; min; minimal*; worst=merit; quietest; weakest; bottom;
        niedrigste*; kleinste*; am wenigsten; am niedrigsten; wenigste*; geringste*; schlechteste*=merit; am
        schlechtesten=merit; pire*=merit; le moins;
        la moins; les moins; plus petit*; le plus petit; la plus petite; plus bas*; le plus bas; la plus
        basse; plus faible*; le plus faible; la plus faible; moins eleve*; minimale; le moins de; tiefste*;
        emptiest; cheapest=price; least expensive=price; lightest=weight; shortest=length; youngest=age;
        coldest=temperature; slowest=speed; billigste*=price; gunstigste*=price; leichteste*=weight;
        kurzeste*=length; kalteste*=temperature; le moins cher=price; la moins chere=price; moins cher*=price;
        les moins chers=price; le plus leger=weight; la plus legere=weight; plus leger*=weight; le plus
        court=length; plus court*=length; le plus jeune=age; la plus jeune=age; earliest=date; fruheste*=date;
        zuerst=date; als erstes=date;
        erste*=date; le plus ancien=date; la plus ancienne=date; first=date; less=less; fewer=less;
        lower=less; smaller=less; weniger=less; niedriger*=less; cheaper=price; younger=age; lighter=weight;
        least populous=population; worst paid=salary; lowest paid=salary; nearest=distance; closest=distance""",
    "distinct": """
        different; distinct; unique; verschieden*; unterschiedlich*; differents; differentes; distincts;
        distinctes; uniques""",
    "not": """
        without; except; except for; excluding; exclude; other than; apart from; aside from; but not; not
        counting; not including; not from; not in; not by; not for; not to; not of; besides; leaving out;
        ignoring; disregarding; not; no; isn't; aren't; wasn't; weren't; outside; outside of; minus; non;
        ohne; ausser; ausgenommen; abgesehen von; nicht; mit ausnahme von; mit ausnahme der; keine*; sans;
        sauf; excepte; hors; hormis; if you leave out; if we exclude; a l exception de; a l exclusion de; en
        dehors de; pas; ne; everyone but; everything but; all but; didn't; don't; doesn't; haven't; hasn't;
        excludes; nor; neither; never; exclusive of""",
    "share": """
        percentage; percentage of; percent; percent of; per cent; per cent of; %; share; share of; proportion;
        proportion of; fraction; fraction of; portion; what part of; anteil; prozent; prozentsatz;
        prozentual*; pourcentage; quelle part; part de; part du; part des; la part; quel pourcentage;
        prozentanteil; in percent; as a percentage of""",
    "difference": """
        difference; difference between; differential; gap; gap between; how much more; how many more; how much
        less; how many fewer; how much higher; how much lower; how much larger; how much bigger; how much
        greater; differenz; unterschied; ecart; wie viel mehr; wie viele mehr; wie viel weniger; combien de
        plus; combien de moins; range; spanne; difference entre; ecart entre; how much cheaper; how much
        heavier; how much smaller""",
    "per": """
        by; per; for each; for every; in each; in every; of each; of every; each; every; broken down by;
        grouped by; split by; separately for; across; pro; je; fur jede*; fur alle; jede*; in jede*; par; pour
        chaque; de chaque; chaque; aufgeschlusselt nach; gruppiert nach""",
    "trend": """
        trend; trends; rise; rose; risen; rising; fall; fell; fallen; falling; grow; grew; grown; growing;
        develop; developed; development; over time; over the years; increase; increased; increasing; decrease;
        decreased; decreasing; decline; declined; change; changed; evolve; evolved""",
    "which": """
        which; what; which of the; which one; welche*; was; quel; quelle; quels; quelles; lequel; laquelle; in
        which; at which; on which; que""",
    "who": "who; whom; whose; wer; wem; wen; wessen; qui",
    "when": """
        since when; from when; until when; by when; seit wann; ab wann; bis wann; depuis quand; jusqu a quand;
        when; on what date; on which date; on which day; what day; what date; wann; an welchem tag; quand; a
        quelle date; what time""",
    "where": "where; wo; wohin; woher; ou se trouve; where is",
    "list": """
        list; show; name; enumerate; what are; what are names of; nenne; liste; zeige; was sind; enumere*;
        quels sont; quelles sont; montre*; donne*; display""",
    "incoming": """
        eingange; eingang; zugange; received; receive; earned; income; incoming; deposited; came in; come in; credited;
        eingenommen; einnahmen; erhalten; recu; recue; recues; recus; earnings; deposits; credits; inflow""",
    "outgoing": """
        spent; spend; ausgange; expenses; expenditure; expenditures; outgoing; outgoings; withdrawn; debited; went out;
        ausgegeben; ausgaben; ausgabe; depense*; paid out; withdrawals; debits; outflow; spending; paid; pay;
        bezahlt; gezahlt; zahlte; zahlten; paye; payee; payes; payees; debours*""",
    "row": """
        rows; row; entries; entry; records; record; lines; line; data points; zeilen; zeile; eintrage;
        eintrag; datensatze; datensatz; lignes; ligne; enregistrements; enregistrement; entrees""",
    "and": "and; und; et; plus; sowie; as well as; &",
    "or": "or; oder; ou; versus; vs; compared to; compared with",
    "ratio": "divided by; geteilt durch; divise par",
    "compare": """
        more than=more than; over=more than; above=more than; exceeding=more than; exceeds=more than;
        exceed=more than; greater than=more than; higher than=more than; larger than=more than; bigger
        than=more than; heavier than=more than; older than=more than; longer than=more than; more expensive
        than=more than; at least=at least; no less than=at least; a minimum of=at least; or more=or more; or
        less=or less; and above=or more; less than=less than; fewer than=less than; under=less than;
        below=less than; lower than=less than; smaller than=less than; cheaper than=less than; lighter
        than=less than; younger than=less than; shorter than=less than; at most=at most; up to=at most; no
        more than=at most; not more than=at most; a maximum of=at most; mehr als=more than; uber=more than;
        grosser als=more than; hoher als=more than; mindestens=at least; weniger als=less than; unter=less
        than; kleiner als=less than; niedriger als=less than; hochstens=at most; maximal=at most; bis zu=at
        most; plus de=more than; superieur*=more than; au dessus de=more than; au moins=at least; moins
        de=less than; inferieur*=less than; en dessous de=less than; au plus=at most; exactly=is; equal to=is;
        equals=is; genau=is; exactement=is; of exactly=is""",
    "bound": """
        since=at least; starting in=at least; as of=at least; after=more than; later than=more than;
        following=more than; before=less than; prior to=less than; earlier than=less than; until=at most;
        till=at most; through=at most; by the end of=at most; up until=at most; seit=at least; ab=at least;
        nach=more than; vor=less than; bis=at most; depuis=at least; a partir de=at least; apres=more than;
        avant=less than; jusqu a=at most; jusqu en=at most; jusqu au=at most; not before=at least; from=from;
        von=from; de=from; du=from; to=to; au=to; a=to; d=from""",
    "between": "between; zwischen; entre",
}  # fmt: skip

_HARMLESS_WORDS = """
    arbeitet arbeiten wohnt wohnen lebt leben heisst heissen geht gehen ging gingen gehort gehoren aufgefuhrt
    genannt zahlt zahlen verzeichnet fallt fallen zeigt weist
    ausgewiesen betragen belauft belaufen umfasst findet finden erfasst angegeben gelistet compte comptent
    indique indiquent revient reviennent concerne concernent figurent compris represente representent atteint
    atteignent appartient appartiennent correspond liste listes liees lie trouve trouvent provient vient
    account accounts accounted relate related refer refers correspond corresponds stand stands shows showing
    appear appears apply applies concern concerns involve involves fall falls cover covers read reads indicate
    indicates mentioned according comes coming beim ins ans ums worden measured est ce qu a an the of in on at
    to for from with as is are was were be been being do does did done has have had having there here this
    that these those it its they them their he she his her we our us i my me you your one ones please tell
    give find calculate compute say know see seen get gets got can could will would shall should make made
    makes making place placed take took taken come came go went happen happened occur occurred exist exists
    existing listed recorded contain contains contained include included including hold holds table tables
    file files data dataset sheet csv spreadsheet document documents report according shown given all any some
    much many altogether so then now also just number numbers company business together during into onto out
    up about how whole entire respectively using based belong belongs belonging associated stated reported
    carry carried transport transported run ran work works worked live lives lived located named called name s
    t used use uses consumed verbraucht yet still already so far noch schon bereits encore deja exact currently
    column columns cell der die das den dem des ein eine einer eines einem einen von vom zu
    zum zur im am an auf mit fur bei aus es gibt gab sind ist war waren wird werden wurde wurden hat haben habe
    hatte hatten bekam bekamen bekommen erhielt erhielten abgegeben gebraucht lautet
    lauten wir unser unsere unserer unserem ich mir man sich bitte tabelle datei daten dieser diese
    dieses diesem alle alles aller gemacht getatigt erzielt erzielte betragt betrug lag liegt hoch kommt
    kommen steht stehen vorhanden entfallen entfallt enthalten enthalt welchen dabei so wie viel sie er ihr
    ihre seine sein le la les l un une des de d du et a au aux en dans pour y t il elle ils elles sont est
    etait ont avons on nous notre nos ce cette ces sur tableau fichier donnees tous toutes tout fait faite
    realise realisee eu ai as avez avaient
    avait chez c qu se s existe existent contient son sa ses leur leurs je j vous votre avec celui
    celle m n ete"""
HARMLESS = frozenset(_HARMLESS_WORDS.split())
# Words that may stand between a column and its value, or before a span of time.
_SLACK_WORDS = """
    of for from in to the a by with at on is der die das dem den von vom zum zur am im fur de du des la le les en au
    pour mit bei"""
SLACK = frozenset(_SLACK_WORDS.split())
# Those that begin something of their own: 'in Oslo', 'from Ada'.
PLACING = SLACK - {"the", "a", "is", "der", "die", "das", "dem", "den", "la", "le", "les"}
# What a preposition says of a value that two columns have: 'from Oslo', 'to Moss'.
_FROM_WORDS = "origin source from departure start sender exporter herkunft abfahrt start von absender origine depart"
_TO_WORDS = "destination target to arrival recipient receiver importer ziel ankunft nach empfanger arrivee destinataire"
_DIRECTIONS = {
    "from": _FROM_WORDS, "von": _FROM_WORDS, "de": _FROM_WORDS, "to": _TO_WORDS, "nach": _TO_WORDS, "an": _TO_WORDS,
    "a": _TO_WORDS,
}  # fmt: skip
# Verbs of dealing, which say nothing more where people ask how much or how many.
_DEALING_WORDS = """
    travelled traveled travel travels sailed sail flew fly rode ride drove drive
    gebucht gebuchten blieb blieben stay stayed montant betrag money geld argent
    sell sells sold sale buy buys bought purchase purchased order ordered orders cost costs charge charged
    generate generated bring brought contribute contributed spend spent pay paid achieve achieved produce
    produced reach reached amount amounts verkauft verkauften verkaufen gekauft kaufte bestellt bestellte
    bestellten kostet kosten vendu vendus vendue vendues achete commande coute coutent verdient generiert
    kostete kosteten gespendet spendete spendeten donated donate gebracht weigh weighs weight wiegt wiegen pese"""
DEALING = frozenset(_DEALING_WORDS.split())

# Of these, the ones whose object is a thing: 'what was bought' asks for it.
TRADED = frozenset({
    "bought", "buy", "purchased", "purchase", "ordered", "sold", "sell", "gekauft", "kaufte", "bestellt", "bestellte",
    "verkauft", "achete", "vendu", "commande",
})  # fmt: skip

_CONCEPTS = """
    customer client buyer kunde kundin acheteur shopper
    price cost preis prix kosten cout costs kostet kostete coute charge tariff fee
    revenue sales turnover umsatz ventes erlos income proceeds
    amount betrag montant value wert valeur sum
    quantity qty units menge quantite anzahl stuck pieces volume
    employee staff worker mitarbeiter employe colleague personnel
    country land pays nation
    city town stadt ort ville
    product item article artikel produkt produit ware
    date datum day tag jour
    month monat mois
    year jahr annee
    department abteilung departement
    region gebiet territory area
    store shop branch filiale magasin laden geschaft outlet
    order bestellung commande purchase auftrag
    invoice rechnung facture bill
    weight gewicht poids weigh mass wiegt pese
    name nom
    population inhabitants einwohner people habitants residents bevolkerung
    salary wage gehalt lohn salaire earn earns verdient pay
    age alter
    temperature temp temperatur
    height hohe hauteur elevation
    length lange longueur duration
    duration dauer duree length time durent dure dauert dauern lasts lasted
    speed geschwindigkeit vitesse
    supplier vendor lieferant fournisseur
    category kategorie categorie type kind
    status state zustand statut etat
    visitors besucher visiteurs
    guest gast invite
    night nacht nuit
    room zimmer chambre
    film movie
    profit gewinn benefice
    stock inventory bestand lager
    start hire hired joined join begin began eintritt eintrittsdatum beginn debut
    discount rabatt remise nachlass rebate
    delivery lieferung livraison delivered deliver geliefert livre
    end ended ending finish finished ende fin until expire expiry expiration bis ablauf endet echeance
    manager manage manages lead leads leader leitung leiter
    owner own owns owned
    balance saldo solde
    departure departs depart leave leaves abfahrt
    arrival arrive arrives ankunft
    owe owes rent miete loyer
    sender absender expediteur send sent sends
    recipient empfanger destinataire receiver receives
    seller salesperson verkaufer vendeur rep salesman
    score points punkte grade mark
    address adresse anschrift
    phone telephone telefon
    size area grosse flache surface superficie
    delay verspatung retard
    author auteur autor wrote written
    rating bewertung score
    distance entfernung strecke km
    born birthdate birthday geburtsdatum birth geboren naissance
    employees staff headcount mitarbeiter
    hours stunden heures
    salesperson seller rep
    transaction booking buchung payment
    parcel package shipment sendung paket colis consignment
    contact person address
    entries entrees
"""
# What of these German compounds may end in: the ends of other words, as 'Destination' and 'Estate', mean nothing.
_COMPOUNDED_WORDS = """
    preis kosten umsatz betrag menge anzahl mitarbeiter artikel produkt datum monat abteilung gebiet filiale geschaft
    bestellung auftrag rechnung gewicht einwohner bevolkerung gehalt temperatur dauer geschwindigkeit lieferant
    kategorie besucher zimmer gewinn bestand lager rabatt lieferung saldo miete absender empfanger verkaufer punkte
    adresse anschrift flache grosse verspatung bewertung entfernung strecke stunden buchung sendung paket kunde stadt"""
_COMPOUNDED = frozenset(_COMPOUNDED_WORDS.split())
# What 'who' and 'where' may ask for.
_PEOPLE_WORDS = """
    name person customer client employee staff member owner author sender captain manager seller salesperson
    rep agent student player teacher driver contact buyer supplier vendor kunde kundin mitarbeiter verkaufer
    name nom client employe vendeur auteur responsable leader user guest patient winner director applicant
    tenant speaker artist """
PEOPLE = frozenset(_PEOPLE_WORDS.split())
_PLACES_WORDS = """
    city town place location address country region site harbour port room building office warehouse state
    county stadt ort adresse land ville lieu pays adresse destination venue shelf store"""
PLACES = frozenset(_PLACES_WORDS.split())
# Nouns that say no more than the column beside them: "her Math score", "the revenue figure".
GENERAL = frozenset(
    {
        "score",
        "scores",
        "scored",
        "grade",
        "grades",
        "mark",
        "marks",
        "points",
        "level",
        "reading",
        "note",
        "noten",
        "consumption",
        "verbrauch",
        "consommation",
        "punkte",
    }
)
# The same, where no other number is named: "the value for Norway", and not "the value of the stock".
WORTH = frozenset({"value", "values", "figure", "figures", "wert", "werte", "valeur", "valeurs"})
# Of what more is better, and of what less is: what 'best' and 'worst' mean.
_GOOD_WORDS = """
    rating score points stars satisfaction quality performance efficiency reliability accuracy attendance yield
    revenue sales turnover profit margin earnings income growth votes wins goals savings bewertung sterne punkte
    zufriedenheit qualitat umsatz gewinn ertrag marge ersparnis ventes benefice chiffre evaluation satisfaction"""
_BAD_WORDS = """
    price cost fee charge expense expenses spending defect defects error errors fault faults failures complaint
    complaints return returns refunds delay delays wait latency downtime loss losses accidents incidents injuries churn
    cancellations rank place preis kosten gebuhr ausgaben fehler mangel beschwerden retouren verspatung ausfalle
    verlust unfalle rang platz prix cout frais erreurs defauts plaintes retard retards pertes"""
# A pay is no price: 'the cheapest', 'what was spent'.
_PAY_WORDS = """
    salary wage income revenue turnover sales profit margin earnings budget balance gehalt lohn einkommen umsatz
    erlos gewinn saldo salaire revenu ventes benefice solde"""
# The two sides of a cash book.
_INCOMING_WORDS = (
    "income incoming receipts received credit deposit gutschrift einnahme einnahmen eingang haben recette recettes"
)
_OUTGOING_WORDS = """
    expense expenses expenditure outgoing spent debit belastung lastschrift payment withdrawal
    ausgabe ausgaben ausgang soll depense
    depenses"""
_SPENDING_WORDS = """
    amount cost spent spending expense expenses expenditure paid total betrag kosten ausgabe ausgaben summe montant
    depense depenses cout"""
# What a row may be called anywhere.
THINGS = frozenset({
    "item", "items", "thing", "things", "posten", "positionen", "position", "positions", "elements", "people",
    "person", "persons", "personnes", "personen", "leute",
})  # fmt: skip
# What the rows of an account, and of a measuring device are called.
BOOKINGS = (
    "transaction",
    "booking",
    "entry",
    "operation",
    "buchung",
    "transaktion",
    "umsatze",
    "ecriture",
    "mouvement",
)
MEASUREMENTS = ("reading", "measurement", "observation", "messung", "messwert", "mesure", "releve")
NUMBER_WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "zwei": 2,
    "drei": 3, "vier": 4, "funf": 5, "zehn": 10, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "dix": 10,
}  # fmt: skip
# German puts these before a noun without a space: 'Gesamtumsatz', 'Durchschnittspreis'.
PREFIXES = ("gesamt", "durchschnitts", "hochst", "maximal", "minimal")


_LEAST_BEFORE = 3  # Letters before what a compound ends in.
_FRENCH_ADJECTIVES = ("elev", "haut", "grand", "gros", "important", "fort", "nombreu")


@cache
def phrases() -> tuple[dict[tuple[str, ...], tuple[Sense, str]], list[tuple[tuple[str, ...], Sense, str]]]:
    """(whole phrases by their words, phrases whose last word is only a beginning)."""
    exact: dict[tuple[str, ...], tuple[Sense, str]] = {}
    open_ended: list[tuple[tuple[str, ...], Sense, str]] = []
    for article in ("le", "la", "les"):
        for adjective in _FRENCH_ADJECTIVES:
            open_ended.append(((article, "plus", adjective), "max", ""))
            open_ended.append(((article, "moins", adjective), "min", ""))
    for sense, listed in _PHRASES.items():
        for entry in listed.split(";"):
            phrase, _, besides = (part.strip() for part in entry.partition("="))
            said = tuple(phrase.split())
            if said[-1].endswith("*"):
                open_ended.append(((*said[:-1], said[-1][:-1]), sense, besides))
            else:
                exact.setdefault(said, (sense, besides))
    return exact, open_ended


@cache
def measures() -> frozenset[str]:
    """The keys of what is measured, in all languages: 'total duration' counts no different durations."""
    measured = ("price", "revenue", "amount", "quantity", "weight", "salary", "temperature", "height", "length",
                "duration", "speed", "profit", "balance", "distance", "hours", "population")  # fmt: skip
    return frozenset(key for word in measured for concept in concepts_of(word) for key in concept)


@cache
def merit_of(name: str) -> int:
    """1 if a high value of what a name says is the better one, -1 if a low one is, 0 where the name does not say."""
    good, bad = (frozenset(key for word in one.split() for key in keys(word)) for one in (_GOOD_WORDS, _BAD_WORDS))
    named = frozenset(key for word in words(name) for key in keys(word))
    return bool(named & good) - bool(named & bad)


@cache
def is_pay(name: str) -> bool:
    """Whether a name says what somebody gets or has, which is no price and was not spent."""
    return any(keys(word) & keys(pay) for word in words(name) for pay in _PAY_WORDS.split())


@cache
def says_flow(name: str) -> str:
    """'incoming' or 'outgoing' if a name is that of one side of a cash book: 'Ausgabe', 'Credit'; else empty."""
    for word in words(name):
        for sense, listed in (("incoming", _INCOMING_WORDS), ("outgoing", _OUTGOING_WORDS)):
            if any(keys(word) & keys(one) for one in listed.split()):
                return sense
    return ""


@cache
def is_spending(name: str) -> bool:
    """Whether a name says what was spent, rather than what something is worth."""
    return any(keys(word) & keys(spent) for word in words(name) for spent in _SPENDING_WORDS.split())


@cache
def directed(preposition: str) -> frozenset[str]:
    """The keys of the columns that a preposition before a value speaks of, if it does."""
    return frozenset(key for word in _DIRECTIONS.get(preposition, "").split() for key in keys(word))


@cache
def concepts_of(word: str) -> tuple[frozenset[str], ...]:
    """The other words for what a word names, in all languages: sets of keys."""
    wanted = keys(word)
    return tuple(concept for concept in _concepts() if concept & wanted)


def fits(name: Sequence[str], concept: frozenset[str]) -> bool:
    """Whether a word of a name is one of a concept, or all of it a German compound of one: 'Einzelpreis' is a price."""
    if any(keys(word) & concept for word in name):
        return True
    plain = unaccented(name[0]) if len(name) == 1 else ""
    return any(plain.endswith(noun) and len(plain) >= len(noun) + _LEAST_BEFORE for noun in concept & _COMPOUNDED)


@cache
def _concepts() -> tuple[frozenset[str], ...]:
    return tuple(
        frozenset(key for word in line.split() for key in keys(word)) for line in _CONCEPTS.splitlines() if line.strip()
    )


@cache
def keys(word: str) -> frozenset[str]:
    """What a word is found by: itself without accents, and its stems in English, German and French."""
    plain = unaccented(word)
    if len(plain) < 4 or plain[-1].isdecimal():
        return frozenset({plain})
    return frozenset({plain, stem(plain), *(unaccented(stemmer.stemWord(word.casefold())) for stemmer in _stemmers())})


@cache
def _stemmers() -> tuple[Any, ...]:
    import snowballstemmer

    return snowballstemmer.stemmer("german"), snowballstemmer.stemmer("french")
