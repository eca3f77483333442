"""Sends the mails of the outbox, in the supervisor of one machine at a time.

Which one, a lock in the database says, which ends with its process: if that is killed, another machine goes on, and
what was not accepted by then is still there. A mail that is being accepted in the very moment of such an end, or in
which the lock is lost with its connection, is sent again, with the same Message-ID.
"""

import logging
from collections.abc import Callable
from functools import partial
from threading import Event

from utils.accounts.password_links import PasswordLinks
from utils.accounts.passwords import NO_HASH
from utils.accounts.principal import UserRecord
from utils.accounts.users import Users
from utils.database.base import Database, LeaderLock
from utils.database.leading import take_turns
from utils.database.outage import Outage
from utils.identity.arrivals import Arrivals
from utils.mail import letters
from utils.mail.mail_server import MailError, MailRefusedError, MailServer
from utils.mail.outbox import MailRecord, Outbox, PasswordRequest
from utils.registry.server_key import ServerKey
from utils.settings import Settings

_LOCK = "mail"
_LOOK_SECONDS, _AGAIN_SECONDS = 1.0, 5.0
_log = logging.getLogger(__name__)


class Postman:
    def __init__(self, database: Database, outbox: Outbox, settings: Settings, public_url: str) -> None:
        self._database = database
        self._outbox = outbox
        self._settings = settings
        self._server = MailServer(settings)
        self._url = public_url
        self._users = Users(database)
        self._arrivals = Arrivals(database, settings)
        self._links = PasswordLinks(database)
        self._server_is_away = False  # for all that is known: a look at a database that is back does not show it
        self._outage = Outage(_log, "No mail can be sent", "mail")

    def work(self, stopping: Event) -> None:
        """Until ``stopping``."""
        lead = partial(self._lead, stopping=stopping)
        take_turns(self._database, _LOCK, lead, stopping, self._outage, _log, _AGAIN_SECONDS)

    def _lead(self, lock: LeaderLock, stopping: Event) -> None:
        def may_send() -> bool:
            return not stopping.is_set() and lock.held()

        while may_send():
            self.look(may_send)
            if not self._server_is_away or not self._outbox.waits():
                self._outage.is_over()
            stopping.wait(_LOOK_SECONDS)

    def look(self, may_send: Callable[[], bool] = lambda: True) -> None:
        """Answer those who have forgotten their password, and send what is due.

        ``may_send`` is asked before each mail: a slow server takes minutes for all of them, and whoever else has the
        lock by then sends them, too.
        """
        for request in self._outbox.password_requests():
            self._answer(request)
        for mail in self._outbox.due():
            if not may_send():
                return
            self._send(mail)

    def _answer(self, request: PasswordRequest) -> None:
        """A link for each account of the address that a password is for; for an unknown address nothing."""
        for user, team, hashed in self._users.with_email(request.email):
            made = self._links.make(team.key, user.id) if self._has_password(user, hashed) else None
            if made is not None:
                letter = letters.password_link(user.name, team.name, f"{self._url}/reset#{made[1]}")
                self._outbox.put(team.key, user.email, letter)
        self._outbox.answered(request)

    def _has_password(self, user: UserRecord, hashed: str) -> bool:
        """Or could do with one: who signs in with the provider would get a way in that the provider cannot end."""
        if not self._settings.allows_password(user.role):
            return False
        by_provider = self._settings.oidc_issuer is not None and self._arrivals.has_identity(user.key)
        return hashed != NO_HASH or not by_provider

    def _send(self, mail: MailRecord) -> None:
        try:
            text = self._outbox.text_of(mail)
        except ValueError as error:
            self._outbox.fail(mail, str(error))
            return
        try:
            self._server.send(mail.id, mail.recipient, mail.subject, text)
        except MailRefusedError as error:
            _log.warning("A mail was refused (%s): %s", mail.id, error)
            self._outbox.fail(mail, str(error))
        except MailError as error:
            self._server_is_away = True
            self._outage.goes_on(error)
            self._outbox.postpone(mail, str(error))
        else:
            self._outbox.sent(mail)
            self._server_is_away = False
            self._outage.is_over()


def postman_of(settings: Settings, database: Database) -> Postman | None:
    """None where no mail is set up."""
    if settings.smtp_host is None or settings.public_url is None:
        return None
    return Postman(database, Outbox(database, ServerKey.of(settings)), settings, settings.public_url)
