"""How much may be used."""

from flask import Response

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.spending import BudgetList, BudgetPath, BudgetStanding, BudgetWish
from api.errors import ApiError, not_found, plainly
from api.services import services
from utils.spending.budget import NewBudget
from utils.spending.budgets import Standing

blueprint = ViewGroup("budgets", "Usage", "/api/budgets")


@blueprint.get("", summary="List the team's budgets, and how much of them is used", responses={200: BudgetList})
def list_budgets() -> Response:
    return answer(BudgetList(budgets=[_body(one) for one in services().budgets.of_team(principal().team.key)]))


@blueprint.post("", summary="Set a budget", responses={201: BudgetList})
def add_budget(body: BudgetWish) -> Response:
    wanted = NewBudget(**body.model_dump(exclude={"target"}), target_key=_target(body))
    with plainly():
        made = services().budgets.add(principal().team.key, wanted)
    note("budget set", f"{made.scope}, {made.period}: {made.at_most} {made.currency or made.unit}")
    found = [_body(one) for one in services().budgets.of_team(principal().team.key)]
    return answer(BudgetList(budgets=found), 201)


@blueprint.delete(
    "/<budget_id>",
    summary="Remove a budget",
    description="The runs that wait because of it go on a moment later.",
    responses={204: None, 404: ErrorBody},
)
def remove_budget(path: BudgetPath) -> Response:
    removed = services().budgets.remove(principal().team.key, path.budget_id)
    if removed is None:
        raise not_found("budget")
    note("budget removed", f"{removed.scope}, {removed.period}: {removed.at_most} {removed.currency or removed.unit}")
    return Response(status=204)


def _target(body: BudgetWish) -> int | None:
    """An id that whoever asks may not see is as one that there is not."""
    if body.target is None:
        return None
    key: int | None = None
    match body.scope:
        case "session":
            session = services().sessions.ownership(body.target)
            key = session.key if session is not None and principal().may_read(session) else None
        case "agent":
            agent = services().agents.usable(principal().team.key, body.target)
            key = agent.key if agent is not None else None
        case _:
            found = (user.key for user in services().users.of_team(principal().team.key) if user.id == body.target)
            key = next(found, None)
    if key is None:
        raise ApiError(400, "invalid_request", f"There is no {body.scope} {body.target} in the team. Give its id.")
    return key


def _body(standing: Standing) -> BudgetStanding:
    one, level = standing.budget, None
    if standing.used is not None:
        level = one.level(standing.used, standing.limit - one.at_most)
    return BudgetStanding(
        id=one.id, scope=one.scope, target=standing.target, target_name=standing.target_name, period=one.period,
        unit=one.unit, currency=one.currency, at_most=one.at_most, hard=one.hard, used=standing.used,
        limit=standing.limit, state=level or "ok",
    )  # fmt: skip
