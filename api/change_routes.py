"""Whether the lists of a dashboard are still as it has them."""

from flask import Response

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.changes import Changes
from api.services import services
from utils.sessions.changes import marker

blueprint = ViewGroup("changes", "Sessions", "/api/changes")


@blueprint.get(
    "",
    summary="Whether something has changed",
    description="Ask for a list again when its marker is another one than before: a marker costs much less.",
    responses={200: Changes},
)
def read_changes() -> Response:
    who = principal()
    account = marker(who.user, who.team, who.scopes and sorted(who.scopes))
    changes = services().changes
    return answer(
        Changes(sessions=changes.of_sessions(who.user), account=account, feedback=changes.of_feedback(who.user))
    )
