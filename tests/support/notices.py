"""Who sends notices, and who gets them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agents.processes.notifier import Notifier
from tests.support.foreign_server import ForeignServer, Received, answer
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.settings import Settings


@contextmanager
def notifying(database: Database, doorbell: Doorbell, settings: Settings) -> Iterator[None]:
    stopping = threading.Event()
    thread = threading.Thread(target=Notifier(database, doorbell, settings).work, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()


class Receiver:
    """A web hook, or a push service: what it answers, and what it got, whole."""

    def __init__(self) -> None:
        self.status = 204
        self.headers: dict[str, str] = {}
        self.body = b""
        self.server = ForeignServer({("POST", path): self._answer for path in ("/hook", "/push", "/push2", "/chat")})

    def _answer(self, _: Received) -> Iterator[bytes]:
        yield from answer(self.status, self.body, headers=self.headers)

    @property
    def url(self) -> str:
        return self.server.url

    def got(self, path: str = "/hook") -> list[Received]:
        asked = self.server.asked("POST", path)
        return [one for one in asked if len(one.body) == int(one.headers["content-length"])]

    def wait(self, count: int = 1, path: str = "/hook") -> list[Received]:
        wait_until(lambda: len(self.got(path)) >= count, 30, f"{count} requests to {path}")
        return self.got(path)
