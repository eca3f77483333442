"""Calls of systems outside that work on a run: stored, and the run is woken. The secret in the address is their key."""

from flask import Response, request
from pydantic import Field

from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.base import ResponseBody
from api.bodies.errors import ErrorBody
from api.bodies.parameters import RunPath
from api.errors import ApiError, not_found
from api.services import services
from utils.registry.hook_addresses import HOOK_NAME

blueprint = ViewGroup("hooks", "Callbacks", "/api/hooks")
_SENT_ID = ("Idempotency-Key", "webhook-id")  # the second as Standard Webhooks has it


class HookPath(RunPath):
    secret: str
    name: str = Field(pattern=f"^{HOOK_NAME.pattern}$")


class StoredCall(ResponseBody):
    """The call is stored, and the agent gets it."""

    stored: bool = True


@blueprint.post(
    "/<run_id>/<secret>/<name>",
    summary="Call back to a run (for the system that works on it)",
    description="The address is given to that system when the run begins. The body is anything of at most 1 MiB. Sent "
    "again with the same `Idempotency-Key` or `webhook-id`, it counts once.",
    responses={200: StoredCall, 404: ErrorBody, 410: ErrorBody, 413: ErrorBody},
)
def receive_call(path: HookPath) -> Response:
    if not services().key.is_hook_secret(path.run_id, path.secret):
        raise not_found("run")
    sent_id = next((given for name in _SENT_ID if (given := request.headers.get(name))), None)
    content_type = (request.content_type or "")[:200]
    match services().hook_calls.add(path.run_id, path.name, request.get_data(), content_type, sent_id):
        case "unknown":
            raise not_found("run")
        case "ended":
            raise ApiError(410, "run_ended", "This run has ended. Nobody waits for this call any more.")
        case "full":
            raise ApiError(
                429, "too_many_requests", "This run has got as many calls as it may get, and takes no more of them."
            )
        case "stored":
            return answer(StoredCall())
