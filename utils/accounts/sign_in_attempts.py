"""Attempts to sign in: how long one waits after those that failed, and the audit trail's entries about them.

A right password costs nobody anything: only failures of the last hour count, first for an account tried from one
network, then for the account from wherever (many networks, one account) and for the network (one network, many
accounts). Each has some failures free; after that the wait doubles with each. What a known device tries is counted
apart from what strangers try, so that these cannot keep an owner out (OWASP, Slow Down Online Guessing Attacks with
Device Cookies).

Response times do not reveal which e-mail addresses have an account: an unknown one causes the same statements in the
same transactions as a known one. The trail's entry is an INSERT … SELECT that finds no user then, and each transaction
changes a row of the attempts in any case, so that both wait for the disk.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, String, delete, func, insert, literal, or_, select, text, update

from utils.accounts.secret import hash_of
from utils.accounts.users import clean_email
from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.tables import audit, sign_in_attempts, users

_WINDOW = timedelta(hours=1)
_TOLD_AGAIN = timedelta(minutes=1)
_NONE = timedelta(0)
_LARGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures of an hour are free, and how long the wait grows after that."""

    failures: int = 5  # of one account from one network, or with one known device
    failures_per_account: int = 50
    failures_per_network: int = 50
    longest_wait: timedelta = timedelta(minutes=15)
    first_wait: timedelta = timedelta(seconds=1)

    def wait(self, failures: int, free: int) -> timedelta:
        """How long after the newest failure."""
        if failures < free:
            return _NONE
        return min(self.longest_wait, self.first_wait * (1 << min(failures - free, _LARGEST_EXPONENT)))


DEFAULT_ALLOWANCE = Allowance()


# What is tried. Each is counted for itself: whoever knows the password must not get new tries at codes by it.
Tried = Literal["password", "code", "reset"]
_FAILED: dict[Tried, str] = {"password": "sign-in failed", "code": "second factor failed", "reset": ""}
_REFUSED: dict[Tried, str] = {
    "password": "too many sign-ins tried",
    "code": "too many codes tried",
    "reset": "too many password links asked for",
}
_COUNTED: dict[Tried, str] = {"password": "", "code": "code ", "reset": "reset "}


@dataclass(frozen=True, slots=True)
class Attempt:
    """``apart``: what is known of who tries, such as a device, and is counted before strangers' tries."""

    email: str
    address: str | None
    browser: str = ""
    request_id: str | None = None
    apart: str | None = None
    tried: Tried = "password"


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt that counts as failed until it succeeds; or has to wait for ``seconds``."""

    attempt: Attempt
    seconds: int = 0
    own: str = ""  # the subject that a success clears
    keys: tuple[int, ...] = ()


# What is counted, as hashes (also addresses that have no account are not stored in plain text); how many are free.
_Lane = list[tuple[str, int]]


class SignInAttempts:
    """The count is in the database, shared by all processes. Whose clocks differ wait longer or shorter by as much."""

    def __init__(self, database: Database, allowance: Allowance | None = DEFAULT_ALLOWANCE) -> None:
        """``allowance``: None, and nobody waits."""
        self._database = database
        self._allowance = allowance

    def begin(self, attempt: Attempt) -> Begun:
        """Those who come at once cannot try more often than one after the other: each counts from here on.

        Of those who have to wait, one a minute for each address is noted in the audit trail, so it cannot be flooded.
        """
        if self._allowance is None:
            return Begun(attempt)
        tried_at = now()
        with self._database.write() as connection:
            if self._database.dialect == "postgresql":  # concurrent attempts wait for each other, as on SQLite
                connection.execute(text("LOCK TABLE sign_in_attempts IN SHARE ROW EXCLUSIVE MODE"))
            waits = []
            for lane in _lanes(attempt, self._allowance):
                wait = max(_wait(connection, subject, self._allowance, free, tried_at) for subject, free in lane)
                if not wait:
                    keys = tuple(_count(connection, subject, tried_at) for subject, _ in lane)
                    return Begun(attempt, own=lane[0][0], keys=keys)
                waits.append(wait)
            told = hash_of(f"{_COUNTED[attempt.tried]}refused {clean_email(attempt.email)}")
            if not _failures(connection, told, tried_at - _TOLD_AGAIN)[0]:
                _count(connection, told, tried_at)
                _tell(connection, attempt, _REFUSED[attempt.tried], tried_at)
        return Begun(attempt, seconds=math.ceil(min(waits) / timedelta(seconds=1)))

    def succeeded(self, begun: Begun) -> None:
        """It was no failure, and those before it were typing errors. Strangers' failures stay."""
        if begun.keys:
            own = or_(sign_in_attempts.c.key.in_(begun.keys), sign_in_attempts.c.subject == begun.own)
            with self._database.write() as connection:
                connection.execute(delete(sign_in_attempts).where(own))

    def failed(self, begun: Begun) -> None:
        """Note that the password or code was wrong, or that no user has that address."""
        with self._database.write() as connection:
            for key in begun.keys:
                same = update(sign_in_attempts).values(at=sign_in_attempts.c.at)
                connection.execute(same.where(sign_in_attempts.c.key == key))
            _tell(connection, begun.attempt, _FAILED[begun.attempt.tried], now())

    def forget_old(self) -> None:
        with self._database.write() as connection:
            connection.execute(delete(sign_in_attempts).where(sign_in_attempts.c.at <= now() - _WINDOW))


