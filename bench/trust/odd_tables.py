"""Tables that mislead: several currencies and units in a column, dates that can be read twice, bookings, numbers that are
none."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bench.trust import words
from bench.trust.notation import ENGLISH, GERMAN, MONTHS, PLAIN
from bench.trust.question import Every, Nothing, Number, Question, Readings, Upload, Words
from bench.trust.story import number
from bench.trust.writing import text


def currencies(rng: Random) -> Upload:
    signs = rng.sample(("€", "$", "£"), 2)
    goods = rng.sample(words.GOODS["en"], 8)
    prices = [(rng.choice(signs) if at > 1 else signs[at], Decimal(rng.randrange(400, 29000)) / 100) for at in range(8)]
    sums = {sign: sum((price for one, price in prices if one == sign), Decimal(0)) for sign in signs}
    rows = [
        ["Article", "Price"],
        *([good, f"{sign}{price}"] for good, (sign, price) in zip(goods, prices, strict=True)),
    ]
    told = Readings((Every(tuple(Number(value) for value in sums.values())),), ("currenc", "€", "$", "£"))
    at = rng.randrange(8)
    questions = [
        Question(
            rng.choice(
                ("What is the total price?", "What do all articles cost together?", "What is the sum of the prices?")
            ),
            "ambiguous",
            told,
        ),
        Question("What is the average price?", "ambiguous", Readings((_means(prices),), ("currenc", "€", "$", "£"))),
        Question(
            rng.choice((f"What is the price of the {goods[at]}?", f"How much is the {goods[at]}?")),
            "lookup",
            Number(prices[at][1]),
        ),
        Question(rng.choice(("How many articles are there?", "How many articles are listed?")), "count", number(8)),
        Question(f"What is the price of the {_other(rng, goods)}?", "unanswerable", Nothing()),
        Question("Who sells the articles?", "unanswerable", Nothing()),
        Question("What is the exchange rate?", "unanswerable", Nothing()),
    ]
    return Upload(f"{rng.choice(('prices', 'price-list'))}.csv", "csv", text.separated(rows), questions, PLAIN.name)


def _means(prices: list[tuple[str, Decimal]]) -> Every:
    of = {sign: [price for one, price in prices if one == sign] for sign, _ in prices}
    return Every(tuple(Number(sum(values, Decimal(0)) / len(values), rounded=True) for values in of.values()))


def _other(rng: Random, taken: list[str]) -> str:
    return rng.choice([good for good in words.GOODS["en"] if good not in taken])


def units(rng: Random) -> Upload:
    """Weights in kilograms and in grams."""
    goods = rng.sample(words.GOODS["en"], 7)
    grams = [rng.randrange(1100, 9000, 50) if at % 2 else rng.randrange(100, 950, 10) for at in range(7)]
    written = [f"{Decimal(weight) / 1000} kg" if weight > 1000 else f"{weight} g" for weight in grams]
    total = sum(grams)
    sums = {
        "kg": sum(weight for weight in grams if weight > 1000),
        "g": sum(weight for weight in grams if weight <= 1000),
    }
    both = Every((Number(Decimal(sums["kg"]) / 1000), Number(Decimal(sums["g"]))))
    rows = [["Article", "Weight"], *map(list, zip(goods, written, strict=True))]
    heaviest = goods[grams.index(max(grams))]
    told = Readings((Number(Decimal(total) / 1000), Number(Decimal(total)), both), ("unit", "kg", "differ"))
    questions = [
        Question(rng.choice(("What is the total weight?", "What do the articles weigh together?")), "ambiguous", told),
        Question(rng.choice(("Which article is the heaviest?", "Which article has the highest weight?")), "highest", Words((heaviest,)),
                 rivals=tuple(good for good in goods if good != heaviest)),
        Question(f"What is the weight of the {goods[1]}?", "lookup", Words((written[1], written[1].replace(" ", "")))),
        Question("How many articles are there?", "count", number(7)),
        Question("What is the total volume?", "unanswerable", Nothing()),
        Question(f"What is the weight of the {_other(rng, goods)}?", "unanswerable", Nothing()),
    ]  # fmt: skip
    return Upload(f"{rng.choice(('weights', 'shipping'))}.csv", "csv", text.separated(rows), questions, "units")


def either_dates(rng: Random) -> Upload:
    """Dates that may begin with the day or with the month."""
    year = rng.choice((2024, 2025))
    while True:
        days = [(rng.randrange(1, 8), rng.randrange(1, 8), rng.randrange(11, 90)) for _ in range(9)]
        first, second = rng.randrange(1, 8), rng.randrange(1, 8)
        as_month = [sum(n for one, _, n in days if one == month) for month in (first, second)]
        as_day = [sum(n for _, two, n in days if two == month) for month in (first, second)]
        if first != second and all(as_month + as_day) and as_month[0] != as_day[0] and as_month[1] != as_day[1]:
            break
    boats = rng.sample(words.BOAT, 3)
    rows = [
        ["Date", "Boat", "Passengers"],
        *([f"{one:02d}/{two:02d}/{year}", boats[at % 3], str(n)] for at, (one, two, n) in enumerate(days)),
    ]
    names = [f"{MONTHS['en'][month - 1]} {year}" for month in (first, second)]
    total = sum(n for *_, n in days)
    questions = [
        Question(rng.choice((f"How many passengers were there in {names[0]}?", f"What is the total number of passengers in {names[0]}?")), "ambiguous",
                 Readings((number(as_month[0]), number(as_day[0])), ("ambiguous", "day first", "month first", "two ways", "either"))),
        Question(f"What was the total passengers in {names[1]}?", "ambiguous",
                 Readings((number(as_month[1]), number(as_day[1])), ("ambiguous", "day first", "month first", "two ways", "either"))),
        Question(rng.choice(("What is the total number of passengers?", "How many passengers were there in total?")), "sum", number(total)),
        Question(f"How many passengers did the {boats[1]} carry in total?", "sum", number(sum(n for at, (*_, n) in enumerate(days) if at % 3 == 1))),
        Question("Who was the captain?", "unanswerable", Nothing()),
        Question(f"How many passengers were there in {year - 20}?", "unanswerable", Nothing(zero=True)),
    ]  # fmt: skip
    return Upload(f"{rng.choice(('crossings', 'rides'))}.csv", "csv", text.separated(rows), questions, PLAIN.name)


def bank(rng: Random) -> Upload:
    """A German bank's statement with English headings."""
    balance = Decimal(rng.randrange(200000, 700000)) / 100
    moment, rows, amounts = date(2025, rng.randrange(1, 9), 1), [["Booking date", "Text", "Amount", "Balance"]], []
    shops = rng.sample(
        ("Salary", "Rent", "Electricity", "Groceries", "Insurance", "Book shop", "Pharmacy", "Garden centre"), 8
    )
    for name in shops:
        cents = rng.randrange(1100, 98000) * (-1 if name != "Salary" else 4)
        amounts.append(Decimal(cents) / 100)
        balance += amounts[-1]
        moment += timedelta(days=rng.randrange(1, 5))
        rows.append([f"{moment:%d.%m.%Y}", name, GERMAN.write(amounts[-1]), GERMAN.write(balance)])
    spent = -sum((amount for amount in amounts if amount < 0), Decimal(0))
    at = rng.choice([at for at, amount in enumerate(amounts) if amount < 0])
    dearest = shops[amounts.index(min(amounts))]
    questions = [
        Question(rng.choice(("How many bookings are there?", "How many bookings are listed?")), "count", number(8)),
        Question(
            rng.choice(("How much was spent in total?", "How much money was spent altogether?")),
            "sum",
            Number(spent, signless=True),
        ),
        Question(
            rng.choice((f"How much was paid for {shops[at].lower()}?", f"What is the amount of {shops[at]}?")),
            "lookup",
            Number(-amounts[at], signless=True),
        ),
        Question("What is the balance at the end?", "lookup", Number(balance)),
        Question("What is the total amount?", "sum", Number(sum(amounts, Decimal(0)))),
        Question("What was the most money spent on?", "highest", Words((dearest,)), rivals=("Salary",)),
        Question("What is the interest rate?", "unanswerable", Nothing()),
        Question("How much was spent on holidays?", "unanswerable", Nothing(zero=True)),
        Question("Who is the owner of the account?", "unanswerable", Nothing()),
    ]
    return Upload(
        f"{rng.choice(('statement', 'bank', 'giro'))}.csv", "csv", text.separated(rows, ";"), questions, GERMAN.name
    )


