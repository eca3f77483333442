"""Tags: what the team's sessions are marked with."""

from flask import Response

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.sessions import TagList
from api.services import services

blueprint = ViewGroup("tags", "Sessions", "/api/tags")


@blueprint.get("", summary="List tags, the most used first", responses={200: TagList})
def list_tags() -> Response:
    """Those of the sessions that one may see, without archived ones."""
    found = services().tags.counts(principal().user)
    return answer(TagList(tags=found))
