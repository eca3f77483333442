"""Papers of the kinds people ask about, as the passages that readers make of them."""

from agents.text.answer_state import AnswerState, Evidence, Part

LEASE = (
    ("Lease", "Lease\n\nThis lease is made between Anna Vik (“Landlord”) and Boris Lund (“Tenant”)."),
    ("Term", "Term\n\n2.1 The lease begins on 1 May 2024 and ends on 30 April 2026.\n\n"
             "2.2 Either party may terminate it with two months' notice."),
    ("Rent", "Rent\n\nThe monthly rent is EUR 980. Heating is not included. Pets are not allowed."),
    ("Deposit", "Deposit\n\nThe Tenant pays a deposit of EUR 2,940, which is returned within 30 days."),
)  # fmt: skip
MINUTES = (
    ("Minutes of the choir board", "Minutes of the choir board\n\nDate: 4 June 2025, 19:30\n"
                                   "Location: Parish hall, Ely\nPresent: Ruth Ash (chair), Omar Said, Li Wei\n"
                                   "Absent: Eva Holt"),
    ("Concert", "Concert\n\nOmar Said presented the programme. The concert was moved from May to 12 July, because the "
                "organ is being repaired."),
    ("Action items", "Action items\n\n- Li Wei books the organist\n- Ruth Ash prints the posters"),
    ("Next meeting", "Next meeting\n\nThe next meeting takes place on 2 September 2025 in the library."),
)  # fmt: skip
MAIL = (
    ("lines 1-4", "From: Noor Bakker\nTo: Ian Reid\nDate: Tue, 3 Jun 2025 09:10\nSubject: Pump inspection"),
    ("lines 6-8", "Hi Ian,\n\nthe inspection takes place on 19 June at 8:15. It costs 640 euros.\n\nNoor"),
    ("older mail, lines 10-12", "Is the inspection still on 12 June, and where do we park the lorry?"),
)
TEAM = (
    ("Team", "Team\n\nAda Quist joined the team in March 2021. She leads the mobile group and lives in Bergen.\n\n"
             "Max Reiner joined in 2018. He is responsible for the database. Max speaks German and Italian."),
)  # fmt: skip
FAQ = (
    ("How can I reset my password?", "How can I reset my password?\n\nOpen the sign-in page and choose “Forgot”."),
    ("What are your opening hours?", "What are your opening hours?\n\nMonday to Friday from 8 am to 6 pm, on Saturdays "
                                     "from 9 am to 1 pm."),
)  # fmt: skip
CARD = (("beginning", "Serial number: PX2-551\nDealer: Svensson, Malmö\nEmployees: 41\nHotline: +46 40 55 10 20"),)
MIETVERTRAG = (
    ("Mietvertrag", "Mietvertrag\n\nzwischen Frau Sabine Krug (Vermieterin) und Herrn Emre Yildiz (Mieter)."),
    ("§ 2 Mietzeit", "§ 2 Mietzeit\n\nDas Mietverhältnis beginnt am 1. April 2025. Die Kündigungsfrist beträgt drei "
                     "Monate."),
    ("§ 3 Miete", "§ 3 Miete\n\nDie Kaltmiete beträgt 780,00 Euro. Der Mieter zahlt eine Kaution von 2.340,00 Euro. "
                  "Der Vertrag wurde von Jutta Maier geprüft."),
)  # fmt: skip
CONTRAT = (
    ("Contrat", "Contrat\n\nLe contrat prend effet le 1er février 2025 et se termine le 31 janvier 2028. Le prix "
                "annuel est de 5 400 euros. La responsable du contrat est Claire Fontaine."),
)  # fmt: skip

