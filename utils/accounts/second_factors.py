"""Second factors: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for who has lost it.

Each code counts once. The step of time of the newest one is kept, and moved in one statement: whoever sends the same
code again, or at the same moment to another machine, or an older one, is refused. A clock may be a step behind or
ahead. Of the wrong codes of an hour utils/accounts/sign_in_attempts.py keeps count; but who knows a password has time.
So after 100 wrong codes without a right one (NIST SP 800-63B, 3.2.2), those of an app are taken only from browsers that
the account knows. Recovery codes cannot be guessed, and always work.
"""

import base64
import hmac
import logging
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pyotp
from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from utils.accounts.passwords import NO_HASH
from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of
from utils.accounts.users import USER, AccountError, end_sign_ins, lock_as_seen
from utils.database.base import Database
from utils.database.moment import now, to_ms
from utils.database.records import record
from utils.database.tables import identities, passkeys, recovery_codes, second_factors, users
from utils.registry.server_key import ServerKey
from utils.settings import Settings

RECOVERY_CODES = 10
MOST_WRONG = 100
_STEP_MS = 30_000
_ISSUER = "Ringside"
_RANDOM_BYTES = 10  # of a recovery code: 80 bits, in 16 characters
_APP_CODE = re.compile(r"\d{6}")
Proof = Literal["app", "recovery code"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """``since``: when its app was confirmed; None: there is none."""

    since: datetime | None = None
    codes_left: int = 0
    wrong: int = 0

    @property
    def on(self) -> bool:
        return self.since is not None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """``user``: as of whom password and code are proved now."""

    user: UserRecord
    recovery_codes: list[str]


class SecondFactors:
    def __init__(self, database: Database, key: ServerKey) -> None:
        self._database = database
        self._key = key

    def of(self, user_key: int) -> SecondFactor:
        counted = select(func.count()).where(recovery_codes.c.user_key == user_key).scalar_subquery()
        confirmed = _confirmed(user_key).with_only_columns(
            second_factors.c.confirmed_at, second_factors.c.wrong, counted.label("codes")
        )
        with self._database.read() as connection:
            row = connection.execute(confirmed).first()
        return SecondFactor(row.confirmed_at, row.codes, row.wrong) if row else SecondFactor()

    def has_passkey(self, user_key: int) -> bool:
        with self._database.read() as connection:
            one = select(passkeys.c.key).where(passkeys.c.user_key == user_key)
            return connection.execute(one.limit(1)).first() is not None

    def of_team(self, team_key: int) -> set[str]:
        """The ids of the users who have an app or a passkey."""
        apps = select(second_factors.c.user_key).where(second_factors.c.confirmed_at.is_not(None))
        having = users.c.key.in_(apps.union(select(passkeys.c.user_key)))
        with self._database.read() as connection:
            return set(connection.scalars(select(users.c.id).where(users.c.team_key == team_key, having)))

    def prepare(self, user_key: int) -> str:
        """A new secret for an app, in base 32, which counts from confirm() on. Raises AccountError if there is one."""
        secret = pyotp.random_base32()
        made = insert(second_factors).values(user_key=user_key, sealed=self._key.seal(secret), made_at=now())
        pending = second_factors.c.confirmed_at.is_(None)
        try:
            with self._database.write() as connection:
                connection.execute(delete(second_factors).where(second_factors.c.user_key == user_key, pending))
                connection.execute(made)
        except IntegrityError as error:
            raise AccountError(
                "second_factor_on",
                "Your account has an authenticator app already. Remove it before you set up another.",
            ) from error
        return secret

    def confirm(self, user: UserRecord, code: str, keep_sign_in: int | None = None) -> Confirmed | None:
        """If the code is one of the secret that was prepared, it is asked for from now on, and all sign-ins that did
        without end, except ``keep_sign_in``. None for a wrong code.

        Raises AccountError, and SignedOutError: see lock_as_seen.
        """
        user_key = user.key
        with self._database.write() as connection:
            lock_as_seen(connection, user)
            row = connection.execute(select(second_factors).where(second_factors.c.user_key == user_key)).first()
            if row is None or row.confirmed_at is not None:
                raise AccountError("second_factor_unprepared", "There is nothing to confirm. Begin the set-up again.")
            step = self._step_of(row.sealed, code)
            if step is None:
                return None
            same = second_factors.c.user_key == user_key, second_factors.c.sealed == row.sealed
            waiting = update(second_factors).where(*same, second_factors.c.confirmed_at.is_(None))
            if not connection.execute(waiting.values(confirmed_at=now(), last_step=step)).rowcount:
                return None  # another request was a moment earlier
            ended = end_sign_ins(connection, user_key, keep_sign_in)
            return Confirmed(replace(user, sign_ins_ended=ended), _renew_codes(connection, user_key))

    def takes(self, user_key: int, code: str, *, known: bool) -> Proof | None:
        """What the code is, which is used up by that; None for a wrong one. ``known``: the browser is.

        Raises AccountError for an app's code from an unknown browser after too many wrong ones.
        """
        given = re.sub(r"[\s-]", "", code).upper()
        if not _APP_CODE.fullmatch(given):
            return "recovery code" if self._takes_recovery_code(user_key, given) else None
        with self._database.write() as connection:
            row = connection.execute(_confirmed(user_key)).first()
            if row is None:
                return None
            if row.wrong >= MOST_WRONG and not known:
                raise AccountError(
                    "second_factor_guarded",
                    "Too many wrong codes were tried for this account. Use a recovery code, or a browser in which you "
                    "have signed in before, or ask an administrator of your team to reset your second factor.",
                )
            step = self._step_of(row.sealed, given)
            if step is None or step <= row.last_step:
                return None
            unused = update(second_factors).where(
                second_factors.c.user_key == user_key,
                second_factors.c.sealed == row.sealed,
                second_factors.c.last_step < step,
            )
            return "app" if connection.execute(unused.values(last_step=step, wrong=0)).rowcount else None

    def count_wrong(self, user_key: int) -> None:
        counted = update(second_factors).where(second_factors.c.user_key == user_key)
        with self._database.write() as connection:
            connection.execute(counted.values(wrong=second_factors.c.wrong + 1))

    def renew_codes(self, user_key: int) -> list[str]:
        """New recovery codes; those of before no longer work. Raises AccountError if there is no second factor."""
        with self._database.write() as connection:
            if connection.execute(_confirmed(user_key)).first() is None:
                raise AccountError("second_factor_off", "Your account has no authenticator app. Set one up first.")
            return _renew_codes(connection, user_key)

    def remove(self, user_key: int) -> bool:
        """Whether there was one."""
        with self._database.write() as connection:
            return _remove(connection, user_key)

    def reset(self, team_key: int, user_id: str, settings: Settings) -> UserRecord | None:
        """Take it and all passkeys from a user who has lost them, and sign them out everywhere. None for nobody.

        Nor is their account connected with a provider any more, where they can sign in without.
        """
        wanted = select(*USER, users.c.password).where(users.c.id == user_id, users.c.team_key == team_key)
        with self._database.write() as connection:
            row = connection.execute(wanted).first()
            if row is None:
                return None
            end_sign_ins(connection, row.key)
            _remove(connection, row.key)
            connection.execute(delete(passkeys).where(passkeys.c.user_key == row.key))
            if row.password != NO_HASH and settings.allows_password(row.role):
                connection.execute(delete(identities).where(identities.c.user_key == row.key))
        return record(UserRecord, row)

    def _takes_recovery_code(self, user_key: int, given: str) -> bool:
        one = recovery_codes.c.user_key == user_key, recovery_codes.c.secret == hash_of(given)
        with self._database.write() as connection:
            if not connection.execute(delete(recovery_codes).where(*one)).rowcount:
                return False
            connection.execute(update(second_factors).where(second_factors.c.user_key == user_key).values(wrong=0))
            return True

    def _step_of(self, sealed: str, code: str) -> int | None:
        """The step of time whose code it is, of those around the present. None, too, when the secret key is lost."""
        try:
            totp, present = pyotp.TOTP(self._key.open(sealed)), to_ms(now()) // _STEP_MS
        except ValueError:
            return None
        given = re.sub(r"[\s-]", "", code).encode()
        fitting = (
            step
            for step in (present, present - 1, present + 1)
            if hmac.compare_digest(totp.generate_otp(step).encode(), given)
        )
        return next(fitting, None)


def words_for_wrong(code: str) -> str:
    """What to say of a code that was not taken: of the app, or a recovery code, as it looks."""
    if _APP_CODE.fullmatch(re.sub(r"[\s-]", "", code)):
        return "The code is wrong, or was used before. Wait for the next one; the clock of your phone must be right."
    return "The recovery code is wrong, or was used before: each works once. Look at it again, or try another one."


def address_of(secret: str, account: str) -> str:
    """What an authenticator app reads from the picture (otpauth://)."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)


def _remove(connection: Connection, user_key: int) -> bool:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_key == user_key))
    confirmed = second_factors.c.user_key == user_key, second_factors.c.confirmed_at.is_not(None)
    return connection.execute(delete(second_factors).where(*confirmed)).rowcount > 0


def seal_second_factors_anew(database: Database, key: ServerKey) -> None:
    """Encrypt with the current key what a former key encrypted. The former key is not needed afterwards."""
    lost = 0
    with database.write() as connection:
        every = select(second_factors.c.user_key, second_factors.c.sealed).with_for_update(key_share=True)
        for row in connection.execute(every).all():
            try:
                renewed = key.renewed(row.sealed)
            except ValueError:
                lost += 1
                continue
            if renewed != row.sealed:
                one = update(second_factors).where(second_factors.c.user_key == row.user_key)
                connection.execute(one.values(sealed=renewed))
    if lost:
        _log.warning(
            "The second factors of %d accounts were encrypted with a SECRET_KEY that is no longer known; add it to "
            "PREVIOUS_SECRET_KEYS, or reset them: python -m utils.accounts reset-second-factor EMAIL",
            lost,
        )


def _confirmed(user_key: int) -> Select[Any]:
    return select(second_factors).where(
        second_factors.c.user_key == user_key, second_factors.c.confirmed_at.is_not(None)
    )


def _renew_codes(connection: Connection, user_key: int) -> list[str]:
    codes = list(_new_codes())
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_key == user_key))
    rows = [{"user_key": user_key, "secret": hash_of(code.replace("-", ""))} for code in codes]
    connection.execute(insert(recovery_codes), rows)
    return codes


def _new_codes() -> Iterator[str]:
    """In groups of four, which are easy to copy by hand."""
    for _ in range(RECOVERY_CODES):
        code = base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode()
        yield "-".join(code[start : start + 4] for start in range(0, len(code), 4))
