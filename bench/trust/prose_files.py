"""Files that are prose, forms, slides and mails."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from random import Random
from textwrap import fill

from bench.trust import stories_en, stories_other
from bench.trust.notation import ENGLISH, GERMAN
from bench.trust.picking import pick
from bench.trust.question import Nothing, Number, Question, Upload, Words
from bench.trust.story import Fact, Story, number, on, some_day, words
from bench.trust.words import CITY, GOODS, firm, people
from bench.trust.writing import docx, odt, pdf, pptx, rtf, text

Tell = Callable[[Random], Story]


def story_file(
    tell: Tell, kind: str, write: Callable[[Story], bytes], asked: tuple[int, int] = (7, 2)
) -> Callable[[Random], Upload]:
    def build(rng: Random) -> Upload:
        story = tell(rng)
        questions = pick(rng, [*story.questions(rng), story.about_headings(rng)], *asked)
        return Upload(f"{story.stem}.{kind}", kind, write(story), questions)

    return build


def write_txt(story: Story) -> bytes:
    """Wrapped by hand, as people and old programs do."""
    parts = [story.title.upper(), ""]
    for section in story.sections:
        parts += [section.heading, "-" * len(section.heading)]
        if section.facts:
            parts.append(fill(" ".join(fact.sentence for fact in section.facts), 66))
        parts += [f"  - {bullet}" for bullet in section.bullets]
        parts.append("")
    return "\r\n".join("\r\n".join(part.split("\n")) for part in parts).encode()


def _markdown(story: Story) -> bytes:
    parts = [f"# {story.title}"]
    for section in story.sections:
        parts.append(f"## {section.heading}")
        if section.facts:
            parts.append(" ".join(fact.sentence for fact in section.facts))
        if section.bullets:
            parts.append("\n".join(f"* {bullet}" for bullet in section.bullets))
    return ("\n\n".join(parts) + "\n").encode()


def _html(story: Story) -> bytes:
    body = ""
    for section in story.sections:
        body += f"<h2>{section.heading}</h2>\n" + "".join(f"<p>{fact.sentence}</p>\n" for fact in section.facts)
        body += text.html_list(section.bullets) if section.bullets else ""
    return text.html_page(story.title, body, story.language)


def _odt(story: Story) -> bytes:
    body = [odt.heading(story.title)]
    for section in story.sections:
        body += [odt.heading(section.heading, 2), *(odt.plain(fact.sentence) for fact in section.facts)]
        body += [odt.bullets(section.bullets)] if section.bullets else []
    return odt.document(body)


def _rtf(story: Story) -> bytes:
    body = [rtf.heading(story.title)]
    for section in story.sections:
        body += [rtf.heading(section.heading), *(rtf.plain(fact.sentence) for fact in section.facts)]
        body += [rtf.bullets(section.bullets)] if section.bullets else []
    return rtf.document(body)


def write_docx(story: Story) -> bytes:
    body = [docx.plain(story.title, "Title")]
    for section in story.sections:
        body.append(docx.plain(section.heading, "Heading1"))
        body += [docx.plain(fact.sentence) for fact in section.facts]
        body += [docx.plain(bullet, "ListBullet") for bullet in section.bullets]
    return docx.document(body)


def _pdf(story: Story) -> bytes:
    page = pdf.Page()
    page.title(story.title)
    for section in story.sections:
        page.text(section.heading)
        if section.facts:
            page.text(" ".join(fact.sentence for fact in section.facts))
        for bullet in section.bullets:
            page.text(f"• {bullet}")
    return pdf.document([page])


def _pptx(story: Story) -> bytes:
    slides = [pptx.Slide(story.title, ["Presentation to the board"])]
    slides += [
        pptx.Slide(section.heading, [*(fact.sentence for fact in section.facts), *section.bullets])
        for section in story.sections
    ]
    return pptx.deck(slides)


def _labelled(story: Story) -> list[Fact]:
    return [fact for fact in story.facts if fact.label]


def _pairs(story: Story) -> list[tuple[str, str]]:
    return [(fact.label, fact.value) for fact in _labelled(story)]


def pairs_file(
    tell: Tell, kind: str, write: Callable[[Story], bytes], asked: tuple[int, int] = (6, 2)
) -> Callable[[Random], Upload]:
    """The facts as labels and values instead of sentences."""

    def build(rng: Random) -> Upload:
        story = tell(rng)
        mixed = (_mixed_up(story),)
        known = [question for fact in _labelled(story) for question in fact.questions(rng, story.language, mixed)]
        by_label = {
            "en": "What does “{}” say?",
            "de": "Was steht bei „{}“?",
            "fr": "Qu’est-ce qui est indiqué pour « {} » ?",
        }[story.language]
        fact = rng.choice(_labelled(story))
        known.append(Question(by_label.format(fact.label), "label", Words((fact.value,)), story.language, mixed))
        questions = pick(rng, known + story.unanswered(rng, asked[1]), *asked)
        return Upload(f"{story.stem}-form.{kind}", kind, write(story), questions)

    return build


def _mixed_up(story: Story) -> Words:
    """What comes of reading a table of labels and values as one with a head: labels as the values of labels."""
    sides = zip(*_pairs(story), strict=True)
    return Words(tuple(f"{one}: {other}" for side in sides for one, other in permutations(side, 2)))


def _docx_pairs(story: Story) -> bytes:
    return docx.document([docx.plain(story.title, "Title"), docx.table(_pairs(story))])


def _docx_nested(story: Story) -> bytes:
    """Each pair in a table of its own, within the cells of another."""
    pairs = _pairs(story)
    half = len(pairs) // 2
    return docx.document([
        docx.plain(story.title, "Title"), docx.table([[docx.table(pairs[:half]), docx.table(pairs[half:])]]),
    ])  # fmt: skip


def _html_pairs(story: Story) -> bytes:
    return text.html_page(story.title, text.html_pairs(_pairs(story)), story.language)


def _pdf_pairs(story: Story) -> bytes:
    page = pdf.Page()
    page.title(story.title)
    for label, value in _pairs(story):
        page.pair(f"{label}:", value)
    return pdf.document([page])


def _pdf_form(story: Story) -> bytes:
    page = pdf.Page()
    page.title(story.title)
    for at, (label, value) in enumerate(_pairs(story)):
        page.field(f"{label}:", f"field{at}", value)
    return pdf.document([page])


def _txt_pairs(story: Story) -> bytes:
    return "".join([f"{story.title}\r\n\r\n", *(f"{label}: {value}\r\n" for label, value in _pairs(story))]).encode()


def tracked(rng: Random) -> Upload:
    """A lease in which somebody changed values with Word's tracked changes: what was deleted no longer holds."""
    story, before = stories_en.lease(rng), stories_en.lease(rng)
    body, questions = [docx.plain(story.title, "Title")], []
    changed = set(rng.sample([fact.label for fact in story.facts], 6))
    for at, (fact, old) in enumerate(zip(story.facts, before.facts, strict=True)):
        now, was = _value(fact), _value(old)
        begin, found, end = fact.sentence.partition(now)
        if fact.label in changed and now != was and found:
            pieces = [docx.run(begin), docx.deleted(was, 100 + at), docx.inserted(now, 200 + at), docx.run(end)]
            questions += fact.questions(rng, "en", false=(Words((was,)),))
        else:
            pieces = [docx.run(fact.sentence)]
        body.append(docx.paragraph(*pieces))
    asked = pick(rng, questions, 7, 0) + story.unanswered(rng, 2)
    return Upload(f"{story.stem}-tracked.docx", "docx", docx.document(body), asked)


