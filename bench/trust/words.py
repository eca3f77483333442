"""What people, firms, places and goods are called."""

from random import Random

FIRST = {
    "en": "Ada Ben Clara Dan Edith Frank Grace Hugo Irene Jack Kate Liam Maud Nora Oscar Peggy Quentin Rosa Sam Tess".split(),
    "de": "Anke Bernd Dörte Emil Frieda Gerd Heike Ingo Jutta Kai Lena Malte Nele Otto Petra Ralf Silke Torben Uwe Wiebke".split(),
    "fr": "Aline Benoît Chloé Denis Élodie Fabien Gaëlle Hervé Inès Julien Karine Luc Manon Noël Odile Paul Rémi Sylvie Théo Yves".split(),
}
LAST = {
    "en": "Abbott Barlow Cartwright Dunmore Ellery Fairfax Garrick Holloway Ingram Jessop Kendrick Lockwood Merriman Norwood Oakley Pemberton Radcliffe Sorrell Thackeray Winslow".split(),
    "de": "Ahlers Brandes Clausen Diekmann Eggers Feddersen Grothe Hansen Jessen Kröger Lührs Matthiesen Nissen Oltmanns Petersen Reimers Schütt Thomsen Vollmer Wulff".split(),
    "fr": "Aubert Bonnet Chevalier Delmas Écuyer Fontaine Girard Hamelin Jourdan Lacroix Marchand Noiret Olivier Perrin Renaud Sabatier Tessier Vasseur Vidal Weber".split(),
}
FIRM = {
    "en": "Northgate Brightwell Kestrel Larkspur Harrowfield Stonebridge Amberley Whitcombe Redfern Silverdale".split(),
    "de": "Nordlicht Elbtal Sonnenhof Bergmann Kranich Lindenau Rheingold Falkenstein Weserland Tannhof".split(),
    "fr": "Beaulieu Clairval Montbrun Rivoire Belleroche Valmont Grandpré Hautefort Sérignan Lormont".split(),
}
SUFFIX = {"en": ["Ltd", "Limited", "& Sons", "Group"], "de": ["GmbH", "AG", "KG"], "fr": ["SARL", "SA", "et Fils"]}
CITY = {
    "en": "Exeter Leeds Bristol Dover Norwich Oxford Carlisle Durham Lincoln Ripon Truro Derby".split(),
    "de": "Bremen Kassel Lübeck Mainz Erfurt Rostock Trier Ulm Worms Zwickau Celle Gera".split(),
    "fr": "Lyon Nantes Dijon Rennes Tours Angers Brest Nîmes Reims Metz Pau Rouen".split(),
}
REGION = {
    "en": "North South East West Central Coast".split(),
    "de": "Nord Süd Ost West Mitte Küste".split(),
    "fr": "Nord Sud Est Ouest Centre Littoral".split(),
}
BOAT = "Heron Kingfisher Osprey Petrel Gannet Curlew Avocet Plover Dunlin Fulmar Shearwater Guillemot".split()
GOODS = {
    "en": "lantern kettle ladder blanket bucket hammer basket whistle mirror candle compass shovel".split(),
    "de": "Laterne Kessel Leiter Decke Eimer Hammer Korb Pfeife Spiegel Kerze Kompass Schaufel".split(),
    "fr": "lanterne bouilloire échelle couverture seau marteau panier sifflet miroir bougie boussole pelle".split(),
}
DEPARTMENT = "Purchasing Finance Workshop Logistics Marketing Legal Support".split()
STREET = {
    "en": "Dock Road,Mill Lane,Station Street,Church Hill,Quay Street,Orchard Way".split(","),
    "de": "Hafenstraße,Mühlenweg,Bahnhofstraße,Kirchplatz,Lindenallee,Am Markt".split(","),
    "fr": "rue du Port,rue des Moulins,avenue de la Gare,place de l’Église,quai Nord,allée des Tilleuls".split(","),
}


def people(rng: Random, number: int, language: str = "en") -> list[str]:
    """All with different first and last names."""
    first, last = rng.sample(FIRST[language], number), rng.sample(LAST[language], number)
    return [" ".join(name) for name in zip(first, last, strict=True)]


def firm(rng: Random, language: str = "en") -> str:
    return f"{rng.choice(FIRM[language])} {rng.choice(SUFFIX[language])}"


def firms(rng: Random, number: int, language: str = "en") -> list[str]:
    return [f"{name} {rng.choice(SUFFIX[language])}" for name in rng.sample(FIRM[language], number)]
