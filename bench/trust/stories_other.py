"""German and French prose with questions in the same language."""

from random import Random

from bench.trust.notation import FRENCH, GERMAN
from bench.trust.story import Fact, Section, Story, every, money, number, on, past_day, some_day, words
from bench.trust.words import CITY, STREET, firm, people


def mietvertrag(rng: Random) -> Story:
    landlord, tenant = firm(rng, "de"), people(rng, 1, "de")[0]
    city, place = rng.choice(CITY["de"]), f"{rng.choice(STREET['de'])} {rng.randrange(2, 90)}"
    rent, deposit = money(rng, GERMAN, 1100, 3900), money(rng, GERMAN, 4000, 9900)
    begin = on(some_day(rng, 2022, 2025), "de")
    notice = rng.choice((("drei Monate", "3 Monate"), ("sechs Wochen", "6 Wochen"), ("zwei Monate", "2 Monate")))
    return Story("de", rng.choice(("mietvertrag", "vertrag")), "Mietvertrag", (
        Section("Parteien", (
            Fact(f"Vermieter ist die {landlord} in {city}.", [("who", ["Wer ist der Vermieter?", "Wer ist Vermieter?"], words(landlord))], "Vermieter", landlord),
            Fact(f"Mieter ist {tenant}.", [("who", ["Wer ist der Mieter?", "Wer mietet die Wohnung?"][:1], words(tenant))], "Mieter", tenant),
        )),
        Section("Mietsache", (
            Fact(f"Die Wohnung liegt in {city}, {place}.", [("where", ["Wo liegt die Wohnung?"], words(place, city))], "Wohnung", place),
            Fact(f"Das Mietverhältnis beginnt am {begin[0]}.", [("when", ["Wann beginnt das Mietverhältnis?", "Ab wann gilt das Mietverhältnis?"][:1], begin[1])], "Beginn", begin[0]),
            Fact(f"Die Kündigungsfrist beträgt {notice[0]}.", [("how much", ["Wie lang ist die Kündigungsfrist?", "Wie lange beträgt die Kündigungsfrist?"], words(*notice))], "Kündigungsfrist", notice[0]),
        )),
        Section("Miete", (
            Fact(f"Die monatliche Miete beträgt {rent[0]} Euro.", [("how much", ["Wie hoch ist die monatliche Miete?", "Wie viel beträgt die monatliche Miete?"], rent[1])], "Monatliche Miete", f"{rent[0]} Euro"),
            Fact(f"Die Kaution beträgt {deposit[0]} Euro.", [("how much", ["Wie hoch ist die Kaution?"], deposit[1])], "Kaution", f"{deposit[0]} Euro"),
        )),
    ), ("Wer ist der Hausmeister?", "Wie viele Zimmer hat die Wohnung?", "Darf der Mieter einen Hund halten?", "Wann wurde das Haus gebaut?", "Wie hoch sind die Heizkosten?"))  # fmt: skip


def protokoll(rng: Random) -> Story:
    chair, clerk, cashier = people(rng, 3, "de")
    place = rng.choice(CITY["de"])
    held, founded = on(some_day(rng), "de"), on(past_day(rng), "de")
    budget = money(rng, GERMAN, 12000, 98000, 100)
    members = rng.randrange(14, 87)
    items = rng.sample(
        ["Jahresbericht", "Neuwahl des Vorstands", "Mitgliedsbeiträge", "Sommerfest", "Dachreparatur"], 3
    )
    return Story("de", rng.choice(("protokoll", "sitzung")), "Protokoll der Mitgliederversammlung", (
        Section("Versammlung", (
            Fact(f"Die Versammlung fand am {held[0]} in {place} statt.", [
                ("when", ["Wann fand die Versammlung statt?"], held[1]),
                ("where", ["Wo fand die Versammlung statt?"], words(place)),
            ]),
            Fact(f"Die Versammlung wurde von {chair} geleitet.", [("who", ["Wer leitete die Versammlung?", "Wer hat die Versammlung geleitet?"], words(chair))]),
            Fact(f"Das Protokoll führte {clerk}.", [("who", ["Wer führte das Protokoll?", "Wer hat das Protokoll geführt?"], words(clerk))]),
            Fact(f"Es waren {members} Mitglieder anwesend.", [("how much", ["Wie viele Mitglieder waren anwesend?"], number(members))]),
        )),
        Section("Tagesordnung", (), items, [("list", ["Was steht auf der Tagesordnung?", "Welche Punkte stehen auf der Tagesordnung?"], every(*items))]),
        Section("Beschlüsse", (
            Fact(f"Das Budget beträgt {budget[0]} Euro.", [("how much", ["Wie hoch ist das Budget?"], budget[1])]),
            Fact(f"{cashier} wurde zum Kassenwart gewählt.", [("who", ["Wer wurde zum Kassenwart gewählt?", "Wer ist der Kassenwart?"], words(cashier))]),
            Fact(f"Der Verein wurde am {founded[0]} gegründet.", [("when", ["Wann wurde der Verein gegründet?"], founded[1])]),
        )),
    ), ("Wer fehlte entschuldigt?", "Wie lange dauerte die Versammlung?", "Was kostete das Essen?", "Wie lautet die Adresse des Vereins?", "Wer hat das Logo entworfen?"))  # fmt: skip


