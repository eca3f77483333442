"""Tags: what the team's sessions are marked with."""

from flask import Response

from api.access.identity import principal
from api.blueprints import view_group
from api.bodies import schemas
from api.bodies.answers import answer
from api.services import services

blueprint = view_group("tags", "Sessions", "/api/tags")


@blueprint.get("", summary="List tags, the most used first", responses={200: schemas.TagList})
def list_tags() -> Response:
    """Those of the sessions that one may see, without archived ones."""
    found = services().tags.counts(principal().user)
    return answer(schemas.TagList(tags=[schemas.TagCount(tag=one.tag, sessions=one.sessions) for one in found]))