def _value(fact: Fact) -> str:
    """The value as the sentence has it."""
    return fact.value.split(" of ")[0].split(" pounds")[0]


def controls(rng: Random) -> Upload:
    """Values in content controls and fields."""
    story = stories_en.lease(rng)
    body = [docx.plain(story.title, "Title")]
    for at, fact in enumerate(story.facts):
        begin, found, end = fact.sentence.partition(_value(fact))
        inner = (
            docx.control(found, fact.label)
            if at % 2
            else docx.field(found, f"DOCPROPERTY {fact.label.replace(' ', '')}")
        )
        body.append(docx.paragraph(docx.run(begin), inner, docx.run(end)))
    return Upload(f"{story.stem}-controls.docx", "docx", docx.document(body), pick(rng, story.questions(rng), 8, 2))


def margins(rng: Random) -> Upload:
    """Facts in the header, the footer, footnotes and a text box."""
    story = stories_en.lease(rng)
    facts = {fact.label: fact for fact in story.facts}
    hidden = rng.sample([fact.label for fact in story.facts], 5)
    header, footer, first, second, boxed = (facts[label] for label in hidden)
    body = [docx.plain(story.title, "Title")]
    body += [docx.plain(fact.sentence) for fact in story.facts if fact.label not in hidden]
    body.append(docx.paragraph(docx.run("Details are given below."), docx.footnote_mark(1), docx.footnote_mark(2)))
    body.append(docx.box(boxed.sentence))
    content = docx.document(
        body, header=header.sentence, footer=footer.sentence, footnotes=[first.sentence, second.sentence]
    )
    asked = [question for label in hidden for question in facts[label].questions(rng, "en")]
    return Upload(f"{story.stem}-margins.docx", "docx", content, asked + story.unanswered(rng, 2))


