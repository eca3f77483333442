"""English prose that people upload: a lease, minutes, a firm's profile, an incident, a ship's history, a handbook."""

from collections.abc import Sequence
from random import Random

from bench.trust.notation import ENGLISH
from bench.trust.story import Fact, Section, Story, american, every, money, number, on, past_day, some_day, words
from bench.trust.words import BOAT, CITY, GOODS, STREET, firm, people

_WEEKS = (
    ("four weeks", "4 weeks"),
    ("six weeks", "6 weeks"),
    ("three months", "3 months"),
    ("two months", "2 months"),
    ("90 days",),
)
_SMALL = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}


def _clock(rng: Random) -> tuple[str, tuple[str, ...]]:
    hour, minute = rng.randrange(7, 12), rng.choice((0, 15, 30, 45))
    shown = f"{hour}:{minute:02d}"
    return rng.choice(((f"{shown} a.m.", (shown,)), (f"{hour:02d}:{minute:02d}", (shown, f"{hour:02d}:{minute:02d}"))))


def lease(rng: Random) -> Story:
    landlord, tenant = firm(rng), people(rng, 1)[0]
    place = f"{rng.randrange(2, 90)} {rng.choice(STREET['en'])}"
    city = rng.choice(CITY["en"])
    rent, deposit = money(rng, ENGLISH, 900, 3900), money(rng, ENGLISH, 4000, 9900)
    begin, end = on(some_day(rng, 2022, 2024)), on(some_day(rng, 2027, 2030))
    notice = rng.choice(_WEEKS)
    number_ = f"L-{rng.randrange(2021, 2026)}-{rng.randrange(100, 999)}"
    return Story("en", rng.choice(("lease", "tenancy", "rental-agreement")), "Lease agreement", (
        Section("Parties", (
            Fact(f"The landlord is {landlord} of {city}.", [("who", ["Who is the landlord?", "Who lets the property?"], words(landlord))], "Landlord", f"{landlord} of {city}"),
            Fact(f"The tenant is {tenant}.", [("who", ["Who is the tenant?", "Who rents the property?"], words(tenant))], "Tenant", tenant),
            Fact(f"This agreement has the contract number {number_}.", [("label", ["What is the contract number?", "Which contract number does the agreement have?"], words(number_))], "Contract number", number_),
        )),
        Section("Property and term", (
            Fact(rng.choice(("The property is located at {}.", "The rented property is at {}.")).format(place),
                 [("where", ["Where is the property?", "What is the address of the property?"], words(place))], "Property", place),
            Fact(rng.choice(("The lease begins on {}.", "The lease starts on {}.")).format(begin[0]),
                 [("when", ["When does the lease begin?", "When does the lease start?", "On what date does the lease begin?"], begin[1])], "Start of the lease", begin[0]),
            Fact(f"The lease is valid until {end[0]}.", [("when", ["Until when is the lease valid?", "When does the lease end?"], end[1])], "End of the lease", end[0]),
        )),
        Section("Money", (
            Fact(f"The monthly rent is {rent[0]} pounds.", [("how much", ["How much is the monthly rent?", "What is the monthly rent?", "What is the rent per month?"], rent[1])], "Monthly rent", f"{rent[0]} pounds"),
            Fact(rng.choice(("The tenant pays a deposit of {} pounds.", "A deposit of {} pounds is due before the keys are handed over.")).format(deposit[0]),
                 [("how much", ["How much is the deposit?", "What is the deposit?"], deposit[1])], "Deposit", f"{deposit[0]} pounds"),
            Fact(f"The notice period is {notice[0]}.", [("how much", ["How long is the notice period?", "What is the notice period?"], words(*notice))], "Notice period", notice[0]),
        )),
    ), ("Who insures the property?", "What is the penalty for late payment?", "How many rooms does the property have?", "Is subletting allowed?",
        "What is the tenant's telephone number?", "Who repairs the heating?", "When was the building built?"))  # fmt: skip