def _lanes(attempt: Attempt, allowed: Allowance) -> list[_Lane]:
    """A known device whose tries are used up is a stranger: somebody else may have its cookie."""
    email, network, what = clean_email(attempt.email), _network(attempt.address), _COUNTED[attempt.tried]
    strangers = [
        (hash_of(f"{what}account {email} from {network}"), allowed.failures),
        (hash_of(f"{what}account {email}"), allowed.failures_per_account),
        (hash_of(f"{what}network {network}"), allowed.failures_per_network),
    ]
    if attempt.apart is None:
        return [strangers]
    return [[(hash_of(what + attempt.apart), allowed.failures)], strangers]


def _wait(connection: Connection, subject: str, allowed: Allowance, free: int, tried_at: datetime) -> timedelta:
    failures, newest = _failures(connection, subject, tried_at - _WINDOW)
    wait = allowed.wait(failures, free)
    if not wait or newest is None:
        return _NONE
    return max(_NONE, min(wait, newest + wait - tried_at))  # another machine's clock may be ahead


def _failures(connection: Connection, subject: str, since: datetime) -> tuple[int, datetime | None]:
    """How many, and when the newest was."""
    counted = select(func.count().label("failures"), func.max(sign_in_attempts.c.at).label("newest"))
    row = connection.execute(counted.where(sign_in_attempts.c.subject == subject, sign_in_attempts.c.at > since)).one()
    return row.failures, row.newest


def _count(connection: Connection, subject: str, tried_at: datetime) -> int:
    counted = insert(sign_in_attempts).values(subject=subject, at=tried_at).returning(sign_in_attempts.c.key)
    return int(connection.execute(counted).scalar_one())


def _network(address: str | None) -> str:
    """Whoever has an IPv6 address has 2^64 of them."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return str(address)
    if isinstance(ip, ipaddress.IPv6Address):
        mapped = ip.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(ip), 64), strict=False))
    return str(ip)


def _tell(connection: Connection, attempt: Attempt, action: str, tried_at: datetime) -> None:
    """Note it in the audit trail of each team that has a user with the address, also a deactivated one.

    Not of somebody whose erasure has begun: it may have passed the trail already.
    """
    entries = {
        audit.c.team_key: users.c.team_key,
        audit.c.at: literal(tried_at, Moment),
        audit.c.action: literal(action),
        audit.c.actor: func.substr(users.c.name + " <" + users.c.email + ">", 1, 300),
        audit.c.subject: literal(attempt.browser[:300]),
        audit.c.address: literal(attempt.address, String),
        audit.c.request_id: literal(attempt.request_id, String),
    }
    known = select(*entries.values()).where(users.c.email == clean_email(attempt.email), users.c.erased_at.is_(None))
    connection.execute(insert(audit).from_select([*entries], known.order_by(users.c.key)))
