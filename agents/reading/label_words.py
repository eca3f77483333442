"""Words that labels of forms, fact sheets and columns are made of, in the languages of most documents."""

import re

_WORDS = """
    name names born surname forename firstname lastname title number numbers nr num id code ref reference type kind
    category class status date day time year month period until due start begin expiry issued created updated valid
    address street city town zip postcode country region place location site phone telephone tel mobile fax email
    e-mail mail website url contact person people company organisation organization department office branch manager
    director chair owner author editor customer client tenant landlord lessor lessee insured insurer policy claim
    invoice order account iban bic bank vat tax amount price cost rate fee fees sum total subtotal balance discount
    deposit payment currency quantity qty unit units weight height length width depth size capacity volume area
    speed power model make brand version serial colour color description item product service part parts article
    subject project task role position job grade team founded employees revenue turnover income profit share notes
    note remarks comment comments salary rent term notice vessel ship vehicle odometer mileage grand net gross
    headquarters industry birth nationality gender age language

    nummer vorname nachname datum zeit jahr monat zeitraum beginn ende gültig anschrift adresse straße ort stadt plz
    land telefon mobil ansprechpartner firma unternehmen abteilung leiter geschäftsführer geschäftsführung inhaber
    kunde mieter vermieter versicherter versicherungsnummer police rechnung rechnungsnummer auftrag konto betrag
    preis kosten gebühr summe gesamt gesamtbetrag zwischensumme netto brutto rabatt kaution zahlung währung menge
    anzahl einheit gewicht höhe länge breite größe kapazität fläche modell marke farbe beschreibung artikel
    bezeichnung leistung betreff projekt aufgabe rolle funktion gründung gegründet mitarbeiter umsatz gewinn
    bemerkung gehalt miete laufzeit sitz kundennummer vertragsnummer geburtsdatum kündigungsfrist steuer mwst

    nom prénom numéro titre catégorie statut état heure année mois période début fin validité rue ville code-postal
    pays lieu téléphone courriel société entreprise service responsable directeur directrice gérant propriétaire
    client locataire bailleur assuré facture commande compte montant prix coût frais somme sous-total solde remise
    dépôt caution paiement devise quantité unité poids hauteur longueur largeur taille capacité surface modèle
    marque couleur désignation objet projet tâche rôle fonction fondée fondé effectif employés chiffre bénéfice
    remarque salaire loyer durée préavis siège référence

    navn beløp pris antall adresse dato kunde leietaker utleier nombre número fecha dirección importe precio
    cantidad cliente nome data indirizzo importo prezzo quantità naam bedrag prijs aantal klant adres
"""
LABEL_WORDS = frozenset(_WORDS.split())
# Currencies as they stand before or behind an amount, for a pattern.
CURRENCY = (
    r"[$€£¥₹]|[Kk]r\.?|EUR|USD|GBP|CHF|NOK|SEK|DKK|ISK|PLN|CZK|HUF|RON|JPY|CNY|INR|AUD|CAD|NZD|ZAR|BRL|MXN|TRY|RUB"
)
# Labels when they stand alone; within a longer cell they are ordinary words.
_ALONE = frozenset(["from", "to", "cc", "bcc", "by", "von", "an", "bis", "de", "à", "no", "state", "end"])
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


def is_label(cell: str) -> bool:
    """Whether a cell reads like a label: 'Policy number', 'Claim #', 'Betrag (EUR)', whatever ends with a colon."""
    if cell.endswith((":", "#", "№", "No.", "no.", "Nr.", "nr.")):
        return True
    if any(letter.isdigit() for letter in cell):
        return False
    found = _WORD.findall(cell.lower())
    if len(found) == 1 and found[0] in _ALONE:
        return True
    # The noun of a label stands first or last: "Number of employees", "Managing director", "Betrag (EUR)".
    return 0 < len(found) <= 6 and (found[0] in LABEL_WORDS or found[-1] in LABEL_WORDS)
