"""How one asks in English, and which words mean nearly the same."""

from agents.extraction.phrasebooks.phrasebook import Phrasebook, Wanted
from agents.text.lexicon import ENGLISH

_MONEY = (
    "price|cost|costs|fee|fees|fare|rent|charge|premium|salary|wage|budget|turnover|revenue|profit|loss|deposit|fine|"
    "penalty|discount|tax|invoice amount|total amount|grand total|net amount|gross amount|amount|sum|balance|donation"
)
_MEASURE = (
    "number of|percentage|share|size|length|depth|height|weight|width|speed|temperature|capacity|limit|maximum|minimum|"
    "distance|area|age|power|rate|interest rate|quantity|volume|dose|dosage|score|quorum|average|mean"
)
_OWNER = "(?:the |our |my |their |its )?"
_UNITS = "days|weeks|months|years|hours|minutes|seconds|working days|nights"
_DAYS = "dates?|days?|months?|year|week|weekdays?"
_SIZES = "much|high|large|big|tall|wide|deep|heavy|fast|strong|hot|cold|warm|far|old|great|small|loud"
_PLACES = "place|port|harbou?r|city|town|country|countries|room|building|venue|region|street"
_NOT_A_THING = "do|does|did|has|have|can|will|should|must|happen\\w*"

_FILE = "(?:the|this) (?:document|file|text|paper|page)"

_ASKING: tuple[tuple[Wanted, str], ...] = (
    ("heading", r"^what (?:does|is (?:given|stated) (?:for|at|under)) [“\"'](?P<kept>[^”\"']+)[”\"'](?: say)?$"),
    ("title", rf"^(?:what|which) (?:is|'s) the (?:title|name) of {_FILE}$"),
    ("title", rf"^(?:what|how) is {_FILE} (?:called|named|titled)$"),
    ("title", rf"^what title does {_FILE} have$"),
    ("headings", rf"^(?:what|which) (?:are the )?(?:headings|sections|chapters)\b.*\b{_FILE}\b"),
    ("phone", r"\bnumber (?:to|(?:do|should|can|must|may) (?:i|we|you)) (?:call|ring|dial|phone)\b"),
    ("phone", r"\b(?:(?:mobile |cell )?(?:phone|telephone)(?: number)?|(?:mobile|cell|fax) number)\b(?! bill| cost)"),
    ("email", r"\b(?:e-?mail|mail) address\b"),
    ("email", r"^what(?: is|'s) .*\be-?mail$"),
    ("place", r"^what(?:'s| is| was) (?P<kept>(?:the |your |our )?(?:\w+ )?address)\b"),
    ("time", r"^(?:(?:by|from|until|till|at|since) )?(?:what|which) time\b"),
    ("time", r"^what is the time of\b"),
    ("date", rf"^(?:(?:by|from|until|till|since|as of|on|in) )?(?:when|(?:what|which) (?:exact )?(?:{_DAYS}))\b"),
    ("date", r"^what (?:is|was) the (?:exact )?date (?:of|for)\b"),
    ("date", r"\bhow long ago\b"),
    ("duration", rf"^(?:for |within |in )?how (?:long|much time|far in advance|many (?P<unit>{_UNITS}))\b"),
    ("duration", r"^how often\b"),
    ("duration", r"^(?:what|which) (?:is|was) (?P<kept>.*\b(?:notice|warranty|guarantee|trial|probation|delivery) "
                 r"(?:period|time)\b.*)$"),
    ("count", r"^(?:in |of |for |at |to |with |from |by )?how many\b"),
    ("count", r"^what (?:is|was) the (?:total )?number of\b"),
    ("money", r"^(?:how much|what) (?:does|do|did|will|would|is|are|was|were) (?P<kept>.*\bcosts?)$"),
    ("money", r"^(?:how much|what) (?:does|do|did|will|would|must|should|has|have) "
              r"(?P<kept>.*\b(?:cost|pay|paid|earn|charge|owe)\b.*)$"),
    ("money", r"^(?:what|which|how (?:high|large|big|much)) (?:is|are|was|were) "
              rf"(?P<kept>{_OWNER}(?:[\w-]+ ){{0,3}}(?:{_MONEY})\b.*)$"),
    ("money", r"^how expensive\b"),
    ("amount", rf"^(?:at |to |by |in )?how (?:{_SIZES})\b"),
    ("amount", rf"^(?:what|which) (?:is|are|was|were) (?P<kept>{_OWNER}(?:[\w-]+ ){{0,2}}(?:{_MEASURE})\b.*)$"),
    ("amount", r"^(?:up to |at least |at most )?(?:what|which) amount\b"),
    ("amount", r"^at (?:what|which) (?P<kept>temperature|speed|price|rate|age|height|depth)\b"),
    ("amount", r"^what (?P<kept>size|percentage|share)\b"),
    ("person", r"^(?:to |by |with |for |from |of |about )?who(?:m|se)?\b"),
    ("person", r"^(?:what|which) (?:person|people|team member|members)\b"),
    ("place", r"^(?:from |to )?where\b"),
    ("place", rf"^(?:in |at |on |to |from )?(?:what|which) (?:{_PLACES})\b"),
    ("reason", r"^why\b"),
    ("reason", r"^for what reason\b"),
    ("reason", r"^what (?:is|was|were|are) the reasons?\b(?: for| of| why)?"),
    ("reason", r"^what caused\b"),
    ("reason", r"^how come\b"),
    ("manner", r"^how (?:do|does|did|can|could|to|should|must|may|is|are|was|were|will|would)\b"),
    ("manner", r"^in what way\b"),
    ("list", r"^(?:list|name|enumerate|give me|tell me|show me|show|mention)\b"),
    ("list", r"^what (?:are|is) "
             rf"(?P<kept>{_OWNER}(?:[\w-]+ ){{1,2}}(?:terms|conditions|rules|arrangements|details)\b.*)$"),
    ("what", r"^(?:what|which) (?:is|are|was|were|'s)\b"),
    ("what", r"^what's\b"),
    ("which", r"^(?:to |by |with |for |from |of |about |in |at |on |under |against |according to )?(?:which|what) "
              rf"(?!(?:{_NOT_A_THING})\b)(?P<kept>[\w-]+)"),
    ("what", r"^(?:to |by |with |for |from |of |about |in |at |on |under |against )?(?:what|which)\b"),
    ("whether", r"^(?:is|are|was|were|do|does|did|can|could|may|might|must|should|shall|will|would|has|have|had|am)\b"),
)  # fmt: skip

