"""Mail: forgotten passwords, what could not be sent, and a test."""

import math
from datetime import timedelta

from flask import Response, g, request
from pydantic import BaseModel

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.mails import ForgottenPassword, Mail, MailState
from api.errors import ApiError, not_found
from api.services import services
from utils.accounts.sign_in_attempts import Attempt
from utils.database.moment import now
from utils.mail import letters
from utils.mail.mail_server import MailError, MailServer
from utils.mail.outbox import MailRecord

blueprint = ViewGroup("mail", "Mail", "/api")


class MailPath(BaseModel):
    mail_id: str


@blueprint.post(
    "/auth/forgotten",
    summary="Have a link sent that sets a forgotten password",
    description="The answer is the same whether the address has an account or not; so is the time that it takes.",
    responses={204: None, 409: ErrorBody},
)
def forget_password(body: ForgottenPassword) -> Response:
    _mail_url()
    attempt = Attempt(
        body.email, request.remote_addr, request.user_agent.string[:200], g.get("request_id"), None, "reset"
    )
    begun = services().reset_attempts.begin(attempt)
    if begun.seconds:
        minutes = math.ceil(timedelta(seconds=begun.seconds) / timedelta(minutes=1))
        words = f"Links were asked for several times. Look into your mail, or try again in {minutes} minutes."
        raise ApiError(429, "too_many_attempts", words, retry_after=begun.seconds)
    services().outbox.request_password(body.email)
    return Response(status=204)


@blueprint.get("/team/mails", summary="Whether mail is set up, and what was not sent", responses={200: MailState})
def list_mails() -> Response:
    own = services()
    mails = [_body(mail) for mail in own.outbox.of_team(principal().team.key)]
    return answer(MailState(on=own.mail_url is not None, sender=own.settings.mail_from, mails=mails))


@blueprint.post(
    "/team/mails/<mail_id>/again", summary="Send a mail at once", responses={200: Mail, 404: ErrorBody, 409: ErrorBody}
)
def send_again(path: MailPath) -> Response:
    _mail_url()
    mail = services().outbox.again(principal().team.key, path.mail_id)
    if mail is None:
        raise not_found("mail")
    note("mail sent again", f"{mail.subject}: {mail.recipient}")
    return answer(_body(mail))


@blueprint.post(
    "/team/mails/test",
    summary="Send a test mail to myself, now",
    responses={204: None, 409: ErrorBody, 502: ErrorBody},
)
def send_test() -> Response:
    user, url, settings = principal().user, _mail_url(), services().settings
    letter = letters.test_letter(user.name, url)
    try:
        MailServer(settings).send(f"test-{g.get('request_id')}", user.email, letter.subject, letter.text)
    except MailError as error:
        raise ApiError(502, "mail_not_sent", str(error)) from error
    return Response(status=204)


def _mail_url() -> str:
    url = services().mail_url
    if url is None:
        raise ApiError(409, "mail_off", "This server sends no mail. Ask an administrator of your team for a link.")
    return url


def _body(mail: MailRecord) -> Mail:
    usable = mail.sealed is not None and mail.expires_at > now()
    return Mail(
        id=mail.id,
        recipient=mail.recipient,
        subject=mail.subject,
        status="failed" if mail.status == "failed" else "waiting",
        attempts=mail.attempts,
        created_at=mail.created_at,
        due_at=mail.due_at,
        error=mail.error,
        can_be_sent=usable,
    )