def columns(rng: Random) -> Upload:
    left, right, names = stories_en.histories(rng)
    page = pdf.Page()
    page.title("From the history of two ferries")
    page.columns([fact.sentence for fact in left], [fact.sentence for fact in right])
    asked = []
    for side, other in ((left, names[1]), (right, names[0])):
        for fact in side:
            asked += [_apart(question, other) for question in fact.questions(rng, "en")]
    missing = [
        f"How long was the {names[0]}?",
        f"Who was the captain of the {names[1]}?",
        f"How many passengers did the {names[0]} carry?",
    ]
    questions = pick(rng, asked, 9, 0) + [Question(one, "unanswerable", Nothing()) for one in missing]
    return Upload(f"{rng.choice(('ferries', 'newsletter'))}.pdf", "pdf", pdf.document([page]), questions)


def _apart(question: Question, other: str) -> Question:
    return Question(question.text, question.kind, question.right, apart=(other,))


def scans(rng: Random) -> Upload:
    """A first page with text; the others are pictures."""
    story, lease = stories_en.incident(rng), stories_en.lease(rng)
    page = pdf.Page()
    page.title(story.title)
    for section in story.sections:
        page.text(" ".join(fact.sentence for fact in section.facts))
    pages = [page]
    for section in lease.sections:
        picture = pdf.Page()
        picture.scan([section.heading, *(fact.sentence for fact in section.facts)])
        pages.append(picture)
    unread = [question for fact in lease.facts for question in fact.questions(rng, "en")]
    asked = [Question(question.text, "unreadable", Nothing(unreadable=True)) for question in rng.sample(unread, 4)]
    questions = pick(rng, story.questions(rng, 0), 5, 0) + asked
    return Upload(f"{story.stem}-scanned.pdf", "pdf", pdf.document(pages), questions)


def only_scan(rng: Random) -> Upload:
    lease = stories_en.lease(rng)
    page = pdf.Page()
    page.scan([lease.title, *(fact.sentence for fact in lease.facts)])
    asked = [question for fact in lease.facts for question in fact.questions(rng, "en")]
    questions = [Question(question.text, "unreadable", Nothing(unreadable=True)) for question in rng.sample(asked, 3)]
    return Upload("scan.pdf", "pdf", pdf.document([page]), questions)


def receipt(rng: Random) -> Upload:
    goods = rng.sample(GOODS["en"], 4)
    prices = [Decimal(rng.randrange(300, 9000)) / 100 for _ in goods]
    subtotal = sum(prices, Decimal(0))
    tax = (subtotal * Decimal("0.2")).quantize(Decimal("0.01"))
    total, moment = subtotal + tax, some_day(rng, 2024, 2026)
    shop, cashier, clerk = firm(rng), rng.randrange(3, 40), people(rng, 1)[0]
    bill = f"{rng.randrange(10**6, 10**7)}"
    page = pdf.Page()
    page.title(shop.upper())
    page.text(f"{rng.randrange(2, 80)} Market Street, {rng.choice(CITY['en'])}")
    for label, value in (
        ("Receipt no.", bill),
        ("Date", f"{moment:%d %B %Y}"),
        ("Till", str(cashier)),
        ("Served by", clerk),
    ):
        page.pair(label, value)
    for good, price in zip(goods, prices, strict=True):
        page.pair(good.capitalize(), f"£{ENGLISH.write(price)}")
    for label, sum_ in (
        ("Subtotal", subtotal),
        ("VAT 20%", tax),
        (rng.choice(("Total", "TOTAL", "Amount due")), total),
    ):
        page.pair(label, f"£{ENGLISH.write(sum_)}")
    at = rng.randrange(4)
    questions = [
        Question(
            rng.choice(("What is the total?", "How much is to be paid?", "What is the total amount?")),
            "label",
            Number(total),
            false=(Number(total * 2),),
        ),
        Question("What is the subtotal?", "label", Number(subtotal)),
        Question(rng.choice(("How much is the VAT?", "How much VAT is included?")), "label", Number(tax)),
        Question(
            rng.choice((f"What does the {goods[at]} cost?", f"What is the price of the {goods[at]}?")),
            "label",
            Number(prices[at]),
        ),
        Question(
            rng.choice(("What is the receipt number?", "Which number does the receipt have?")), "label", words(bill)
        ),
        Question("Who served the customer?", "who", words(clerk)),
        Question("When was the receipt issued?", "when", on(moment)[1]),
        Question("How was it paid?", "unanswerable", Nothing()),
        Question("What is the customer's name?", "unanswerable", Nothing()),
        Question(
            f"What does the {rng.choice([one for one in GOODS['en'] if one not in goods])} cost?",
            "unanswerable",
            Nothing(),
        ),
    ]
    return Upload("receipt.pdf", "pdf", pdf.document([page]), questions)


