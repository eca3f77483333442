"""The browsers that people let show notices: a push subscription for each (RFC 8030).

Its endpoint is a secret: whoever has it and the keys can write to the browser. So all of it is sealed. It shows notices
as long as the sign-in lasts in which it was added.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, or_, select

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import push_subscriptions, sign_ins
from utils.registry.server_key import ServerKey

MOST_OF_USER = 20


@dataclass(frozen=True, slots=True)
class SubscriptionRecord:
    key: int
    id: str
    user_key: int
    browser: str
    fingerprint: str  # of its endpoint, by which a browser finds itself
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a push service takes messages for a browser, and what they are encrypted with (RFC 8291)."""

    url: str
    p256dh: str
    auth: str


_COLUMNS = columns_of(SubscriptionRecord, push_subscriptions, fingerprint=push_subscriptions.c.endpoint_hash)


def shows_notices() -> ColumnElement[bool]:
    """Of a push subscription, as things are now: that its sign-in has not ended."""
    lasting = select(sign_ins.c.key).where(sign_ins.c.ended_at.is_(None), sign_ins.c.expires_at > now())
    return or_(push_subscriptions.c.sign_in_key.is_(None), push_subscriptions.c.sign_in_key.in_(lasting))


class PushSubscriptions:
    def __init__(self, database: Database, key: ServerKey) -> None:
        self._database = database
        self._key = key

    def add(
        self, user_key: int, endpoint: Endpoint, browser: str, sign_in_key: int | None = None
    ) -> SubscriptionRecord:
        """The same browser again is one: whoever signs in there last. Beyond so many, the oldest goes.

        ``sign_in_key``: None if it is not to end with a sign-in.
        """
        sealed = self._key.seal(json.dumps([endpoint.url, endpoint.p256dh, endpoint.auth]))
        hashed = hashlib.sha256(endpoint.url.encode()).hexdigest()
        values = {"user_key": user_key, "sealed": sealed, "browser": browser, "created_at": now()}
        values["sign_in_key"] = sign_in_key
        of_user = select(push_subscriptions.c.key).where(push_subscriptions.c.user_key == user_key)
        oldest = of_user.order_by(push_subscriptions.c.key.desc()).offset(MOST_OF_USER)
        with self._database.write() as connection:
            # Not changed but made anew: what waits for whoever had it before is not for its new owner.
            connection.execute(delete(push_subscriptions).where(push_subscriptions.c.endpoint_hash == hashed))
            made = insert(push_subscriptions).values(id=f"push-{secrets.token_hex(8)}", endpoint_hash=hashed, **values)
            row = connection.execute(made.returning(*_COLUMNS)).one()
            connection.execute(delete(push_subscriptions).where(push_subscriptions.c.key.in_(oldest)))
        return record(SubscriptionRecord, row)

    def of_user(self, user_key: int) -> list[SubscriptionRecord]:
        query = select(*_COLUMNS)
        query = query.where(push_subscriptions.c.user_key == user_key, shows_notices())
        query = query.order_by(push_subscriptions.c.key)
        with self._database.read() as connection:
            return [record(SubscriptionRecord, row) for row in connection.execute(query)]

    def endpoint(self, subscription_key: int) -> Endpoint | None:
        """None: it is gone, or its sign-in has ended. Raises ValueError: the key it was sealed with is not known."""
        query = select(push_subscriptions.c.sealed).where(push_subscriptions.c.key == subscription_key, shows_notices())
        with self._database.read() as connection:
            sealed = connection.scalar(query)
        return Endpoint(*json.loads(self._key.open(sealed))) if sealed is not None else None

    def remove(self, user_key: int, subscription_id: str) -> bool:
        one = push_subscriptions.c.user_key == user_key, push_subscriptions.c.id == subscription_id
        with self._database.write() as connection:
            return connection.execute(delete(push_subscriptions).where(*one)).rowcount == 1

    def forget(self, subscription_key: int) -> None:
        """The push service says that it is gone; what waits for it goes with it."""
        with self._database.write() as connection:
            connection.execute(delete(push_subscriptions).where(push_subscriptions.c.key == subscription_key))