def contrat(rng: Random) -> Story:
    owner, tenant = firm(rng, "fr"), people(rng, 1, "fr")[0]
    city, place = rng.choice(CITY["fr"]), f"{rng.randrange(2, 90)} {rng.choice(STREET['fr'])}"
    rent, deposit = money(rng, FRENCH, 1100, 3900), money(rng, FRENCH, 4000, 9900)
    begin = on(some_day(rng, 2022, 2025), "fr")
    notice = rng.choice((("trois mois", "3 mois"), ("six semaines", "6 semaines"), ("deux mois", "2 mois")))
    return Story("fr", rng.choice(("contrat", "bail")), "Contrat de location", (
        Section("Les parties", (
            Fact(f"Le bailleur est {owner}, à {city}.", [("who", ["Qui est le bailleur ?"], words(owner))], "Bailleur", owner),
            Fact(f"Le locataire est {tenant}.", [("who", ["Qui est le locataire ?"], words(tenant))], "Locataire", tenant),
        )),
        Section("Le logement", (
            Fact(f"Le logement se trouve au {place}.", [("where", ["Où se trouve le logement ?"], words(place))], "Logement", place),
            Fact(f"Le bail commence le {begin[0]}.", [("when", ["Quand commence le bail ?", "À quelle date commence le bail ?"], begin[1])], "Début du bail", begin[0]),
            Fact(f"Le délai de préavis est de {notice[0]}.", [("how much", ["Quel est le délai de préavis ?"], words(*notice))], "Préavis", notice[0]),
        )),
        Section("Le loyer", (
            Fact(f"Le loyer mensuel est de {rent[0]} euros.", [("how much", ["Quel est le loyer mensuel ?", "De combien est le loyer mensuel ?"], rent[1])], "Loyer mensuel", f"{rent[0]} euros"),
            Fact(f"Le dépôt de garantie s’élève à {deposit[0]} euros.", [("how much", ["À combien s’élève le dépôt de garantie ?", "Quel est le dépôt de garantie ?"], deposit[1])], "Dépôt de garantie", f"{deposit[0]} euros"),
        )),
    ), ("Qui est le gardien ?", "Combien de pièces le logement a-t-il ?", "Quand l’immeuble a-t-il été construit ?", "Quel est le prix du chauffage ?", "Les animaux sont-ils admis ?"))  # fmt: skip


def compte_rendu(rng: Random) -> Story:
    chair, clerk, cashier = people(rng, 3, "fr")
    place = rng.choice(CITY["fr"])
    held = on(some_day(rng), "fr")
    budget = money(rng, FRENCH, 12000, 98000, 100)
    members = rng.randrange(14, 87)
    return Story("fr", rng.choice(("compte-rendu", "reunion")), "Compte rendu de la réunion", (
        Section("La réunion", (
            Fact(f"La réunion a eu lieu le {held[0]} à {place}.", [
                ("when", ["Quand la réunion a-t-elle eu lieu ?", "Quand a eu lieu la réunion ?"], held[1]),
                ("where", ["Où la réunion a-t-elle eu lieu ?", "Où a eu lieu la réunion ?"], words(place)),
            ]),
            Fact(f"{chair} a présidé la réunion.", [("who", ["Qui a présidé la réunion ?"], words(chair))]),
            Fact(f"{clerk} a rédigé le compte rendu.", [("who", ["Qui a rédigé le compte rendu ?"], words(clerk))]),
            Fact(f"{members} membres étaient présents.", [("how much", ["Combien de membres étaient présents ?"], number(members))]),
        )),
        Section("Les décisions", (
            Fact(f"Le budget s’élève à {budget[0]} euros.", [("how much", ["À combien s’élève le budget ?", "Quel est le budget ?"], budget[1])]),
            Fact(f"{cashier} a été élu trésorier.", [("who", ["Qui a été élu trésorier ?", "Qui est le trésorier ?"], words(cashier))]),
        )),
    ), ("Qui était absent ?", "Combien de temps la réunion a-t-elle duré ?", "Combien a coûté le repas ?", "Quelle est l’adresse de l’association ?"))  # fmt: skip
