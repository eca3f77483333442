"""What I am told of, wherever I am: which things, by which browsers and mail, and when."""

import base64

from flask import Response, request
from pydantic import BaseModel

from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.notices import (
    NewNoticeBrowser,
    NoticeBrowser,
    NoticeChoice,
    NoticeDelivery,
    NoticePreferencesBody,
    NoticeSettings,
    NoticeTest,
    QuietHours,
)
from api.errors import ApiError, not_found
from api.services import services
from utils.doorbell.base import NOTICES
from utils.log.notable import NOTED_KINDS
from utils.notices.preference import Preferences
from utils.notices.subscriptions import Endpoint
from utils.notices.trial import try_person

blueprint = ViewGroup("notices", "Notices", "/api/notices")


class BrowserPath(BaseModel):
    browser_id: str


@blueprint.get("", summary="What I am told of, and how", responses={200: NoticeSettings})
def read_notices() -> Response:
    own, user = services(), principal().user
    public = base64.urlsafe_b64encode(own.push_key.public()).rstrip(b"=").decode()
    return answer(
        NoticeSettings(
            preferences=_body(own.notice_preferences.get(user.key)),
            push_key=public,
            mail=own.mail_url is not None,
            browsers=[NoticeBrowser.model_validate(one) for one in own.push_subscriptions.of_user(user.key)],
            lately=[NoticeDelivery.model_validate(one) for one in own.notices.of_user(user.key)],
        )
    )


@blueprint.put("", summary="Choose what I am told of", responses={200: NoticePreferencesBody})
def change_notices(body: NoticePreferencesBody) -> Response:
    """Kinds that are left out are as they are by default."""
    own, user = services(), principal().user
    own.notice_preferences.put(user.key, body.chosen())
    return answer(_body(own.notice_preferences.get(user.key)))


@blueprint.post(
    "/browsers",
    summary="Have this browser show notices",
    description="The same browser again is one. It shows them until this sign-in ends.",
    responses={201: NoticeBrowser},
)
def add_browser(body: NewNoticeBrowser) -> Response:
    own = services()
    if not own.settings.allows_push_to(body.endpoint):
        words = (
            "This browser's push service is not one that this server sends to. Its operator can name it in PUSH_HOSTS."
        )
        raise ApiError(400, "push_host_not_allowed", words)
    endpoint = Endpoint(body.endpoint, body.keys.p256dh, body.keys.auth)
    who = principal()
    sign_in = who.grant.key if who.grant.kind == "sign-in" else None
    made = own.push_subscriptions.add(who.user.key, endpoint, request.user_agent.string[:200], sign_in)
    return answer(NoticeBrowser.model_validate(made), 201)


@blueprint.delete(
    "/browsers/<browser_id>", summary="Have a browser show no notices", responses={204: None, 404: ErrorBody}
)
def remove_browser(path: BrowserPath) -> Response:
    if not services().push_subscriptions.remove(principal().user.key, path.browser_id):
        raise not_found("browser")
    return Response(status=204)


@blueprint.post("/test", summary="Send me a test", responses={202: NoticeTest, 409: ErrorBody})
def test_notices() -> Response:
    """To each of my browsers, and by mail if this server sends any, whatever I have chosen."""
    own, user = services(), principal().user
    browsers = own.push_subscriptions.of_user(user.key)
    sent_to = try_person(own.notices, user.key, [one.key for one in browsers], own.mail_url is not None)
    if not sent_to:
        words = "There is no way to you yet. Switch notices on in this browser first."
        raise ApiError(409, "no_way", words)
    own.doorbell.ring(NOTICES, "")
    return answer(NoticeTest(sent_to=sent_to), 202)


def _body(chosen: Preferences) -> NoticePreferencesBody:
    kinds = {kind: NoticeChoice.model_validate(chosen.of(kind), from_attributes=True) for kind in NOTED_KINDS}
    quiet = QuietHours(begins=chosen.quiet[0], ends=chosen.quiet[1]) if chosen.quiet is not None else None
    return NoticePreferencesBody(
        kinds=kinds, quiet=quiet, time_zone=chosen.time_zone, urgent_passes=chosen.urgent_passes, digest=chosen.digest
    )
