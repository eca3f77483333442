"""Telling an owner by mail that something by which they sign in was changed, where mail is set up."""

from flask import request

from api.services import services
from utils.accounts.principal import TeamRecord, UserRecord
from utils.mail import letters


def tell_owner(user: UserRecord, team: TeamRecord, what: str, more: str = "") -> None:
    """``what``: a sentence, such as 'Your password was changed.'; ``more``: what follows from it."""
    url = services().mail_url
    if url is not None and not user.service:
        letter = letters.notice(user.name, team.name, what, request.remote_addr, url, more)
        services().outbox.put(team.key, user.email, letter)
