"""A real mail server on this machine, which keeps what it accepts."""

import email
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.support.processes import free_port
from tests.support.waiting import wait_until


@dataclass
class Mailbox:
    """``answer``: what the server says to a mail; ``wanted``: the name and password that it takes.

    ``meanwhile`` happens while whoever sends a mail waits for its answer.
    """

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answer: str = "250 accepted"
    recipient_answer: str = "250 OK"
    wanted: tuple[bytes, bytes] | None = None
    meanwhile: Callable[[], object] = lambda: None

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
            self.recipients += envelope.rcpt_tos
            self.encrypted.append(session.ssl is not None)
        self.meanwhile()
        return self.answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == self.wanted, handled=False)

    def wait(self, count: int, seconds: float = 20) -> list[EmailMessage]:
        wait_until(lambda: len(self.mails) >= count, seconds, f"{count} mails")
        return self.mails


@contextmanager
def mail_server(
    port: int | None = None, certificate: tuple[Path, Path] | None = None, wanted: tuple[bytes, bytes] | None = None
) -> Iterator[Mailbox]:
    """``certificate`` with its key: it demands STARTTLS; ``wanted``: it demands that name and password."""
    box = Mailbox(port or free_port(), wanted=wanted)
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, tls_context=context, require_starttls=context is not None,
        auth_required=wanted is not None, authenticator=box.authenticate,
    )  # fmt: skip
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself, and its key."""
    made, key = folder / "mail.pem", folder / "mail.key"
    options = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    named = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made))
    subprocess.run(["openssl", *options, *named], check=True, capture_output=True)
    return made, key