def _answered_mail(rng: Random) -> tuple[dict[str, str], date, str, str, list[Question]]:
    """A reply above the mail that it answers: head, day, new text, old text, and questions about the new one."""
    sender, receiver, third = people(rng, 3)
    moment = some_day(rng, 2025, 2026)
    old, new, call = (
        moment + timedelta(days=rng.randrange(20, 40)),
        moment + timedelta(days=rng.randrange(41, 90)),
        rng.randrange(1, 29),
    )
    was, now = rng.sample(range(210, 990, 10), 2)
    berth = rng.randrange(3, 60)
    head = {"From": sender, "To": receiver, "Subject": f"Re: Berth {berth}"}
    reply = (
        f"Hello {receiver.split()[0]},\n\nberth {berth} is free from {new.day} {new:%B}. The price is {now} pounds a month.\n"
        f"{third} has the key. Please call before the {call}th.\n\nKind regards\n{sender}\n"
    )
    quoted = (
        f"On {moment.day} {moment:%B %Y} {receiver} wrote:\n> Is berth {berth} free from {old.day} {old:%B}, and is the price still {was} pounds?\n"
        f"> Regards\n> {receiver}\n"
    )
    written = f"{new.day} {new:%B}"
    questions = [
        Question(rng.choice((f"From when is berth {berth} free?", f"When is berth {berth} free?")), "when", Words((written, f"{new:%B} {new.day}")), false=(Words((f"from {old.day} {old:%B}",)),)),
        Question(rng.choice(("What is the price a month?", f"What is the monthly price of berth {berth}?")), "how much", number(now), false=(number(was),)),
        Question(rng.choice(("Who sent the mail?", "Who wrote the mail?", "Who is the sender of the mail?")), "who", words(sender), rivals=(receiver,)),
        Question(rng.choice(("Who has the key?",)), "who", words(third)),
        Question("Who received the mail?", "who", words(receiver), rivals=(sender,)),
        Question("What is the subject of the mail?", "label", words(f"Berth {berth}")),
        Question("What is the depth of the berth?", "unanswerable", Nothing()),
        Question("Who owns the harbour?", "unanswerable", Nothing()),
    ]  # fmt: skip
    return head, moment + timedelta(days=rng.randrange(1, 12)), reply, quoted, questions


def reply_mail(rng: Random) -> Upload:
    head, moment, reply, quoted, questions = _answered_mail(rng)
    sent = Question(rng.choice(("When was the mail sent?", "On which date was the mail sent?")), "when", on(moment)[1])
    content = text.mail(head["From"], head["To"], head["Subject"], moment, f"{reply}\n{quoted}")
    return Upload("reply.eml", "eml", content, [*questions, sent])


def web_mail(rng: Random) -> Upload:
    head, moment, reply, quoted, questions = _answered_mail(rng)
    page = "".join(f"<p>{line}</p>" for line in reply.splitlines() if line)
    old = "<br>".join(quoted.replace("> ", "").splitlines())
    html = f"<html><body>{page}<blockquote type='cite'>{old}</blockquote></body></html>"
    content = text.mail(head["From"], head["To"], head["Subject"], moment, f"{reply}\n{quoted}", html)
    return Upload("answer.eml", "eml", content, questions)