def minutes(rng: Random) -> Story:
    chair, clerk, treasurer, other = people(rng, 4)
    held, following = on(some_day(rng)), american(some_day(rng, 2026, 2028))
    place, later = rng.sample(CITY["en"], 2)
    clock, clocks = _clock(rng)
    budget, repair = money(rng, ENGLISH, 12000, 98000, 100), money(rng, ENGLISH, 1100, 9900, 50)
    members = rng.randrange(14, 87)
    items = rng.sample(
        [
            "the annual report",
            "the new roof",
            "membership fees",
            "the summer fair",
            "the election of the board",
            "parking at the hall",
        ],
        4,
    )
    return Story("en", rng.choice(("minutes", "meeting", "board-meeting")), f"Minutes of the {rng.choice(('association', 'club', 'society'))}", (
        Section("Meeting", (
            Fact(f"The meeting took place on {held[0]} in {place}.", [
                ("when", ["When did the meeting take place?", "On which date was the meeting?"], held[1]),
                ("where", ["Where did the meeting take place?", "Where was the meeting held?"], words(place)),
            ]),
            Fact(f"The meeting started at {clock} in the hall.", [("when", ["What time did the meeting start?", "At what time did the meeting start?"], words(*clocks))]),
            Fact(f"{chair} chaired the meeting, and {clerk} kept the minutes.", [
                ("who", ["Who chaired the meeting?", "Who was in the chair?"][:1], words(chair)),
                ("who", ["Who kept the minutes?"], words(clerk)),
            ]),
            Fact(f"{members} members were present.", [("how much", ["How many members were present?"], number(members))]),
        )),
        Section("Agenda", (), [item[0].upper() + item[1:] for item in items], [("list", ["What is on the agenda?", "Which items are on the agenda?"], every(*items))]),
        Section("Decisions", (
            Fact(f"The board approved a budget of {budget[0]} pounds.", [("how much", ["How much is the budget?", "What budget did the board approve?"], budget[1])]),
            Fact(f"{treasurer} was elected treasurer.", [("who", ["Who was elected treasurer?", "Who is the treasurer?"], words(treasurer))]),
            Fact(f"The repair of the roof costs {repair[0]} pounds and is paid by {other}.", [
                ("how much", ["What does the repair of the roof cost?", "How much does the repair of the roof cost?"], repair[1]),
                ("who", ["Who pays for the repair of the roof?", "Who pays the repair of the roof?"], words(other)),
            ]),
        )),
        Section("Next meeting", (
            Fact(f"The next meeting will be held on {following[0]} in {later}.", [
                ("when", ["When is the next meeting?", "When will the next meeting be held?"], following[1]),
                ("where", ["Where will the next meeting be held?", "Where is the next meeting?"], words(later)),
            ]),
        )),
    ), ("Who was absent?", "How long did the meeting last?", "Who seconded the motion?", "What is the club's web address?", "How many members voted against the budget?",
        "Who designed the logo?", "What did the lunch cost?"))  # fmt: skip


def profile(rng: Random) -> Story:
    name = firm(rng)
    founder, director = people(rng, 2)
    seat, branch = rng.sample(CITY["en"], 2)
    founded = on(past_day(rng))
    staff = rng.randrange(41, 980)
    revenue = money(rng, ENGLISH, 210000, 9900000, 1000)
    goods = [f"{one}s" for one in rng.sample(GOODS["en"][:7], 3)]
    return Story("en", rng.choice(("profile", "about-us", "company")), f"About {name}", (
        Section("History", (
            Fact(f"{name} was founded on {founded[0]} by {founder}.", [
                ("when", [f"When was {name} founded?", "When was the company founded?"], founded[1]),
                ("who", [f"Who founded {name}?", f"By whom was {name} founded?"], words(founder)),
            ], "Founded", f"{founded[0]} by {founder}"),
            Fact(f"The head office is in {seat}, and a branch opened in {branch}.", [
                ("where", ["Where is the head office?", "In which town is the head office?"], words(seat)),
            ], "Head office", seat),
        )),
        Section("Today", (
            Fact(f"The managing director is {director}.", [("who", ["Who is the managing director?", f"Who is the managing director of {name}?"], words(director))], "Managing director", director),
            Fact(f"{name} employs {staff} people.", [("how much", [f"How many people does {name} employ?", f"How many people work at {name}?"], number(staff))], "Employees", str(staff)),
            Fact(f"Annual revenue was {revenue[0]} pounds.", [("how much", ["What was the annual revenue?", "How much was the annual revenue?"], revenue[1])], "Annual revenue", f"{revenue[0]} pounds"),
        )),
        Section("Products", (), [one.capitalize() for one in goods], [("list", [f"Which products does {name} sell?", "What are the products?"], every(*goods))]),
    ), ("What is the share price?", "Who owns the company?", f"Which bank does {name} use?", "How much profit was made?", "What is the VAT number?", "Who is the head of marketing?",
        "When was the web site launched?"))  # fmt: skip


