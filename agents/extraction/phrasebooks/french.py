"""How one asks in French, and which words mean nearly the same."""

from agents.extraction.phrasebooks.phrasebook import Phrasebook, Wanted
from agents.text.lexicon import FRENCH

_MONEY = "prix|coût|loyer|montant|tarif|salaire|budget|caution|prime|somme"
_MEASURE = "poids|taille|hauteur|longueur|surface|superficie|température|puissance|vitesse|capacité|taux"
_UNITS = "temps|années|jours|mois|semaines|heures|minutes"

_ASKING: tuple[tuple[Wanted, str], ...] = (
    ("heading", r"^qu'est-ce qui (?:est|figure)\b[^«]*« ?(?P<kept>[^»]+?) ?»$"),
    ("title", r"^(?:quel est le titre|comment s'(?:appelle|intitule)) (?:du|de ce|le|ce) (?:document|fichier|texte)$"),
    ("headings", r"^quel(?:le)?s (?:sont les )?(?:titres|sections|rubriques|chapitres)\b"),
    ("phone", r"^(?:quel est |à quel )?(?:le )?(?:numéro )?(?:de )?téléphone\b"),
    ("email", r"\badresse (?:e-?mail|mail|électronique|courriel)\b"),
    ("time", r"^(?:à|vers|de|jusqu'à|dès)? ?quelle heure\b"),
    ("date", r"^(?:depuis |jusqu'à |à partir de |de |pour )?quand\b"),
    ("date", r"^(?:à|en|depuis|jusqu'à|pour)? ?quel(?:le)? (?:est la )?(?:date|jour|mois|année)\b"),
    ("duration", rf"^(?:pendant |en |depuis )?combien (?:de |d['’])(?:{_UNITS})\b"),
    ("duration", r"^quel(?:le)? est (?P<kept>(?:le délai|la durée|le préavis)\b.*)$"),
    ("count", r"^(?:en |à |dans |pour |avec )?combien (?:de |d['’])"),
    ("count", r"^quel est le nombre (?:de |d['’])"),
    ("money", r"^(?:combien) (?P<kept>(?:coûte|coûtent|coûtait|a coûté|paie|paye|vaut)\b.*)$"),
    ("money", r"^quel(?:le)? (?:est|était|sera) "
              rf"(?P<kept>(?:le|la|l['’]) ?(?:[\w-]+ ){{0,2}}(?:{_MONEY})\b.*)$"),
    ("amount", r"^combien\b"),
    ("amount", rf"^quel(?:le)? (?:est|était) (?P<kept>(?:le|la|l['’]) ?(?:[\w-]+ )?(?:{_MEASURE})\b.*)$"),
    ("amount", r"^à quelle (?P<kept>température|vitesse|hauteur|profondeur)\b"),
    ("place", r"^quelle est (?P<kept>(?:l'|votre )?adresse)\b"),
    ("person", r"^(?:à |de |par |avec |pour )?qui\b"),
    ("place", r"^(?:d['’])?où\b"),
    ("place", r"^(?:dans|à|en)? ?quel(?:le)? (?:ville|pays|lieu|salle|adresse|endroit)\b"),
    ("reason", r"^pourquoi\b"),
    ("reason", r"^quelle(?:s)? (?:est|sont|était) (?:la |les )?(?:raisons?|causes?)\b(?: de| du| des)?"),
    ("reason", r"^pour quelle raison\b"),
    ("manner", r"^comment\b"),
    ("list", r"^(?:liste|nomme|cite|donne)[zr]?\b"),
    ("list", r"^quel(?:le)?s (?P<kept>[\w-]+)\b(?= (?:ont|sont|a|y))"),
    ("what", r"^quel(?:le)?s? (?:est|sont|était|étaient|sera)\b"),
    ("what", r"^qu['’]est-ce que c['’]est"),
    ("what", r"^qu['’]est-ce qu[ei'’]"),
    ("what", r"^c['’]est quoi"),
    ("which", r"^(?:à |de |dans |en |par |avec |pour |sur )?quel(?:le)?s? (?P<kept>[\w-]+)"),
    ("what", r"^(?:que|qu['’]|quoi|à quoi|de quoi)\b"),
    ("whether", r"^(?:est-ce|est-il|y a-t-il|peut-on|puis-je|faut-il|les? |la |l['’])"),
)  # fmt: skip

_HELPING = """
    document documents fichier fichiers texte exactement actuellement aujourd hui selon mentionné indiqué information
    informations nom nommé appelle appelé liste donne quels quelles sont"""

_LIGHT = """
    avoir faire fait faut prendre prise prises pris donner offrir utiliser contenir venir aller arriver trouve trouver
    situé nécessaire possible important personne personnes lieu peut"""

_GROUPS = {
    "person": """
        personne société entreprise fournisseur banque""",
    "place": """
        ville pays lieu salle adresse endroit""",
    "language": "langue langues",
}

_OPPOSITES = """
    ouvert fermé
    autorisé interdit
    autorisé accord
    permis accord
    permis interdit
    compris exclu
    gratuit payant
    obligatoire facultatif"""

_SYNONYMS = """
    = commencer début débuter commence effet
    début commencer débuter effet
    = terminer finir fin achever expirer échéance termine
    finir fin terminer
    durée durer
    durer durée
    = coûter prix coût tarif montant facturer
    prix coût tarif montant coûter
    coût prix tarif montant
    tarif prix coût
    montant somme prix total
    loyer location
    = payer paiement payable régler
    paiement payer payable règlement
    = fonder fondation créer fondé
    créer fonder création
    = diriger directeur directrice dirigeant gérant
    directeur directrice diriger
    responsable contact chargé
    contacter contact téléphone
    téléphone tél numéro
    = écrire auteur rédiger écrit
    rédiger auteur écrire
    = envoyer expéditeur envoi
    recevoir destinataire
    présent participant présents
    participer participant présent
    participant présent
    absent excusé
    = réunion séance assemblée
    séance réunion
    = lieu adresse salle
    adresse rue
    trouver adresse siège situer lieu
    siège adresse
    date jour
    = employé salarié effectif employer
    salarié employé effectif
    = société entreprise
    entreprise société
    congé vacances
    vacances congé
    maladie malade
    autoriser permettre autorisé
    autorisé permis
    interdit interdire
    = compris inclure inclus comprendre
    inclure compris comprendre
    = livrer livraison
    livraison livrer
    raison cause
    cause raison
    décider décision
    décision décider
    préavis résiliation
    résilier résiliation préavis
    contrat accord convention bail
    bail contrat location
    animal animaux chien chat
    appartement logement
    logement appartement
    poids peser
    peser poids
    garantie garantir
    signer signature
    reporter déplacer
    déplacer reporter
    ouvrir ouverture horaire
    horaire ouverture heure
    client cliente
    locataire preneur
    bailleur propriétaire
    propriétaire bailleur
    numéro n no
    habiter domicile adresse demeurer
    naître naissance né
    travaux chantier
    prochain prochaine
    = an année annuel annuelle
    = mois mensuel mensuelle
    tâche action
    surface superficie
    superficie surface"""

PHRASES = Phrasebook(FRENCH, _ASKING, _HELPING, _LIGHT, _GROUPS, _OPPOSITES, _SYNONYMS)
