"""Sign-ins: one for each browser in which a user signed in.

A sign-in is a family of refresh tokens with rotation (RFC 9700, 4.14.2): each token is exchanged for the next one.
Reusing an old refresh token means that it was copied, and revokes the sign-in: the user has to sign in again.

The token just exchanged is an exception for a few seconds: its answer may have been lost, or two tabs have sent it at
the same moment. It then gets the same next token as the first time. There is never a second line of valid tokens, so
whoever copied a token in that time still collides with its owner at the next refresh, and the sign-in is revoked.

A sign-in ends when it has not been used for some days, and at the latest some days after it began, however much it is
used: a copied token, or a browser left behind, is not good for ever.
"""

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, or_, select, update

from utils.accounts.principal import Grant, Principal, UserRecord
from utils.accounts.users import USER, USER_AND_TEAM, end_sign_ins, lock_as_seen, user_and_team
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, record
from utils.database.tables import identities, push_subscriptions, sign_ins, teams, users

GRACE = timedelta(seconds=30)  # for a request that is sent again; a page whose answer was lost is loaded again by then
_SIGNED_IN = (
    select(*USER_AND_TEAM, sign_ins.c.key)
    .select_from(sign_ins.join(users).join(teams))
    .where(sign_ins.c.ended_at.is_(None), sign_ins.c.expires_at > bindparam("now"), users.c.active)
)
_WITH_ID = _SIGNED_IN.where(sign_ins.c.id == bindparam("id"))
_WITH_KEYS = _SIGNED_IN.where(sign_ins.c.key.in_(bindparam("keys", expanding=True)))


_REMEMBERED = timedelta(days=7)  # after its end: who comes too late is told why


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """``idle``: without a refresh; ``longest``: however often it is refreshed; ``skew``: between machines' clocks."""

    idle: timedelta = timedelta(days=7)
    longest: timedelta = timedelta(days=30)
    skew: timedelta = timedelta(seconds=30)


DEFAULT_LIFETIMES = Lifetimes()


@dataclass(frozen=True, slots=True)
class SignInRecord:
    """``refresh_id`` names the refresh token that can be used next; ``again``: it was given out before."""

    id: str
    refresh_id: str
    expires_at: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """By which identity a user has signed in with a provider: see the columns of the table."""

    identity_key: int
    provider_session: str | None
    id_token: str
    latest_end: datetime