def incident(rng: Random) -> Story:
    boat, place = rng.choice(BOAT), rng.choice(CITY["en"])
    skipper, reporter = people(rng, 2)
    when = on(some_day(rng))
    clock, _ = _clock(rng)
    cost = money(rng, ENGLISH, 1100, 48000, 10)
    hurt = rng.choice(list(_SMALL))
    cause = rng.choice(("a broken fuel pump", "a loose bolt", "a worn rope", "a faulty switch"))
    return Story("en", rng.choice(("incident", "accident-report", "damage-report")), "Incident report", (
        Section("What happened", (
            Fact(f"The {boat} ran aground near {place} on {when[0]} at {clock}.", [
                ("where", [f"Where did the {boat} run aground?"], words(place)),
                ("when", [f"When did the {boat} run aground?", f"On what date did the {boat} run aground?"], when[1]),
            ]),
            Fact(f"The cause was {cause}.", [("how much", ["What was the cause?", "What was the cause of the incident?"], words(cause, cause.split(" ", 1)[1]))]),
            Fact(f"{_SMALL[hurt].capitalize()} passengers were injured.", [("how much", ["How many passengers were injured?"], number(hurt))]),
        )),
        Section("Afterwards", (
            Fact(f"The repair costs {cost[0]} pounds.", [("how much", ["How much does the repair cost?", "What does the repair cost?"], cost[1])]),
            Fact(f"The skipper was {skipper}.", [("who", ["Who was the skipper?", f"Who was the skipper of the {boat}?"], words(skipper))]),
            Fact(f"The report was written by {reporter}.", [("who", ["Who wrote the report?", "Who was the report written by?"], words(reporter))]),
        )),
    ), ("How fast was the boat?", "What colour is the boat?", "Who insures the boat?", "Who towed the boat?", "How high were the waves?", "How many lifeboats were there?"))  # fmt: skip


def histories(rng: Random) -> tuple[Sequence[Fact], Sequence[Fact], tuple[str, str]]:
    """Two stories side by side about two ships, and the ships' names."""
    names = rng.sample(BOAT, 2)
    sides = []
    for name in names:
        yard, owner = firm(rng), people(rng, 1)[0]
        port = rng.choice(CITY["en"])
        built, sunk = on(past_day(rng)), on(some_day(rng, 1997, 2010))
        price = money(rng, ENGLISH, 21000, 99000, 100)
        sides.append((
            Fact(f"The ferry {name} was launched on {built[0]} at the yard of {yard}.", [
                ("when", [f"When was the {name} launched?", f"When was the ferry {name} launched?"], built[1]),
                ("who", [f"At whose yard was the {name} launched?", f"Who built the {name}?"][:1], words(yard)),
            ]),
            Fact(f"{owner} bought the {name} for {price[0]} pounds and kept her in {port}.", [
                ("who", [f"Who bought the {name}?"], words(owner)),
                ("how much", [f"For how much was the {name} bought?", f"How much did {owner} pay for the {name}?"], price[1]),
                ("where", [f"Where was the {name} kept?", f"Where did {owner} keep the {name}?"], words(port)),
            ]),
            Fact(f"The {name} was scrapped on {sunk[0]} after a long life.", [("when", [f"When was the {name} scrapped?"], sunk[1])]),
        ))  # fmt: skip
    return sides[0], sides[1], (names[0], names[1])


def handbook(rng: Random) -> Story:
    steps = rng.sample(
        [
            "Close the sea valve",
            "Switch on the bilge pump",
            "Check the oil level",
            "Open the fuel tap",
            "Untie the stern line",
        ],
        4,
    )
    tools = rng.sample(["a torch", "a spanner", "spare fuses", "a first-aid kit", "a fire blanket"], 3)
    contact, chief = people(rng, 2)
    phone = f"0{rng.randrange(1200, 1999)} {rng.randrange(100000, 999999)}"
    interval, pressure = rng.randrange(120, 480, 10), rng.randrange(3, 9)
    temperature = rng.randrange(70, 98)
    return Story("en", rng.choice(("handbook", "manual", "guide")), "Handbook for the engine room", (
        Section("Contact", (
            Fact(f"In an emergency call {contact} on {phone}.", [
                ("who", ["Whom do I call in an emergency?", "Who should be called in an emergency?"], words(contact)),
                ("label", ["What is the number to call in an emergency?", "Which number do I call in an emergency?"], words(phone)),
            ]),
            Fact(f"The chief engineer is {chief}.", [("who", ["Who is the chief engineer?"], words(chief))]),
        )),
        Section("Before starting", (), steps, [("list", ["What has to be done before starting?", "What are the steps before starting?"], every(*steps))]),
        Section("Tools on board", (), [tool.capitalize() for tool in tools], [("list", ["Which tools are on board?", "What tools are on board?"], every(*tools))]),
        Section("Maintenance", (
            Fact(f"Change the oil every {interval} hours.", [("how much", ["How often is the oil changed?", "How often do I have to change the oil?"], number(interval))]),
            Fact(f"The oil pressure must be at least {pressure} bar.", [("how much", ["What must the oil pressure be?", "What is the least oil pressure?"][:1], number(pressure))]),
            Fact(f"The cooling water must not be hotter than {temperature} °C.", [("how much", ["How hot may the cooling water be?", "How hot may the cooling water get?"], number(temperature))]),
        )),
    ), ("Who painted the engine?", "How much does the engine weigh?", "What does a new pump cost?", "When was the engine delivered?", "How many cylinders does the engine have?",
        "Who wrote the handbook?"))  # fmt: skip
