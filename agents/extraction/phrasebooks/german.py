"""How one asks in German, and which words mean nearly the same."""

from agents.extraction.phrasebooks.phrasebook import Phrasebook, Wanted
from agents.text.lexicon import GERMAN

_MONEY = (
    "miete|kaution|preis|kosten|gebühr|gebühren|beitrag|betrag|gehalt|lohn|umsatz|prämie|strafe|rechnung|summe|budget"
)
_OWNER = "(?:der|die|das|den|mein|meine|unser|unsere)? ?"

_ASKING: tuple[tuple[Wanted, str], ...] = (
    ("heading", r"^was steht (?:bei|unter|für|in|zu) [„“\"'](?P<kept>[^“”\"']+)[“”\"']$"),
    ("title", r"^(?:wie lautet|was ist) der titel\b.*\b(?:dokuments?|datei|textes)$"),
    ("title", r"^wie heißt (?:das|dieses|die|der) (?:dokument|datei|text)$"),
    ("title", r"^welchen titel (?:hat|trägt) (?:das|dieses|der|die) (?:dokument|datei|text)$"),
    ("headings", r"^(?:welche|was sind die) (?:abschnitte|überschriften|kapitel)\b"),
    ("phone", r"\b(?:telefonnummer|handynummer|faxnummer|rufnummer|telefon)\b"),
    ("email", r"\b(?:e-?mail-?|mail)-?adresse\b"),
    ("time", r"^(?:um|ab|bis) (?:wie ?viel uhr|welche uhrzeit|wann uhr)\b"),
    ("time", r"\bwelche[rn]? uhrzeit\b"),
    ("date", r"^(?:ab|bis|seit|von|zu)? ?wann\b"),
    ("date", r"^(?:am|an|in|im|zu|bis zu|ab)? ?welche[mnrs]? (?:datum|tag|monat|jahr|woche|termin)\b"),
    ("duration", r"^(?:für )?wie (?:lang|lange)\b"),
    ("duration", r"^wie (?:viele|viel) (?P<unit>tage|wochen|monate|jahre|stunden|minuten|urlaubstage)\b"),
    ("duration", r"^wie oft\b"),
    ("count", r"^(?:in |für |an |mit |von |auf |bei )?wie ?viele?n?\b"
              r"(?! (?:kostet|kosten|geld|beträgt|ist|zahlt|muss))"),
    ("money", r"^(?:wie ?viel|was) (?P<kept>(?:kostet|kosten|kostete|zahlt|bezahlt|verdient)\b.*)$"),
    ("money", r"^wie teuer\b"),
    ("money", r"^(?:wie hoch|was|wie groß) (?:ist|sind|war|waren) "
              rf"(?P<kept>{_OWNER}(?:[\w-]+ ){{0,2}}[\w-]*(?:{_MONEY})\b.*)$"),
    ("amount", r"^wie (?:hoch|groß|viel|schwer|alt|schnell|breit|tief|weit|stark|warm|laut)\b"),
    ("amount", r"^bei welcher (?P<kept>temperatur|geschwindigkeit)\b"),
    ("place", r"^(?:wie lautet|was ist|wie ist) (?P<kept>(?:die |eure |ihre )?adresse|anschrift)\b"),
    ("person", r"^(?:an |von |mit |für |bei |durch |zu )?(?:wer|wem|wen|wessen)\b"),
    ("person", r"^welche[rs]? (?:person|personen)\b"),
    ("place", r"^(?:wo|woher|wohin)\b"),
    ("place", r"^(?:in|an|auf|aus)? ?welche[mnrs]? (?:ort|stadt|land|raum|adresse|straße)\b"),
    ("reason", r"^(?:warum|weshalb|wieso)\b"),
    ("reason", r"^aus welchem grund\b"),
    ("reason", r"^was (?:war|ist) der grund\b(?: für)?"),
    ("list", r"^(?:nenne|liste|zeige)\b(?: mir)?"),
    ("list", r"^welche (?P<kept>[\w-]+) (?:gibt es|wurden|hat|haben|gelten)\b"),
    ("what", r"^(?:was|wie) (?:ist|sind|war|waren|lautet|lauten|heißt|heißen)\b"),
    ("manner", r"^(?:wie|wodurch|womit)\b"),
    ("which", r"^(?:in |an |auf |aus |mit |von |für |bei |zu |nach |gegen )?welche[mnrs]?\b (?P<kept>[\w-]+)"),
    ("what", r"^(?:was|wofür|wozu|worüber|woran|worauf|wovon)\b"),
    ("whether", r"^(?:ist|sind|war|waren|hat|haben|hatte|kann|können|darf|dürfen|muss|müssen|gibt|wird|werden|wurden?"
                r"|soll)\b"),
)  # fmt: skip