class SignIns:
    def __init__(self, database: Database, lifetimes: Lifetimes = DEFAULT_LIFETIMES) -> None:
        self._database = database
        self._lifetimes = lifetimes

    def open(self, user: UserRecord, browser: str, proof: Proof | None = None) -> SignInRecord:
        """``user``: as read together with what was proved. ``proof``: of who signs in with a provider.

        Raises SignedOutError: who has shown a password that is being replaced does not get in after that.
        """
        opened_at = now()
        expires_at = self._expiry(opened_at, opened_at, proof.latest_end if proof is not None else None)
        opened = SignInRecord(f"sign-in-{secrets.token_hex(12)}", secrets.token_hex(16), expires_at)
        with self._database.write() as connection:
            lock_as_seen(connection, user)
            connection.execute(
                insert(sign_ins).values(
                    id=opened.id, user_key=user.key, refresh_id=opened.refresh_id, browser=browser[:200],
                    created_at=opened_at, refreshed_at=opened_at, expires_at=expires_at,
                    **(asdict(proof) if proof is not None else {}),
                )
            )  # fmt: skip
        return opened

    def refresh(self, sign_in_id: str, refresh_id: str) -> SignInRecord | None:
        """The record of the next refresh token. None for a token of before, which revokes the sign-in."""
        used_at, following = now(), secrets.token_hex(16)
        own = sign_ins.c.id == sign_in_id, sign_ins.c.ended_at.is_(None)
        exchange = update(sign_ins).where(*own, sign_ins.c.refresh_id == refresh_id, sign_ins.c.expires_at > used_at)
        grace = GRACE + self._lifetimes.skew
        just_exchanged = sign_ins.c.spent_refresh_id == refresh_id, sign_ins.c.refreshed_at > used_at - grace
        with self._database.write() as connection:
            opened = connection.execute(select(sign_ins.c.created_at, sign_ins.c.latest_end).where(*own)).first()
            expires_at = self._expiry(
                *((opened.created_at, used_at, opened.latest_end) if opened else (used_at, used_at))
            )
            if expires_at <= used_at:  # the longest life was longer when it was opened
                connection.execute(update(sign_ins).where(*own).values(expires_at=expires_at, ended_at=used_at))
                return None
            moved = connection.execute(
                exchange.values(
                    refresh_id=following, spent_refresh_id=refresh_id, refreshed_at=used_at, expires_at=expires_at
                )
            )
            if moved.rowcount:
                return SignInRecord(sign_in_id, following, expires_at)
            given = connection.execute(select(sign_ins.c.refresh_id).where(*own, *just_exchanged)).scalar()
            if given is not None:
                return SignInRecord(sign_in_id, given, expires_at, again=True)
            connection.execute(update(sign_ins).where(*own).values(ended_at=used_at))
        return None

    def end(self, sign_in_id: str) -> None:
        with self._database.write() as connection:
            unended = update(sign_ins).where(sign_ins.c.id == sign_in_id, sign_ins.c.ended_at.is_(None))
            connection.execute(unended.values(ended_at=now(), id_token=None))

    def id_token(self, sign_in_id: str) -> str | None:
        """What it was proven with, sealed; None if it was not by a provider."""
        with self._database.read() as connection:
            found: str | None = connection.scalar(select(sign_ins.c.id_token).where(sign_ins.c.id == sign_in_id))
        return found

    def end_by_provider(self, issuer: str, subject: str | None, session: str | None) -> list[UserRecord]:
        """End those of a subject, or of one session of the provider; whose they were."""
        whose = [identities.c.issuer == issuer]
        if subject is not None:
            whose.append(identities.c.subject == subject)
        found = select(*USER, sign_ins.c.key.label("sign_in")).select_from(
            sign_ins.join(identities, identities.c.key == sign_ins.c.identity_key).join(
                users, users.c.key == sign_ins.c.user_key
            )
        )
        found = found.where(*whose, sign_ins.c.ended_at.is_(None))
        if session is not None:  # a sign-in of which the session is not known may be of this one
            own = sign_ins.c.provider_session == session
            found = found.where(own if subject is None else or_(own, sign_ins.c.provider_session.is_(None)))
        with self._database.write() as connection:
            rows = connection.execute(found).all()
            keys = [row.sign_in for row in rows]
            connection.execute(update(sign_ins).where(sign_ins.c.key.in_(keys)).values(ended_at=now(), id_token=None))
        return list({row.key: record(UserRecord, row) for row in rows}.values())

    def end_all(self, user_key: int) -> None:
        with self._database.write() as connection:
            end_sign_ins(connection, user_key)

    def forget_expired(self) -> None:
        """And the browsers that show nobody's notices any more, because the sign-in has ended."""
        over = select(sign_ins.c.key).where(or_(sign_ins.c.ended_at.is_not(None), sign_ins.c.expires_at <= now()))
        with self._database.write() as connection:
            connection.execute(delete(push_subscriptions).where(push_subscriptions.c.sign_in_key.in_(over)))
            connection.execute(delete(sign_ins).where(sign_ins.c.expires_at < now() - _REMEMBERED))

    def has_expired(self, sign_in_id: str) -> bool:
        """Whether it has ended by its age, before anybody ended it. That is known for a week."""
        by_age = or_(sign_ins.c.ended_at.is_(None), sign_ins.c.ended_at >= sign_ins.c.expires_at)
        one = select(sign_ins.c.key).where(sign_ins.c.id == sign_in_id, sign_ins.c.expires_at <= now(), by_age)
        with self._database.read() as connection:
            return connection.execute(one).first() is not None

    def principal(self, sign_in_id: str) -> Principal | None:
        """The user of the sign-in; None if it has ended or the user is deactivated."""
        with self._database.read() as connection:
            row = connection.execute(_WITH_ID, {"id": sign_in_id, "now": now()}).first()
        return _principal(row) if row else None

    def principals(self, keys: Collection[int]) -> dict[int, Principal]:
        """The same for many keys of the table; sign-ins that have ended are missing."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_KEYS, {"keys": list(keys), "now": now()})
            return {row.key: _principal(row) for row in rows}

    def _expiry(self, opened_at: datetime, used_at: datetime, latest: datetime | None = None) -> datetime:
        own = min(used_at + self._lifetimes.idle, opened_at + self._lifetimes.longest)
        return min(own, latest) if latest is not None else own


def _principal(row: AnyRow) -> Principal:
    user, team = user_and_team(row)
    return Principal(Grant("sign-in", row.key), user, team)
