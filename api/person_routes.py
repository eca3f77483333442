"""A person's data: exported by themselves or an administrator, and erased."""

from flask import Response, g, request
from pydantic import BaseModel

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.team import ErasureWish, User
from api.downloads import streamed
from api.errors import not_found
from api.exports.file_name import content_disposition
from api.services import services
from utils.accounts.erasure import Actor
from utils.accounts.principal import UserRecord
from utils.database.moment import now

blueprint = ViewGroup("person", "Team", "/api")
_FILE = {
    "description": "The file.",
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
}


class PersonPath(BaseModel):
    user_id: str


@blueprint.get(
    "/auth/me/export",
    summary="Export your data as a ZIP file",
    description="Your profile, sign-ins, keys, links, entries of the audit trail, questions, and your own sessions "
    "with their documents. No secrets.",
    responses={200: _FILE, 503: ErrorBody},
)
def export_me() -> Response:
    return _exported(principal().user)


@blueprint.get(
    "/team/users/<user_id>/export",
    summary="Export a user's data as a ZIP file, their private sessions too",
    responses={200: _FILE, 404: ErrorBody, 503: ErrorBody},
)
def export_user(path: PersonPath) -> Response:
    user = services().users.get(principal().team.key, path.user_id)
    if user is None or user.service:
        raise not_found("user")
    return _exported(user)


@blueprint.post(
    "/team/users/<user_id>/erase",
    summary="Erase a person: their private sessions, their name and address, for good",
    description="Their account ends at once; the rest takes some minutes. `email` confirms who is meant.",
    responses={202: User, 404: ErrorBody, 409: ErrorBody},
)
def erase_user(path: PersonPath, body: ErasureWish) -> Response:
    who = principal()
    by = Actor(who.user.named, who.user.key, request.remote_addr, g.get("request_id"))
    erased = services().erasure.begin(who.team.key, path.user_id, body.email, by, body.to)
    if erased is None:
        raise not_found("user")
    return answer(User.model_validate(erased), 202)


def _exported(user: UserRecord) -> Response:
    pieces = services().person_archive.pieces(user, principal().team, now())
    name = content_disposition(f"{user.name} data", ".zip")
    return streamed(pieces, "personal data exported", user.named, "application/zip", name)
