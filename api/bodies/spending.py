"""What was used, what it costs, and how much may be used. Money is in millionths of its currency."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from api.bodies.base import RequestBody, ResponseBody
from api.bodies.parameters import LARGEST, QueryModel
from utils.log.events import Currency
from utils.spending.budget import Period, Scope, Unit
from utils.spending.price_list import MOST_MICROS, MOST_ROWS, checked_model
from utils.spending.usage_report import MOST_DAYS, Split, Step

_AMOUNT = "In millionths of the currency, for a million tokens: 2.50 is 2500000."
_Model = Annotated[str, StringConstraints(max_length=200), AfterValidator(checked_model)]
_Micros = Annotated[int, Field(ge=0, le=MOST_MICROS, description=_AMOUNT)]


class Money(ResponseBody):
    currency: str
    micros: int


class Amounts(ResponseBody):
    calls: int = Field(description="Steps that told what they took.")
    input: int = Field(description="Tokens, those that were cached included.")
    cached: int
    output: int = Field(description="Tokens, those of reasoning included.")
    reasoning: int
    unpriced: int = Field(description="Tokens of which no price is known: they are not in the costs.")
    costs: list[Money]
    runs: int = Field(description="That have ended. 0 by model: a run may ask several.")
    failed: int
    mean_wait_ms: int | None = Field(description="From the question until somebody began.")
    longest_wait_ms: int


class UsageLine(Amounts):
    day: date = Field(description="On which the day, the week or the month begins, in UTC.")
    name: str


class UsageTotal(Amounts):
    name: str


class Failure(ResponseBody):
    code: str
    runs: int


class UsageReport(ResponseBody):
    since: date
    until: date
    whole: Amounts
    totals: list[UsageTotal] = Field(description="Over all periods, the most tokens first.")
    lines: list[UsageLine] = Field(description="Each period and name that has something, in order.")
    failures: list[Failure]


class UsageQuery(QueryModel):
    since: date | None = Field(default=None, description="A day in UTC. Left out: 30 days before the last one.")
    until: date | None = Field(default=None, description="The last day. Left out: today.")
    step: Step = "day"
    split: Split = "agent"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise ValueError(f"since and until: must be at most {MOST_DAYS} days, the earlier one first")
        return self

    @property
    def last(self) -> date:
        return self.until or datetime.now(UTC).date()

    @property
    def first(self) -> date:
        return self.since or self.last - timedelta(days=29)


class RunSpending(ResponseBody):
    run_id: str = Field(description="Empty: steps of no run.")
    tokens: int
    costs: list[Money]
    unpriced: list[str]


class SessionSpending(ResponseBody):
    tokens: int
    input: int
    cached: int
    output: int
    reasoning: int
    costs: list[Money]
    unpriced: list[str] = Field(description="The models of which some tokens have no price: they are not in the costs.")
    runs: list[RunSpending]


class PriceWish(RequestBody):
    model: _Model = Field(description="A name, in which * stands for anything: `gpt-4o*`. The most exact one counts.")
    currency: Currency
    input: _Micros
    output: _Micros
    cached_input: _Micros | None = Field(default=None, description="Left out: as other input.")
    reasoning: _Micros | None = Field(default=None, description="Left out: as other output.")
    valid_from: AwareDatetime | None = Field(
        default=None,
        description="Left out: from now on. With an earlier moment, what has no price since then gets this one; what "
        "has one keeps it.",
    )


class PriceWishes(RequestBody):
    prices: list[PriceWish] = Field(min_length=1, max_length=MOST_ROWS)


class PriceText(RequestBody):
    text: str = Field(
        max_length=200_000,
        description="CSV with the columns model, currency, input, cached_input, output, reasoning, valid_from, or a "
        "JSON list of objects with the same names. Amounts are in units of the currency for a million tokens: 2.50.",
    )


class ModelPrice(ResponseBody):
    id: str
    model: str
    currency: str
    input: int
    cached_input: int | None
    output: int
    reasoning: int | None
    valid_from: datetime


class UnpricedModel(ResponseBody):
    model: str
    tokens: int


class PriceList(ResponseBody):
    prices: list[ModelPrice]
    unpriced: list[UnpricedModel] = Field(description="Models of the last 90 days of which no price was known.")


class BudgetWish(RequestBody):
    scope: Scope = Field(description="What may use so much.")
    target: str | None = Field(
        default=None,
        max_length=160,
        description="The id of a session, agent or user. Left out: each of them, for itself.",
    )
    period: Period = "all"
    unit: Unit
    currency: Currency | None = None
    at_most: int = Field(ge=1, le=LARGEST, description="Tokens, millionths of the currency, or milliseconds of work.")
    hard: bool = Field(default=False, description="Runs pause at the limit and ask. Otherwise it is only told.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.unit == "money") != (self.currency is not None):
            raise ValueError("currency: belongs to money, and to nothing else")
        if self.target is not None and self.scope in ("run", "team"):
            raise ValueError("target: is for sessions, agents and users")
        return self


class BudgetStanding(ResponseBody):
    id: str
    scope: Scope
    target: str | None
    target_name: str | None
    period: Period
    unit: Unit
    currency: str | None
    at_most: int
    hard: bool
    used: int | None = Field(description="Null where each run, session, agent or user has its own.")
    limit: int = Field(description="With what was allowed beyond it in this period.")
    state: Literal["ok", "near", "passed"]


class BudgetList(ResponseBody):
    budgets: list[BudgetStanding]


class PricePath(QueryModel):
    price_id: str


class BudgetPath(QueryModel):
    budget_id: str
