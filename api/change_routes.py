"""Whether the lists of a dashboard are still as it has them."""

from flask import Response

from api.access.identity import principal
from api.blueprints import view_group
from api.bodies.answers import answer
from api.bodies.changes import Changes
from api.services import services

blueprint = view_group("changes", "Sessions", "/api/changes")


@blueprint.get(
    "",
    summary="Whether something has changed",
    description="Ask for lists again when the marker is another one than before: it costs much less than the lists.",
    responses={200: Changes},
)
def read_changes() -> Response:
    return answer(Changes(marker=services().changes.marker(principal().user)))