_HELPING = """
    bitte zeige nenne liste dokument dokumente datei dateien text genau aktuell heute laut erwähnt angegeben steht
    stehen information informationen name heißt heißen lautet genannt eigentlich gibt gab etwa schon noch viel viele
    uhr beträgt betragen"""

_LIGHT = """
    haben hat brauche braucht benötige benötigen muss sein geben gibt nehmen bekommen erhalten machen brauchen
    benötigt nutzen verwenden bieten enthalten kommen
    gehen passieren passiert wichtig möglich finden statt findet fand hoch groß lang person personen leute befinden
    befindet liegt liegen punkt punkte stehen steht"""

_GROUPS = {
    "person": """
        person firma unternehmen lieferant bank partei""",
    "place": """
        ort stadt land länder raum adresse straße""",
    "language": "sprache sprachen",
}

_OPPOSITES = """
    geöffnet geschlossen
    offen geschlossen
    erlaubt verboten
    erlaubt untersagt
    erlaubt zustimmung
    erlaubt genehmigung
    enthalten ausgeschlossen
    gültig abgelaufen
    kostenlos kostenpflichtig
    pflicht freiwillig"""

_SYNONYMS = """
    = beginnen beginn anfangen anfang start starten starts
    = enden ende auslaufen ablaufen befristet
    laufzeit dauer läuft vertragsdauer
    gültig gültigkeit ablauf
    kündigen kündigung kündigungsfrist
    frist kündigungsfrist
    = kosten preis gebühr kostet betrag
    preis kosten gebühr betrag
    gebühr kosten preis entgelt
    betrag summe höhe
    miete kaltmiete mietzins
    = zahlen zahlung bezahlen zahlbar fällig
    fällig zahlbar zahlen
    = lohn gehalt
    = gründen gründung gegründet
    = leiten leitung leiter leiterin geschäftsführer geschäftsführerin vorsitz
    leiter leitung leiten leiterin
    geschäftsführer geschäftsführung geschäftsführerin leiten
    vorsitz vorsitzende vorsitzender leitung
    vorsitzende vorsitz
    = zuständig verantwortlich ansprechpartner ansprechpartnerin
    verantwortlich zuständig
    ansprechpartner ansprechpartnerin kontakt zuständig
    erreichen telefon kontakt
    anrufen telefon erreichen
    telefonnummer telefon tel
    = schreiben verfassen autor verfasser schrieb verfasst
    = schicken senden absender geschickt
    empfangen empfänger erhalten
    teilnehmen teilnehmer anwesend
    = anwesend teilnehmer teilgenommen
    teilnehmer anwesend
    fehlen abwesend entschuldigt
    abwesend entschuldigt fehlen
    ort adresse anschrift raum
    adresse anschrift
    anschrift adresse
    liegen adresse ort sitz befinden
    sitz hauptsitz
    treffen sitzung besprechung
    = sitzung besprechung treffen versammlung
    besprechung sitzung meeting
    stattfinden statt
    finden statt
    uhrzeit uhr beginn
    datum tag
    mitarbeiter beschäftigte angestellte beschäftigen
    beschäftigen mitarbeiter beschäftigte
    = firma unternehmen gesellschaft
    unternehmen firma gesellschaft
    = umsatz erlös
    urlaub urlaubstage ferien
    krank krankheit krankmeldung
    erlauben erlaubt gestattet dürfen zulässig
    = erlaubt gestattet zulässig dürfen
    verboten untersagt
    enthalten inbegriffen inklusive umfassen
    = liefern lieferung lieferzeit
    lieferung liefern
    grund ursache
    ursache grund
    beschließen beschluss beschlossen
    beschluss beschließen
    entscheiden entscheidung beschließen
    aufgabe todo maßnahme
    = vertrag mietvertrag mietverhältnis vereinbarung arbeitsverhältnis
    mietvertrag mietverhältnis
    arbeitsvertrag arbeitsverhältnis
    nebenkosten betriebskosten
    haustier hund katze
    tier haustier hund
    wohnung mietsache
    gewicht wiegen schwer
    wiegen gewicht
    groß größe fläche
    lang länge
    hoch höhe
    = monat monatlich
    = jahr jährlich
    = woche wöchentlich
    breit breite
    garantie gewährleistung
    gewährleistung garantie
    rabatt nachlass
    strafe vertragsstrafe
    unterschreiben unterzeichnen unterschrift
    verlegen verschieben verlegt
    verschieben verlegen
    sprechen sprache
    wohnen wohnhaft leben
    wohnort wohnhaft
    geburtsdatum geboren
    öffnen öffnungszeit geöffnet
    öffnungszeiten geöffnet
    kunde kundin auftraggeber
    mieter mieterin
    mieterin mieter
    vermieter vermieterin
    käufer käuferin
    nummer nr
    kundennummer kunden-nr
    frist termin
    termin datum"""

PHRASES = Phrasebook(GERMAN, _ASKING, _HELPING, _LIGHT, _GROUPS, _OPPOSITES, _SYNONYMS)