def contacts(rng: Random) -> Upload:
    """Numbers that nobody adds up: telephones, postcodes with leading zeros."""
    names = words.people(rng, 8, "de")
    cities = [rng.choice(words.CITY["de"][:4]) for _ in names]
    codes = [f"0{rng.randrange(1000, 9999)}" for _ in names]
    phones = [f"0{rng.randrange(30, 99)}1 {rng.randrange(100000, 999999)}" for _ in names]
    rows = [["Name", "Telephone", "Postcode", "City"], *map(list, zip(names, phones, codes, cities, strict=True))]
    at, of, city = rng.randrange(8), rng.randrange(8), rng.choice(cities)
    stranger = rng.choice(words.LAST["en"])
    questions = [
        Question(rng.choice((f"What is the telephone number of {names[at]}?", f"What is {names[at]}'s telephone number?")), "lookup", Words((phones[at], phones[at].replace(" ", ""))),
                 rivals=tuple(phone for phone in phones if phone != phones[at])),
        Question(f"What is the postcode of {names[of]}?", "lookup", Words((codes[of],)), rivals=tuple({*codes} - {codes[of]})),
        Question(f"Where does {names[of]} live?", "lookup", Words((cities[of],))),
        Question(rng.choice(("How many contacts are there?", "How many people are in the list?")), "count", number(8)),
        Question(rng.choice((f"How many people live in {city}?", f"How many contacts are in {city}?")), "count", number(cities.count(city))),
        Question(rng.choice(("How many cities are there?", "How many different cities are there?")), "distinct", number(len(set(cities)))),
        Question(f"Who has the telephone number {phones[of]}?", "lookup", Words((names[of],)), rivals=tuple({*names} - {names[of]})),
        Question(f"What is the telephone number of {stranger}?", "unanswerable", Nothing()),
        Question(f"What is the e-mail address of {names[at]}?", "unanswerable", Nothing()),
        Question(f"How old is {names[of]}?", "unanswerable", Nothing()),
    ]  # fmt: skip
    return Upload(
        f"{rng.choice(('contacts', 'addresses', 'phones'))}.csv",
        "csv",
        text.separated(rows, ";", "cp1252"),
        questions,
        "text",
    )


