"""API keys: how programs sign in."""

from datetime import timedelta

from flask import Response
from pydantic import BaseModel, Field

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.keys import ApiKeyList, ApiKeyWish, NewApiKey
from api.bodies.parameters import QueryModel
from api.errors import ApiError, not_found
from api.services import services
from utils.accounts.principal import UserRecord

blueprint = ViewGroup("keys", "API keys", "/api/keys")


class KeyQuery(QueryModel):
    whole_team: bool = Field(default=False, description="Everybody's of the team, for administrators.")


class KeyPath(BaseModel):
    key_id: str


@blueprint.get("", summary="List API keys", responses={200: ApiKeyList, 403: ErrorBody})
def list_keys(query: KeyQuery) -> Response:
    who = principal()
    if query.whole_team and not who.is_administrator:
        raise ApiError(403, "forbidden", "Only administrators can list the keys of the whole team.")
    keys = services().api_keys
    found = keys.of_team(who.team.key) if query.whole_team else keys.of_user(who.user.key)
    return answer(ApiKeyList(keys=found))


@blueprint.post(
    "",
    summary="Make an API key, which is shown once",
    description="For yourself; for an administrator also for a service account of the team.",
    responses={201: NewApiKey, 404: ErrorBody, 409: ErrorBody},
)
def create_key(body: ApiKeyWish) -> Response:
    user = principal().user if body.user_id is None else _service_account(body.user_id)
    valid = timedelta(days=body.valid_days) if body.valid_days is not None else None
    record, secret = services().api_keys.create(user.key, body.name, body.scopes, valid)
    whose = f" for {user.named}" if user.service else ""
    note("key made", f"{record.name} ({', '.join(record.scopes)}){whose}")
    return answer(NewApiKey(key=record, secret=secret), 201)


def _service_account(user_id: str) -> UserRecord:
    who = principal()
    if not who.is_administrator:
        raise ApiError(403, "forbidden", "Only administrators can make keys for a service account.")
    found = services().users.get(who.team.key, user_id)
    if found is None or not found.service:
        raise not_found("service account")
    return found


@blueprint.delete("/<key_id>", summary="Revoke an API key", responses={204: None, 404: ErrorBody})
def revoke_key(path: KeyPath) -> Response:
    """One's own; for an administrator anybody's of the team."""
    who = principal()
    record = services().api_keys.revoke(who.team.key, path.key_id, None if who.is_administrator else who.user.key)
    if record is None:
        raise not_found("key")
    note("key revoked", f"{record.name} of {record.user_name}")
    return Response(status=204)
