"""What models cost: the prices that a team has entered."""

from flask import Response

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.spending import ModelPrice, PriceList, PricePath, PriceText, PriceWishes, UnpricedModel
from api.errors import not_found, plainly
from api.services import services
from utils.spending.price import NewPrice
from utils.spending.price_list import read_prices

blueprint = ViewGroup("prices", "Usage", "/api/prices")


@blueprint.get("", summary="List the prices of models, and the models without one", responses={200: PriceList})
def list_prices() -> Response:
    return answer(_prices())


@blueprint.post(
    "",
    summary="Add prices",
    description="A price is never changed: another one of the same name counts from its moment on.",
    responses={201: PriceList},
)
def add_prices(body: PriceWishes) -> Response:
    return _add([NewPrice(**one.model_dump()) for one in body.prices])


@blueprint.post("/import", summary="Add the prices of a list, all or none", responses={201: PriceList})
def import_prices(body: PriceText) -> Response:
    with plainly():
        found = read_prices(body.text)
    return _add(found)


@blueprint.delete(
    "/<price_id>",
    summary="Remove a price",
    description="What was counted by it keeps its cost.",
    responses={204: None, 404: ErrorBody},
)
def remove_price(path: PricePath) -> Response:
    removed = services().prices.remove(principal().team.key, path.price_id)
    if removed is None:
        raise not_found("price")
    note("price removed", f"{removed.model}: {removed.currency}")
    return Response(status=204)


def _add(new: list[NewPrice]) -> Response:
    with plainly():
        services().prices.add(principal().team.key, new)
    more = f" and {len(new) - 1} more" if len(new) > 1 else ""
    note("prices added", f"{new[0].model}: {new[0].currency}{more}")
    return answer(_prices(), 201)


def _prices() -> PriceList:
    team, prices = principal().team.key, services().prices
    return PriceList(
        prices=[ModelPrice.model_validate(one) for one in prices.of_team(team)],
        unpriced=[UnpricedModel.model_validate(one) for one in prices.unpriced(team)],
    )