_HELPING = """
    please tell know show list explain describe document documents file files text exactly exact currently today
    according mention mentioned specify specified state stated listed shown found find information info detail details
    name named called kind sort type actually ever still already approximately about according there any anything
    something specific given overall many much long often"""

_LIGHT = """
    have has had get gets got need needed needs use used make made take takes took taken give given gives offer
    offered provide provided include included contain go goes put set come comes become happen happened happens exist
    want bring hold held do done receive apply applies keep people person persons person's big small great main key
    important involved necessary available possible place placed located situated expected mean means consist used
    terms conditions rules arrangements part parts
    step steps
    say says sell sells sold produce produces item items point points"""

_GROUPS = {
    "person": """
        person people company firm supplier carrier agency yard captain organisation organization party member
        employee manager contractor vendor author bank insurer lawyer doctor team department""",
    "place": """
        place port harbour harbor city town country countries room building venue region street site""",
    "language": "language languages",
}

_OPPOSITES = """
    open closed
    open shut
    allowed forbidden
    allowed prohibited
    allowed banned
    allowed approval
    allowed permission
    allowed consent
    permitted prohibited
    included excluded
    free charge
    required optional
    required voluntary
    valid expired
    available unavailable
    mandatory optional"""

_SYNONYMS = """
    = begin start commence effective onset
    = end expire finish terminate conclude expiry
    expire valid until end terminate
    expiry valid until end
    end until valid
    valid expire expiry until term end validity effective
    validity valid
    term duration period run
    duration last length period
    = found establish founder founded founding set-up incorporated
    founder found founded
    rent rental
    fee price cost charge rate fare tariff
    price cost fee charge rate fare
    cost price fee charge fare amount
    fare price ticket cost
    expensive cost price fee
    = pay payment payable paid
    = salary wage pay remuneration
    = buy purchase acquire
    sell sale sold
    = employee staff employ workforce worker headcount people
    work employ employee staff
    = rent lease tenant lessee
    let landlord lessor
    company firm business
    boss manager head chief director ceo
    ceo chief
    chief ceo
    lead head run manage leader chair direct chief
    leader lead head
    chair chairman chairwoman chairperson
    responsible charge owner accountable
    own owner
    contact reach
    call phone telephone contact
    = phone telephone tel mobile call
    email e-mail mail
    = send sent sender
    receive recipient receiver
    = author write written writer
    write author
    weigh weight
    long length
    high height
    wide width
    deep depth
    tall height
    old age
    big size area
    large size area
    size area dimension diameter
    = holiday vacation leave
    vacation holiday leave
    off leave holiday vacation
    = illness sick sickness ill
    sick ill sickness illness
    send ship deliver
    = ship shipping deliver delivery shipment dispatch
    = deliver delivery ship shipping arrive
    arrive arrival
    depart departure leave
    leave depart departure
    return refund bring
    refund reimburse repay
    = cancel cancellation terminate
    terminate cancel notice
    notice terminate
    allow permit may possible
    permit allow permission
    forbid prohibit ban allow
    must require obligatory mandatory
    need require
    require need requirement necessary
    requirement require
    include contain inclusive cover
    cover include insure insurance
    consist contain include
    = build construct built construction
    construct build
    = perform conduct execute run
    = repair fix mend
    replace replacement
    restore recover recovery
    broken fail failure damage
    fail failure
    damage harm
    cause reason
    reason cause because
    happen occur
    decide decision approve resolve agree adopt reject accept
    decision decide approve resolve agree
    approve approval
    present attend attendee participant attendance
    attend present attendee participant
    attendee present attend participant
    participant present attend attendee
    absent apologies excuse
    absentee absent
    location place venue
    place location venue
    venue location place
    deadline due latest until by
    due deadline payable until by
    date day
    number no nr num
    amount sum total
    total sum amount
    = turnover revenue sales
    revenue turnover sales income
    profit earnings
    address street
    street address
    town city
    child children kid
    kid child
    pet animal dog cat
    animal pet
    car vehicle
    doctor physician
    open opening
    close closing
    = guest visitor
    visitor guest
    passenger traveller
    capacity hold seat room carry
    hold capacity room seat
    seat capacity
    fine penalty
    penalty fine
    bug error issue
    = licence license
    license licence
    language speak
    born birth
    birth born
    die death
    death die
    marry marriage wedding
    wedding marriage marry
    join joined
    replace successor
    successor succeed replace
    elect election
    vote ballot
    task action item todo responsible
    todo action task
    action task
    step method instruction
    method step instruction preparation
    prepare preparation
    ingredient need
    install installation setup
    configure configuration setting
    setting configuration
    launch release
    release launch
    publish publication
    goal aim objective
    aim goal objective purpose
    objective goal aim
    purpose aim goal
    result outcome finding
    finding result
    outcome result
    change amend modify
    move relocate postpone reschedule
    postpone move reschedule delay
    delay late postpone
    train training
    dimension size
    = customer client
    client customer
    = tenant lessee renter
    = landlord lessor
    insured policyholder
    deposit bond
    confirm confirmation
    sign signature
    signed dated
    report notify inform tell
    complain complaint criticise
    affect impact
    impact affect effect
    effect impact
    = effective effect
    = month monthly
    = year yearly annual annually annum
    = week weekly
    = effect impact effective
    hours opening
    = remote remotely home
    remotely remote
    frequently often
    agenda topic item
    topic subject agenda
    subject topic regarding
    = website site web
    temperature degree
    warranty guarantee
    guarantee warranty
    order place
    headquarters hq seat head-office
    password passphrase
    lawyer attorney
    wait waiting
    win winner
    winner win
    teach teacher instructor
    teacher teach instructor lecturer
    instructor teacher teach lecturer
    lecturer teach instructor teacher"""

PHRASES = Phrasebook(ENGLISH, _ASKING, _HELPING, _LIGHT, _GROUPS, _OPPOSITES, _SYNONYMS)
