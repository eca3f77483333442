"""What papers are called, which is often not what their title says: the contract is a 'Lease agreement'."""

import re

from agents.text.language import words

# Each line is another kind.
_PAPERS = """
    contract agreement lease tenancy vertrag mietvertrag contrat bail convention
    report incident study bericht rapport étude
    mail email e-mail message nachricht courriel
    letter brief schreiben lettre courrier
    minutes meeting protocol protokoll sitzung versammlung réunion compte
    policy rules guideline regulation richtlinie ordnung règlement politique
    manual guide instructions handbook readme anleitung handbuch manuel notice
    recipe rezept recette
    article news press artikel pressemitteilung
    invoice bill receipt order rechnung beleg facture reçu
    quotation quote offer estimate angebot kostenvoranschlag devis offre
    faq questions
    log protocol logbuch journal
    certificate zertifikat urkunde certificat
    notes memo notizen vermerk
    table spreadsheet sheet list csv tabelle liste tableau
    presentation slides deck präsentation présentation
    form application formular antrag formulaire"""
_KINDS = [frozenset(line.split()) for line in _PAPERS.strip().splitlines()]
PAPER_WORDS = frozenset().union(*_KINDS)


def is_called(word: str, name: str, title: str) -> bool:
    """Whether a document with a name and a title is of the kind that a word names."""
    said = set(words(re.sub(r"[-_.]", " ", f"{name} {title}")))
    return any(word in kind and kind & said for kind in _KINDS)
