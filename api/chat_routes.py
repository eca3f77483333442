"""A conversation as a service of its own: a supervisor elsewhere asks, and each session has its history here.

The process that takes the request only queues and waits; any agent process answers, and the history is in the database.
So any number of processes serve the same session, and one that is killed is replaced by another that is asked again.
"""

from contextlib import suppress

from flask import Response

from api.access.identity import changeable, principal, usable_agent
from api.access.once import REPLAYED, once
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.chat import ChatAnswer, ChatPending, ChatQuestion
from api.bodies.errors import ErrorBody
from api.bodies.messages import AcceptedMessage
from api.bodies.parameters import LONGEST_WAIT
from api.errors import ApiError, not_found
from api.services import services
from api.waits import ended_within, preferred_wait
from utils.accounts.kept_answers import Keep
from utils.accounts.principal import Ownership
from utils.sessions.asking import Asked
from utils.sessions.sessions import SessionExistsError, title_from

blueprint = ViewGroup("chat", "Chat service")
_WAIT = 60


@blueprint.post(
    "/chat",
    summary="Ask in a session that is the caller's, and wait for the answer",
    description="The session is made with its first question. Questions of one session are answered in the order in "
    f"which they arrive. `Prefer: wait=…` says for how many seconds the request may wait: {_WAIT}, at most "
    f"{LONGEST_WAIT}. Then it is 202; the same request with the same Idempotency-Key waits on.",
    responses={200: ChatAnswer, 202: ChatPending, 404: ErrorBody, 409: ErrorBody},
)
def chat(body: ChatQuestion) -> Response:
    if not principal().has("read"):
        raise ApiError(403, "forbidden", "This API key lacks the scope read, so it may not have the answer.")
    session = _session(body)
    accepted = once(lambda keep: _asked(session, body.message, keep), lambda _: session.key, _told)
    told = _answer(session, accepted.get_json()["run"]["id"])
    if REPLAYED in accepted.headers:
        told.headers[REPLAYED] = accepted.headers[REPLAYED]
    return told


def _answer(session: Ownership, run_id: str) -> Response:
    """Once the run has ended; 202 while it has not."""
    own = services()
    run = ended_within(preferred_wait() or _WAIT, run_id, own.wait_slots) or own.runs.get(run_id)
    if run is None:
        raise not_found("session")
    given = {"session_id": session.id, "run_id": run.id, "status": run.status, "reason": run.reason}
    if not run.ended:
        pending = answer(ChatPending.model_validate(given), 202)
        pending.retry_after = 1
        return pending
    found = own.messages.answer_of(run.id)
    return answer(ChatAnswer.model_validate({**given, "response": found and found.content}))


def _session(body: ChatQuestion) -> Ownership:
    """The caller's session of that id, made if there is none. Raises 404 or 403 for one of somebody else."""
    own = services()
    agent = usable_agent(body.agent_id)
    if own.sessions.ownership(body.session_id) is None:
        with suppress(SessionExistsError):  # another request of the same session was a moment earlier
            own.sessions.create(body.session_id, title_from(body.message), principal().user, agent)
    return changeable(body.session_id)


def _asked(session: Ownership, question: str, keep: Keep[Asked] | None) -> Asked:
    asked = services().run_queue.request(session.id, question, keep=keep, asked_by=principal().user.key)
    if asked is None:
        raise not_found("session")
    return asked


def _told(asked: Asked) -> Response:
    """What is kept of it for a repeated request: that it was asked."""
    return answer(AcceptedMessage(message=asked[0], run=asked[1]), 202)