def years(rng: Random) -> Upload:
    first, count = rng.randrange(2008, 2014), rng.randrange(7, 11)
    visitors = rng.sample(range(11000, 99000), count)
    every = list(range(first, first + count))
    rows = [
        ["Year", "Visitors"],
        *([str(year), ENGLISH.write(Decimal(n), 0)] for year, n in zip(every, visitors, strict=True)),
    ]
    best, worst, at = every[visitors.index(max(visitors))], every[visitors.index(min(visitors))], rng.randrange(count)

    def rivals(year: int) -> tuple[str, ...]:
        return tuple(str(other) for other in every if other != year)

    questions = [
        Question(rng.choice(("In which year were there the most visitors?", "Which year had the most visitors?")), "most", Words((str(best),)), rivals=rivals(best), because=number(max(visitors))),
        Question("Which year had the fewest visitors?", "most", Words((str(worst),)), rivals=rivals(worst), because=number(min(visitors))),
        Question(rng.choice((f"How many visitors were there in {every[at]}?", f"How many visitors came in {every[at]}?")), "lookup", number(visitors[at])),
        Question(rng.choice(("How many visitors were there in total?", "What is the total number of visitors?")), "sum", number(sum(visitors))),
        Question(rng.choice(("How many years are listed?", "How many years does the table cover?")), "count", number(count)),
        Question("How many visitors were there per year on average?", "average", Number(Decimal(sum(visitors)) / count, rounded=True)),
        Question(f"How many visitors came in {first - 12}?", "unanswerable", Nothing()),
        Question("How much did a ticket cost?", "unanswerable", Nothing()),
    ]  # fmt: skip
    return Upload(f"{rng.choice(('visitors', 'museum'))}.csv", "csv", text.separated(rows), questions, ENGLISH.name)


BUILDERS: dict[str, Callable[[Random], Upload]] = {
    "currencies": currencies,
    "units": units,
    "dates that can be read twice": either_dates,
    "bank": bank,
    "contacts": contacts,
    "years": years,
}
