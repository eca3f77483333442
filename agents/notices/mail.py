"""To a person's mail address."""

import asyncio

from agents.notices.delivery import Delivery
from utils.mail import letters
from utils.mail.mail_server import MailError, MailRefusedError, MailServer
from utils.notices.outbox import Message
from utils.notices.words import Words


class MailSender:
    def __init__(self, server: MailServer, public_url: str) -> None:
        self._server = server
        self._url = public_url

    async def send(self, message: Message, words: Words) -> Delivery:
        assert words.person is not None, "mail goes to people"
        user = words.person.who.user
        entries = [(one.title, one.body, f"{self._url}{one.path}") for one in words.told]
        more = sum(one.count for one in message.notices) - len(entries)
        letter = letters.notices(user.name, words.subject, entries, max(0, more), f"{self._url}/notices")
        try:
            await asyncio.to_thread(self._server.send, message.id, user.email, letter.subject, letter.text)
        except MailRefusedError as error:
            return Delivery("refused", str(error))
        except MailError as error:
            return Delivery("later", str(error))
        return Delivery("arrived")

    async def close(self) -> None:
        """Each mail has a connection of its own."""
