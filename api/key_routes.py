"""API keys: how programs sign in."""

from flask import Response
from pydantic import BaseModel, Field

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import view_group
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.keys import ApiKeyList, ApiKeyWish, NewApiKey
from api.bodies.parameters import QueryModel
from api.errors import ApiError, not_found
from api.services import services

blueprint = view_group("keys", "API keys", "/api/keys")


class KeyQuery(QueryModel):
    whole_team: bool = Field(default=False, description="Everybody's of the team, for administrators.")


class KeyPath(BaseModel):
    key_id: str


@blueprint.get("", summary="List API keys", responses={200: ApiKeyList, 403: ErrorBody})
def list_keys(query: KeyQuery) -> Response:
    who = principal()
    if query.whole_team and not who.is_administrator:
        raise ApiError(403, "forbidden", "The keys of all are for administrators of the team. Ask one of them.")
    keys = services().api_keys
    found = keys.of_team(who.team.key) if query.whole_team else keys.of_user(who.user.key)
    return answer(ApiKeyList(keys=found))


@blueprint.post("", summary="Make an API key, which is shown once", responses={201: NewApiKey})
def create_key(body: ApiKeyWish) -> Response:
    record, secret = services().api_keys.create(principal().user.key, body.name, body.scopes)
    note("key made", f"{record.name} ({', '.join(record.scopes)})")
    return answer(NewApiKey(key=record, secret=secret), 201)


@blueprint.delete("/<key_id>", summary="Revoke an API key", responses={204: None, 404: ErrorBody})
def revoke_key(path: KeyPath) -> Response:
    """One's own; for an administrator anybody's of the team."""
    who = principal()
    record = services().api_keys.revoke(who.team.key, path.key_id, None if who.is_administrator else who.user.key)
    if record is None:
        raise not_found("key")
    note("key revoked", f"{record.name} of {record.user_name}")
    return Response(status=204)
