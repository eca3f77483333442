"""The rules of a team: which things it is told of, and where: a web hook or a chat.

Addresses and signing secrets come in and never go out; the secret is shown once, when it is made.
"""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, func, insert, select, update

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import notice_rules, notices
from utils.log.notable import NotedKind
from utils.registry.server_key import ServerKey
from utils.sessions.lines import is_status

RuleChannel = Literal["webhook", "chat"]
MOST_OF_TEAM = 50


class TooManyRulesError(Exception):
    """The team has as many rules as it may."""


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """``place`` is what of its address people are shown. ``waiting``: how many notices wait to be sent."""

    key: int
    id: str
    team_key: int
    name: str
    channel: RuleChannel
    kinds: Sequence[NotedKind]
    agent_id: str | None
    place: str
    sealed: str
    enabled: bool
    failing_since: datetime | None
    disabled_reason: str | None
    left_out: int
    created_at: datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Address:
    """``secret``: of a web hook, what its requests are signed with."""

    url: str
    secret: str | None

    @property
    def signing_key(self) -> bytes:
        return base64.b64decode((self.secret or "").removeprefix("whsec_"))


_waits = select(func.count()).where(notices.c.rule_key == notice_rules.c.key, is_status(notices, "waiting"))
_COLUMNS = columns_of(RuleRecord, notice_rules, waiting=_waits.scalar_subquery())
_SEALED = select(notice_rules.c.sealed).where(notice_rules.c.key == bindparam("rule"))
_ALL = select(*_COLUMNS).order_by(notice_rules.c.key)


class NoticeRules:
    def __init__(self, database: Database, key: ServerKey) -> None:
        self._database = database
        self._key = key

    def add(
        self,
        team_key: int,
        name: str,
        channel: RuleChannel,
        url: str,
        kinds: Sequence[NotedKind],
        agent_id: str | None = None,
    ) -> tuple[RuleRecord, str | None]:
        """The rule, and the secret that its requests are signed with: the only time that it is told.

        Raises TooManyRulesError.
        """
        secret = _new_secret() if channel == "webhook" else None
        values = {
            "id": f"rule-{secrets.token_hex(8)}", "team_key": team_key, "name": name, "channel": channel,
            "kinds": list(kinds), "agent_id": agent_id, "place": place_of(url), "sealed": self._sealed(url, secret),
            "enabled": True, "created_at": now(),
        }  # fmt: skip
        with self._database.write() as connection:
            count = select(func.count()).where(notice_rules.c.team_key == team_key)
            if (connection.scalar(count) or 0) >= MOST_OF_TEAM:
                raise TooManyRulesError(f"A team has at most {MOST_OF_TEAM} rules. Delete one that is not needed.")
            connection.execute(insert(notice_rules).values(values))
            row = connection.execute(_ALL.where(notice_rules.c.id == values["id"])).one()
        return _rule(row), secret

    def of_team(self, team_key: int) -> list[RuleRecord]:
        with self._database.read() as connection:
            return [_rule(row) for row in connection.execute(_ALL.where(notice_rules.c.team_key == team_key))]

    def get(self, team_key: int, rule_id: str) -> RuleRecord | None:
        one = _ALL.where(notice_rules.c.team_key == team_key, notice_rules.c.id == rule_id)
        with self._database.read() as connection:
            row = connection.execute(one).first()
        return _rule(row) if row is not None else None

    def find(self, rule_key: int) -> RuleRecord | None:
        with self._database.read() as connection:
            row = connection.execute(_ALL.where(notice_rules.c.key == rule_key)).first()
        return _rule(row) if row is not None else None

    def change(self, team_key: int, rule_id: str, *, url: str | None = None, **values: Any) -> RuleRecord | None:
        """``values``: name, kinds, agent_id, enabled. Switched on, it begins as if it had never failed."""
        rule = self.get(team_key, rule_id)
        if rule is None:
            return None
        if url is not None:
            values |= {"place": place_of(url), "sealed": self._sealed(url, self.address(rule).secret)}
        if values.get("enabled"):
            values |= {"failing_since": None, "disabled_reason": None, "left_out": 0}
        if values:
            with self._database.write() as connection:
                connection.execute(update(notice_rules).where(notice_rules.c.key == rule.key).values(values))
        return self.get(team_key, rule_id)

    def new_secret(self, rule: RuleRecord) -> str:
        """From now on its requests are signed with another one."""
        secret = _new_secret()
        sealed = self._sealed(self.address(rule).url, secret)
        with self._database.write() as connection:
            connection.execute(update(notice_rules).where(notice_rules.c.key == rule.key).values(sealed=sealed))
        return secret

    def remove(self, team_key: int, rule_id: str) -> RuleRecord | None:
        rule = self.get(team_key, rule_id)
        if rule is not None:
            with self._database.write() as connection:
                connection.execute(delete(notice_rules).where(notice_rules.c.key == rule.key))
        return rule

    def address(self, rule: RuleRecord) -> Address:
        """Raises ValueError if it was sealed with a key that is no longer known."""
        return Address(*json.loads(self._key.open(rule.sealed)))

    def address_of(self, rule_key: int) -> Address | None:
        """For each notice: without counting what waits, as the records of rules do. None: the rule is gone."""
        with self._database.read() as connection:
            sealed = connection.scalar(_SEALED, {"rule": rule_key})
        return Address(*json.loads(self._key.open(sealed))) if sealed is not None else None

    def arrives(self, rule_key: int) -> None:
        """Its notices arrive."""
        failed = notice_rules.c.key == rule_key, notice_rules.c.failing_since.is_not(None)
        with self._database.write() as connection:
            connection.execute(update(notice_rules).where(*failed).values(failing_since=None))

    def fails(self, rule_key: int) -> None:
        """Its notices do not arrive; since when, is kept."""
        fine = notice_rules.c.key == rule_key, notice_rules.c.failing_since.is_(None)
        with self._database.write() as connection:
            connection.execute(update(notice_rules).where(*fine).values(failing_since=now()))

    def disable(self, rule_key: int, reason: str) -> bool:
        """Whether it was on. What waits for it is given up."""
        on = notice_rules.c.key == rule_key, notice_rules.c.enabled
        waiting = notices.c.rule_key == rule_key, is_status(notices, "waiting")
        with self._database.write() as connection:
            was_on = connection.execute(update(notice_rules).where(*on).values(enabled=False, disabled_reason=reason))
            connection.execute(update(notices).where(*waiting).values(status="failed", error=reason, ended_at=now()))
        return was_on.rowcount == 1

    def _sealed(self, url: str, secret: str | None) -> str:
        return self._key.seal(json.dumps([url, secret]))


def place_of(url: str) -> str:
    """What of an address is no secret: its kind and its host, as far as that is no token (``slack://token/…``)."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "json", "jsons"):
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname or ''}{port}"[:255]
    return f"{parts.scheme}://…"


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def _rule(row: AnyRow) -> RuleRecord:
    return record(RuleRecord, row)
