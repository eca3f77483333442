"""Handing a mail to the mail server of the settings (SMTP, RFC 5321)."""

import smtplib
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from utils.settings import Settings

_TIMEOUT_SECONDS = 15.0


class MailError(RuntimeError):
    """A mail was not accepted. The message says why."""


class MailRefusedError(MailError):
    """The server does not take this mail, and would not take it later."""


class MailServerAwayError(MailError):
    """No mail is taken at the moment; later one may be."""


class MailServer:
    """``settings.smtp_host`` is set."""

    def __init__(self, settings: Settings) -> None:
        assert settings.smtp_host is not None
        assert settings.mail_from is not None
        self._settings = settings
        self._host, self._from = settings.smtp_host, settings.mail_from
        self._name = f"{self._host}:{settings.smtp_port}"

    def send(self, mail_id: str, recipient: str, subject: str, text: str) -> None:
        """The mail has been accepted when it returns. Raises MailError."""
        message = self._message(mail_id, recipient, subject, text)
        connection = self._connection()
        try:
            connection.send_message(message, self._address_of_sender(), [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            [(code, words)] = error.recipients.values()
            raise _told(code, words) from error
        except smtplib.SMTPResponseException as error:
            raise _told(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefusedError(f"The mail server {self._name} does not take this address: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._away(error) from error
        finally:
            with suppress(smtplib.SMTPException, OSError):  # the mail is accepted or not, however one parts
                connection.quit()

    def _connection(self) -> smtplib.SMTP:
        """Connected and signed in. What is wrong so far is no fault of the mail."""
        own = self._settings
        try:
            context = ssl.create_default_context(cafile=own.smtp_ca_file)
            if own.smtp_security == "tls":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, own.smtp_port, timeout=_TIMEOUT_SECONDS, context=context
                )
            else:
                connection = smtplib.SMTP(self._host, own.smtp_port, timeout=_TIMEOUT_SECONDS)
        except (smtplib.SMTPException, OSError) as error:
            raise self._away(error) from error
        try:
            if own.smtp_security == "starttls":
                connection.starttls(context=context)
            if own.smtp_user is not None and own.smtp_password is not None:
                connection.login(own.smtp_user, own.smtp_password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            connection.close()
            words = f"The mail server {self._name} does not take SMTP_USER and SMTP_PASSWORD: {_line(error.smtp_error)}"
            raise MailServerAwayError(words) from error
        except (smtplib.SMTPException, OSError) as error:
            connection.close()
            raise self._away(error) from error
        return connection

    def _message(self, mail_id: str, recipient: str, subject: str, text: str) -> EmailMessage:
        """EmailMessage refuses line breaks in headers, so that nobody's name adds one."""
        message = EmailMessage(policy=SMTP)
        try:
            message["From"] = self._from
            message["To"] = [Address(addr_spec=recipient)]
            message["Subject"] = subject
        except (ValueError, HeaderParseError, IndexError) as error:
            raise MailRefusedError(f"Mail cannot be sent to this address: {error}") from error
        message["Date"] = format_datetime(datetime.now(UTC))
        # The same at each attempt: whoever gets a mail twice is shown it once.
        message["Message-ID"] = f"<{mail_id}@{self._address_of_sender().rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers of absent people
        message.set_content(text)
        return message

    def _address_of_sender(self) -> str:
        return self._from.rpartition("<")[2].rstrip("> ")

    def _away(self, error: Exception) -> MailServerAwayError:
        return MailServerAwayError(f"The mail server {self._name} cannot be used: {_line(error)}")


def is_deliverable(address: str) -> bool:
    """Whether mail can be addressed to it and to nobody else, as far as one can tell without sending any."""
    try:
        return Address(addr_spec=address).addr_spec == address and not set(address) & set(",<>")
    except (ValueError, HeaderParseError, IndexError):
        return False


def _told(code: int, words: bytes | str) -> MailError:
    said = f"The mail server said: {code} {_line(words)}"
    return MailRefusedError(said) if code >= 500 else MailServerAwayError(said)


def _line(words: object) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else str(words)
    return " ".join(text.split())[:300].rstrip(".") + "."