def saved_mail(rng: Random) -> Upload:
    """A mail as somebody saved it: as text."""
    head, moment, reply, quoted, questions = _answered_mail(rng)
    head["Date"] = f"{moment:%d %B %Y} 09:14"
    lines = "".join(f"{name}: {value}\n" for name, value in head.items())
    return Upload("mail.txt", "txt", f"{lines}\n{reply}\n{quoted}".encode(), questions)


def german_offer(rng: Random) -> Upload:
    """A German offer with English questions about it: numbers and dates in German, labels in another language."""
    page = pdf.Page()
    seller, buyer = firm(rng, "de"), people(rng, 1, "de")[0]
    net = Decimal(rng.randrange(110000, 990000)) / 100
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    name, moment = f"AN-{rng.randrange(10000, 99999)}", some_day(rng, 2024, 2026)
    page.title("Angebot")
    for label, value in (
        ("Angebotsnummer:", name), ("Datum:", f"{moment:%d.%m.%Y}"), ("Anbieter:", seller), ("Kunde:", buyer),
        ("Nettobetrag:", f"{GERMAN.write(net)} €"), ("Mehrwertsteuer 19 %:", f"{GERMAN.write(tax)} €"), ("Gesamtbetrag:", f"{GERMAN.write(net + tax)} €"),
    ):  # fmt: skip
        page.pair(label, value)
    questions = [
        Question("Wie hoch ist der Gesamtbetrag?", "label", Number(net + tax), "de"),
        Question("Wie hoch ist der Nettobetrag?", "label", Number(net), "de"),
        Question(
            rng.choice(("Wie lautet die Angebotsnummer?", "Welche Angebotsnummer hat das Angebot?")),
            "label",
            words(name),
            "de",
        ),
        Question("Wer ist der Kunde?", "who", words(buyer), "de"),
        Question(
            rng.choice(("Von welchem Datum ist das Angebot?", "Welches Datum hat das Angebot?")),
            "when",
            on(moment)[1],
            "de",
        ),
        Question("Bis wann gilt das Angebot?", "unanswerable", Nothing(), "de"),
        Question("Wie hoch ist der Rabatt?", "unanswerable", Nothing(), "de"),
    ]
    return Upload("angebot.pdf", "pdf", pdf.document([page]), questions)


BUILDERS: dict[str, Callable[[Random], Upload]] = {
    "lease with tracked changes": tracked,
    "lease with controls and fields": controls,
    "lease in the margins": margins,
    "lease as labels": pairs_file(stories_en.lease, "docx", _docx_pairs),
    "lease in nested tables": pairs_file(stories_en.lease, "docx", _docx_nested),
    "profile as labels": pairs_file(stories_en.profile, "html", _html_pairs),
    "profile as lines": pairs_file(stories_en.profile, "txt", _txt_pairs),
    "lease as a form": pairs_file(stories_en.lease, "pdf", _pdf_form),
    "lease as printed labels": pairs_file(stories_en.lease, "pdf", _pdf_pairs),
    "German lease as labels": pairs_file(stories_other.mietvertrag, "docx", _docx_pairs),
    "French lease as labels": pairs_file(stories_other.contrat, "html", _html_pairs),
    "minutes as text": story_file(stories_en.minutes, "txt", write_txt),
    "minutes": story_file(stories_en.minutes, "odt", _odt),
    "minutes as Word": story_file(stories_en.minutes, "docx", write_docx),
    "profile in Markdown": story_file(stories_en.profile, "md", _markdown),
    "profile as slides": story_file(stories_en.profile, "pptx", _pptx),
    "incident": story_file(stories_en.incident, "rtf", _rtf),
    "incident on a page": story_file(stories_en.incident, "pdf", _pdf),
    "handbook": story_file(stories_en.handbook, "html", _html, (8, 3)),
    "handbook in Markdown": story_file(stories_en.handbook, "md", _markdown, (8, 3)),
    "German lease": story_file(stories_other.mietvertrag, "txt", write_txt),
    "German minutes": story_file(stories_other.protokoll, "docx", write_docx),
    "French lease": story_file(stories_other.contrat, "docx", write_docx),
    "French minutes": story_file(stories_other.compte_rendu, "odt", _odt),
    "ferries in two columns": columns,
    "pages that are scans": scans,
    "only a scan": only_scan,
    "receipt": receipt,
    "reply": reply_mail,
    "reply with HTML": web_mail,
    "saved mail": saved_mail,
    "German offer": german_offer,
}