CLAUSES = (
    ("line 1", "SERVICE AGREEMENT\n\n2. Fees\n2.1 The Customer pays a monthly fee of 1,450 euros.\n2.2 The fee may be "
               "raised by at most 3 per cent.\n\n3. Term\n3.1 Either party may terminate it with four months' notice.\n"
               "3.2 In case of a serious breach, it may be terminated without notice.\n\n5. Governing law\nNorwegian "
               "law governs it."),
)  # fmt: skip
INVOICE = (
    ("page 1", "Sagbruket Moen AS\n\nInvoice no. 20518\n\nInvoice date: 3 April 2025\n\nDue date: 17 April 2025\n\n"
               "Customer: Granli Boatyard\n\nPlease quote the invoice number."),
)  # fmt: skip
FESTIVAL = (
    ("line 1", "Minutes of the board meeting\n\nPresent: Rolf Aune (chair), Unni Fosse (minutes)\n\nThe festival takes "
               "place on 19 July. The crane lifts 12 tonnes."),
)  # fmt: skip
KUCHEN = (
    ("line 1", "Apfelkuchen\n\nZutaten:\n- 250 g Mehl\n- 125 g Butter\n- 5 Äpfel\n\nMehl und Butter verkneten."),
)  # fmt: skip
HANDBOOK = (
    ("Employee Handbook", "Employee Handbook\n\nFor all who work here."),
    ("Holidays", "Holidays\n\nFull-time employees have 28 days of holiday a year. Part-time employees have holiday in "
                 "proportion."),
    ("Equipment", "Equipment\n\nPhones are given to managers and to people on call. Laptops are replaced every four "
                  "years, phones every two."),
    ("Notice periods", "Notice periods\n\nDuring the probation period of six months the notice period is two weeks. "
                       "After that it is three months for both sides."),
    ("Badges", "How much does a lost badge cost?\n\nThe first replacement is free. Each further one costs 15 EUR. "
               "You get a day badge for a deposit of 20 EUR. You may get three day badges a year."),
    ("Contacts", "Contacts\n\nHR: Mara Lind, extension 210. The council is chaired by Sven Ohm; his deputy is Ulla "
                 "Kern."),
)  # fmt: skip
BOARD = (
    ("Budget", "Budget\n\nThe board approved the budget for 2027. Ben Cho voted against it."),
    ("Service", "Service\n\nThe agreement begins on 1 March 2026. The Customer may also terminate if the service is "
                "unavailable for more than 48 hours in a month. The notice period is 60 days."),
)  # fmt: skip
HAUS = (
    ("§ 1 Mietsache", "§ 1 Mietsache\n\nVermietet wird die Wohnung mit 78,5 m² Wohnfläche."),
    ("§ 3 Miete", "§ 3 Miete\n\nDie Kaltmiete beträgt 1.120,00 € im Monat. Ab dem 1. April 2026 steigt die Kaltmiete "
                  "auf 1.165,00 €."),
    ("§ 5 Tiere", "§ 5 Tiere\n\nDie Haltung von Hunden bedarf der Zustimmung des Vermieters. Kampfhunde sind "
                  "verboten."),
    ("§ 7 Parteien", "§ 7 Parteien\n\nVermieterin ist Frau Dr. Helga Sommer."),
)  # fmt: skip

Paper = tuple[tuple[str, str], ...]


def evidence(*papers: Paper, names: tuple[str, ...] = ()) -> list[Evidence]:
    """The passages of papers; a heading that is no 'lines …' or the like is that of a section."""
    found: list[Evidence] = []
    for at, paper in enumerate(papers):
        title = paper[0][1].split("\n", 1)[0]
        for n, (place, text) in enumerate(paper):
            headed = text.startswith(place + "\n")
            found.append(
                Evidence(
                    passage_id=len(found) + 1, document_id=f"d{at}",
                    document_name=names[at] if names else f"paper-{at}.txt",
                    reference=f"section “{place}”" if headed else place, text=text, n=n, title=title, parts=[0],
                )
            )  # fmt: skip
    return found


def part(question: str, carried: str = "") -> Part:
    return Part(question=question, carried=carried, research=True, arithmetic=True)


def state(question: str, *papers: Paper, names: tuple[str, ...] = (), unread: tuple[str, ...] = ()) -> AnswerState:
    return {
        "parts": [part(question)], "readable": len(papers), "evidence": evidence(*papers, names=names),
        "unread": [*unread],
    }  # fmt: skip
